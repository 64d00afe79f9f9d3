package connect

import (
	"bytes"
	"cmp"
	"context"
	"encoding"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// Args are a field's arguments by their GraphQL names, as gqlgen gives them to a
// resolver. A nil pointer is an argument that was left out, or null if the
// operation says null.
type Args map[string]any

// value is the object that $args stands for.
func (args Args) value(ctx context.Context) Value {
	members := make([]mapping.Member, 0, len(args))
	var given map[string]any
	for _, name := range args.names(ctx) {
		v := ValueOf(args[name])
		if v.IsNull() {
			if given == nil {
				given = givenArgs(ctx)
			}
			if _, ok := given[name]; !ok {
				continue
			}
		}
		members = append(members, mapping.Member{Key: name, Value: v})
	}
	return mapping.ObjectValue(members...)
}

// names are the names of the arguments as the field declares them, then by name:
// one order, so that equal inputs are equal texts.
func (args Args) names(ctx context.Context) []string {
	names := slices.Sorted(maps.Keys(args))
	fc := graphql.GetFieldContext(ctx)
	if fc == nil || fc.Field.Field == nil || fc.Field.Definition == nil {
		return names
	}
	declared := fc.Field.Definition.Arguments
	place := func(name string) int {
		i := slices.IndexFunc(declared, func(a *ast.ArgumentDefinition) bool { return a.Name == name })
		return cmp.Or(i+1, len(declared)+1)
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return names
}

// givenArgs are the arguments that the operation has for the current field.
func givenArgs(ctx context.Context) map[string]any {
	fc := graphql.GetFieldContext(ctx)
	if fc == nil || fc.Field.Field == nil || !graphql.HasOperationContext(ctx) {
		return nil
	}
	return fc.Field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
}

// ValueOf is the JSON form of a Go value of the graph: what GraphQL would answer
// with. What has none is null.
func ValueOf(x any) Value {
	switch x := x.(type) {
	case nil:
		return mapping.NullValue()
	case string:
		return mapping.StringValue(x)
	case *string:
		if x == nil {
			return mapping.NullValue()
		}
		return mapping.StringValue(*x)
	case Value:
		return x
	}
	return reflected(reflect.ValueOf(x))
}

// omittable is [graphql.Omittable] of any type: a field of an input that may be
// left out, which is not the same as null.
type omittable interface{ IsSet() bool }

// marshaled is the value of a scalar or an enum, which writes itself.
func marshaled(m graphql.Marshaler) Value {
	var b bytes.Buffer
	m.MarshalGQL(&b)
	v, _, err := mapping.ParseJSON(b.Bytes(), mapping.JSONLimits{})
	if err != nil {
		return mapping.NullValue()
	}
	return v
}

func reflected(r reflect.Value) Value {
	switch r.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		if r.IsNil() {
			return mapping.NullValue()
		}
	default:
	}
	if o, ok := reflect.TypeAssert[omittable](r); ok {
		if !o.IsSet() {
			return Value{}
		}
		return reflected(r.MethodByName("Value").Call(nil)[0])
	}
	if m, ok := reflect.TypeAssert[graphql.Marshaler](r); ok {
		return marshaled(m)
	}
	if _, ok := reflect.TypeAssert[encoding.TextMarshaler](r); ok {
		return plainValue(r)
	}
	switch r.Kind() {
	case reflect.Pointer, reflect.Interface:
		return reflected(r.Elem())
	case reflect.Struct:
		return structured(r)
	case reflect.Slice, reflect.Array:
		items := make([]Value, 0, r.Len())
		for _, item := range r.Seq2() {
			items = append(items, reflected(item))
		}
		return mapping.ArrayValue(items...)
	}
	return plainValue(r)
}

// plainValue is the value of what mapping knows by itself, such as a number.
func plainValue(r reflect.Value) Value {
	v, err := mapping.FromAny(r.Interface())
	if err != nil {
		return mapping.NullValue()
	}
	return v
}

// structured is the object of an input or model, by the names of its JSON tags.
func structured(r reflect.Value) Value {
	var model any
	if r.CanAddr() {
		model = r.Addr().Interface()
	}
	var members []mapping.Member
	for i := range r.NumField() {
		name, _, _ := strings.Cut(r.Type().Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		v := reflected(r.Field(i))
		if _, unfit := faultOf(model, name); unfit {
			v = mapping.NullValue() // not the zero value
		}
		if !v.IsMissing() {
			members = append(members, mapping.Member{Key: name, Value: v})
		}
	}
	return mapping.ObjectValue(members...)
}

// inputs are the inputs of one call.
func inputs(ctx context.Context, args, this Value) *call.Inputs {
	return &call.Inputs{
		Args: args, This: call.KeyOf(this), Operation: stateOf(ctx).operation,
		Caller: &call.Caller{Header: callerHeader(ctx), Context: contextValues(ctx)},
	}
}

// callerHeader are the headers of the caller's request.
func callerHeader(ctx context.Context) http.Header {
	if !graphql.HasOperationContext(ctx) {
		return nil
	}
	return graphql.GetOperationContext(ctx).Headers
}

type contextKey struct{}

// WithContext returns a context in which $context reads from values: what a
// server's middleware knows of the caller, such as a tenant.
func WithContext(ctx context.Context, values Value) context.Context {
	return context.WithValue(ctx, contextKey{}, values)
}

func contextValues(ctx context.Context) Value {
	if v, ok := ctx.Value(contextKey{}).(Value); ok {
		return v
	}
	return mapping.ObjectValue()
}
