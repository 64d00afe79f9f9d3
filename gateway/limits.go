package gateway

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
)

// maxName is the longest name in a document, in bytes.
const maxName = 200

// limits refuses documents that ask for too much before they are validated:
// validation is quadratic in repeated fields, and knows no depth. Documents that
// are already known were measured when they were new.
type limits struct {
	max   Config
	seen  documents
	graph served
}

var (
	_ graphql.OperationParameterMutator = limits{}
	_ graphql.OperationContextMutator   = limits{}
)

// ExtensionName implements [graphql.HandlerExtension].
func (limits) ExtensionName() string { return "Limits" }

// Validate implements [graphql.HandlerExtension].
func (limits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters changes nothing: it is the one hook before the
// executor parses. Documents that cannot be parsed, which includes those with
// too many tokens, are left to the executor to report.
func (l limits) MutateOperationParameters(ctx context.Context, p *graphql.RawParams) *gqlerror.Error {
	if _, known := l.seen.Get(ctx, p.Query); known {
		return nil
	}
	if hasLongName(p.Query, l.max.Tokens) {
		return tooMuch(fmt.Errorf("the document has a name of more than %d bytes", maxName))
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: p.Query}, l.max.Tokens)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	m := newMeasure(l.max, doc)
	for _, op := range doc.Operations {
		if err := m.operation(op); err != nil {
			return tooMuch(err)
		}
	}
	return nil
}

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

// MutateOperationContext refuses operations that can bring too much with their
// variables, and allows introspection, which is off by default in gqlgen.
func (l limits) MutateOperationContext(_ context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	oc.DisableIntrospection = !*l.max.Introspection
	l.graph.introspected(oc)
	n := nodes{assumed: float64(l.max.AssumedList), vars: oc.Variables}
	return n.check(oc.Operation, l.max.Nodes)
}
