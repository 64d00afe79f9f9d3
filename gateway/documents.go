package gateway

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/dgraph-io/ristretto/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// maxDocument is the largest document in bytes that is kept: the rest of a large
// one is string literals, which belong into variables.
const maxDocument = 16 << 10

// documents keeps documents that were valid, by their text, so that they are parsed,
// measured and validated once. What it keeps takes no more than so many bytes; those
// that are asked for least go first, or are not kept at all. Reading takes no lock. It
// is safe for concurrent use, and of no use after close.
type documents struct {
	kept *ristretto.Cache[string, *ast.QueryDocument]
}

var _ graphql.Cache[*ast.QueryDocument] = documents{}

func newDocuments(most int64) (documents, error) {
	const typical = 16 << 10 // bytes of a document; ristretto wants ten counters for each
	kept, err := ristretto.NewCache(&ristretto.Config[string, *ast.QueryDocument]{
		NumCounters: max(1000, 10*most/typical), MaxCost: max(1, most), BufferItems: 64,
	})
	if err != nil {
		return documents{}, fmt.Errorf("gateway: documents: %w", err)
	}
	return documents{kept}, nil
}

// Get returns the document whose text is key.
func (d documents) Get(_ context.Context, key string) (*ast.QueryDocument, bool) {
	return d.kept.Get(key)
}

// Add keeps doc, whose text is key; it can be had a little later.
func (d documents) Add(_ context.Context, key string, doc *ast.QueryDocument) {
	if len(key) <= maxDocument {
		d.kept.Set(key, doc, sizeOf(key))
	}
}

func (d documents) close() { d.kept.Close() }

// What a document takes besides its text, measured, in bytes.
const (
	perDocument = 1024
	perWord     = 256 // a name or a value, which becomes a node or two
)

// sizeOf estimates what a document takes in memory when it is parsed, mostly much
// more than its text does. It is rather too much than too little.
func sizeOf(text string) int64 {
	size, arguments := int64(perDocument+2*len(text)), 0
	lex := lexer.New(&ast.Source{Input: text})
	for {
		token, err := lex.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return size
		}
		switch kind := token.Kind; {
		case kind == lexer.ParenL:
			arguments++
		case kind == lexer.ParenR:
			arguments--
		case kind >= lexer.Name, kind == lexer.BracketL, kind == lexer.BraceL && arguments > 0:
			size += perWord
		}
	}
}
