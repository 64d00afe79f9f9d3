package plan_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"holdfast/connect/mapping"
	"holdfast/connect/plan"
	"holdfast/connect/schema"
)

// A world is a graph that was read, and the schema that is served of it.
type world struct {
	testing.TB
	*plan.Graph

	served *ast.Schema
}

func graphOf(tb testing.TB, sdl string, opts ...func(*plan.Options)) world {
	tb.Helper()
	s, findings := schema.Read([]*ast.Source{{Name: "graph.graphqls", Input: sdl}}, schema.Options{
		ByHand: func(_, fieldName string) bool {
			return strings.HasPrefix(fieldName, "hand") || fieldName == "odd" || fieldName == "note" && strings.Contains(sdl, "odd:")
		},
	})
	if findings.Failed() {
		tb.Fatal(findings)
	}
	served, err := validator.LoadSchema(append([]*ast.Source{validator.Prelude}, s.Public()...)...)
	if err != nil {
		tb.Fatal(err)
	}
	opt := plan.Options{Input: forms}
	for _, set := range opts {
		set(&opt)
	}
	g, err := plan.New(s, served, opt)
	if err != nil {
		tb.Fatal(err)
	}
	return world{tb, g, served}
}

// forms says that an Email is in lower case.
func forms(scalar string) func(mapping.Value) (mapping.Value, error) {
	if scalar != "Email" {
		return nil
	}
	return func(v mapping.Value) (mapping.Value, error) {
		s, ok := v.Str()
		if !ok || !strings.Contains(s, "@") {
			return v, errors.New("Email: not an address")
		}
		return mapping.StringValue(strings.ToLower(s)), nil
	}
}

// parse reads and validates a document.
func (w world) parse(query string) *ast.QueryDocument {
	w.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(w.served, query, rules.NewDefaultRules())
	if len(errs) > 0 {
		w.Fatal(errs)
	}
	return doc
}

// plan plans the first operation of a text.
func (w world) plan(query string, vars map[string]any) *plan.Plan {
	w.Helper()
	doc := w.parse(query)
	p, err := w.Plan(doc, doc.Operations[0], vars)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// on is what is asked of objects of a type below a field.
func (w world) on(f *plan.Field, typeName string) *plan.Node {
	w.Helper()
	n, err := f.Below.On(typeName)
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// at leads down from a node: key, or key:Type where several may stand.
func (w world) at(n *plan.Node, path string) *plan.Field {
	w.Helper()
	var f *plan.Field
	for step := range strings.SplitSeq(path, ".") {
		if f != nil {
			typeName, key, ok := strings.Cut(step, ":")
			if !ok {
				typeName, key = f.Def.Type.Name(), step
			}
			n, step = w.on(f, typeName), key
		}
		f = nil
		for _, one := range n.Fields {
			if one.Key == step {
				f = one
			}
		}
		if f == nil {
			w.Fatalf("%s is not asked for: %s", path, keys(n))
		}
	}
	return f
}

// keys are the response keys of a node.
func keys(n *plan.Node) string {
	var all []string
	for _, f := range n.Fields {
		all = append(all, f.Key)
	}
	return strings.Join(all, " ")
}

func codeOf(err error) any {
	if e, ok := errors.AsType[*gqlerror.Error](err); ok {
		return e.Extensions["code"]
	}
	return nil
}
