package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// sdl is the graph of these tests.
const sdl = `
	directive @defer(if: Boolean = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
	type Query { hello: String, order(id: ID!): Order, orders: [Order!], count(of: Int): Int }
	type Mutation { pay(order: ID!): Order }
	type Subscription { ticks: Int }
	type Order { id: ID!, number: String, customer: Order, payment: Payment, lines: [Order!] }
	type Payment { status: String, amount: String }
`

// schema is a [graphql.ExecutableSchema] over plain values: objects are maps,
// lists are slices. A resolver stands in for the value of its field.
type schema struct {
	parsed    *ast.Schema
	resolvers map[string]resolver // by "Type.field"
}

type resolver func(ctx context.Context, args map[string]any) (any, error)

type object = map[string]any

func newSchema(resolvers map[string]resolver) *schema {
	return &schema{
		parsed:    gqlparser.MustLoadSchema(&ast.Source{Name: "test.graphqls", Input: sdl}),
		resolvers: resolvers,
	}
}

func (s *schema) Schema() *ast.Schema { return s.parsed }

func (s *schema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (s *schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx).Operation
	root := map[ast.Operation]*ast.Definition{ast.Query: s.parsed.Query, ast.Mutation: s.parsed.Mutation}[op.Operation]
	return func(ctx context.Context) *graphql.Response {
		return &graphql.Response{Data: s.object(ctx, root, object{}, op.SelectionSet)}
	}
}

func (s *schema) object(ctx context.Context, typ *ast.Definition, value object, sel ast.SelectionSet) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range graphql.CollectFields(graphql.GetOperationContext(ctx), sel, []string{typ.Name}) {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", f.Alias)
		if typ != s.parsed.Mutation {
			b.Write(s.field(ctx, typ, value, f))
			continue
		}
		graphql.GetOperationContext(ctx).RootResolverMiddleware(ctx, func(ctx context.Context) graphql.Marshaler {
			return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(s.field(ctx, typ, value, f)) })
		}).MarshalGQL(&b)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func (s *schema) field(ctx context.Context, typ *ast.Definition, value object, f graphql.CollectedField) (out []byte) {
	oc := graphql.GetOperationContext(ctx)
	fc := &graphql.FieldContext{Object: typ.Name, Field: f}
	ctx = graphql.WithFieldContext(ctx, fc)
	switch f.Name {
	case "__typename":
		return fmt.Appendf(nil, "%q", typ.Name)
	case "__type", "__schema":
		return []byte("null")
	}
	defer func() {
		if r := recover(); r != nil {
			graphql.AddError(ctx, graphql.Recover(ctx, r))
			out = []byte("null")
		}
	}()
	fc.Args = f.ArgumentMap(oc.Variables)
	result := value[f.Name]
	if resolve := s.resolvers[typ.Name+"."+f.Name]; resolve != nil {
		var err error
		if result, err = resolve(ctx, fc.Args); err != nil {
			graphql.AddError(ctx, graphql.AddFieldLocationToError(ctx, err))
			return []byte("null")
		}
	}
	return s.value(ctx, f, result)
}

func (s *schema) value(ctx context.Context, f graphql.CollectedField, value any) []byte {
	switch value := value.(type) {
	case object:
		return s.object(ctx, s.parsed.Types[f.Definition.Type.Name()], value, f.Selections)
	case []any:
		var b bytes.Buffer
		b.WriteByte('[')
		for i, element := range value {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(s.value(graphql.WithFieldContext(ctx, &graphql.FieldContext{Index: &i}), f, element))
		}
		b.WriteByte(']')
		return b.Bytes()
	default:
		text, err := json.Marshal(value)
		if err != nil {
			panic(err)
		}
		return text
	}
}
