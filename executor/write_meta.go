package executor

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/plan"
)

// errClosed is a schema's that does not tell of itself.
var errClosed = gqlerror.Errorf("introspection is switched off")

// introspect writes __schema or __type.
func (w *writer) introspect(f *plan.Field) bool {
	if graphql.HasOperationContext(w.run.ctx) && graphql.GetOperationContext(w.run.ctx).DisableIntrospection {
		return w.fail(f, f.Def.Type, errClosed)
	}
	m := w.run.schema.meta()
	if f.Kind == plan.IntrospectSchema {
		return w.told(f, fact{one: m.schema})
	}
	args, err := f.Args.Of(w.run.vars)
	if err != nil {
		return w.fail(f, f.Def.Type, err)
	}
	name, _ := args.Value.Get("name").Str()
	return w.told(f, fact{one: m.named(name)})
}

// told writes what a field of introspection has. It is never null where it may not
// be, so nothing is taken back.
func (w *writer) told(f *plan.Field, has fact) bool {
	switch {
	case has.json != nil:
		w.buf = append(w.buf, has.json...)
		return true
	case has.one != nil:
		return w.thing(f, has.one)
	case has.many == nil:
		w.buf = append(w.buf, "null"...)
		return true
	}
	all := has.living
	if f.Args != nil {
		args, err := f.Args.Of(w.run.vars)
		if err != nil {
			return w.fail(f, f.Def.Type, err)
		}
		if old, _ := args.Value.Get("includeDeprecated").Bool(); old {
			all = has.many
		}
	}
	w.buf = append(w.buf, '[')
	for i, t := range all {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		if !w.thing(f, t) {
			return false
		}
	}
	w.buf = append(w.buf, ']')
	return true
}

func (w *writer) thing(f *plan.Field, t *thing) bool {
	n, err := f.Below.On(t.typeName)
	if err != nil {
		panic(err) // QUERY_LIMIT: of the whole answer
	}
	w.buf = append(w.buf, '{')
	for i, f := range n.Fields {
		w.buf = append(w.buf, prefix(f, i)...)
		if f.Kind == plan.TypeName {
			w.buf = append(append(append(w.buf, '"'), t.typeName...), '"')
			continue
		}
		w.path = append(w.path, pathStep{key: f.Key})
		ok := w.told(f, t.fact(f.Name))
		w.path = w.path[:len(w.path)-1]
		if !ok {
			return false
		}
	}
	w.buf = append(w.buf, '}')
	w.measure()
	return true
}
