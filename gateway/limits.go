package gateway

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// maxName is the longest name in a document, in bytes.
const maxName = 200

func tooMuch(err error) *gqlerror.Error {
	return &gqlerror.Error{Message: err.Error(), Extensions: map[string]any{"code": codeQueryLimit}}
}

// hasLongName looks through the first tokens of a document. A name that is not
// known is compared with all that are, at a cost of their lengths multiplied.
func hasLongName(document string, tokens int) bool {
	lex := lexer.New(&ast.Source{Input: document})
	for range tokens {
		token, err := lex.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return false
		}
		if token.Kind == lexer.Name && len(token.Value) > maxName {
			return true
		}
	}
	return false
}
