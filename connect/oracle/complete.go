package oracle

import (
	"context"
	"reflect"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/call"
	"holdfast/connect/schema"
	"holdfast/connect/view"
)

// Completed resolves a field of whose objects the parents have a part.
func Completed[P, T any](ctx context.Context, objs []P, coordinate string, part func(P) T) ([]T, error) {
	values, errs := make([]T, len(objs)), make([]error, len(objs))
	for i, o := range objs {
		if reflect.ValueOf(o).IsValid() && !reflect.ValueOf(o).IsNil() {
			values[i] = part(o)
		}
	}
	complete(ctx, coordinate, reflect.ValueOf(values), siblings(ctx, len(objs)), errs)
	return values, all(errs)
}

// A place is where an object stands that may have to be completed.
type place struct {
	value reflect.Value // of a pointer or an interface; it can be set
	path  ast.Path
	fail  func(error)
}

// complete completes the objects in values, which are of siblings at their paths.
func complete(ctx context.Context, coordinate string, values reflect.Value, at func(int) ast.Path, errs []error) {
	byType := map[string][]place{}
	g := operationOf(ctx).graph
	for i := range values.Len() {
		find(ctx, values.Index(i), at(i), func(err error) { errs[i] = err }, func(p place) {
			for name, t := range g.Types {
				if p.object().Type().Elem() == t {
					byType[name] = append(byType[name], p)
				}
			}
		})
	}
	for name, places := range byType {
		completeType(ctx, coordinate, name, places)
	}
}

func (p place) object() reflect.Value {
	if p.value.Kind() == reflect.Interface {
		return p.value.Elem()
	}
	return p.value
}

// find calls each for every object in a value.
func find(ctx context.Context, value reflect.Value, path ast.Path, fail func(error), each func(place)) {
	switch value.Kind() {
	case reflect.Slice:
		for i := range value.Len() {
			at := append(slices.Clip(path), ast.PathIndex(i))
			find(ctx, value.Index(i), at, func(err error) { graphql.AddError(ctx, gqlerror.WrapPath(at, err)) }, each)
		}
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			each(place{value, path, fail})
		}
	default:
	}
}

// completeType completes objects of one type, in turn by all who have a part of them.
func completeType(ctx context.Context, coordinate, typeName string, places []place) {
	var steps []schema.Completion
	for _, c := range operationOf(ctx).graph.Schema.Plans[coordinate].Completions {
		if c.Type.Name == typeName {
			steps = append(steps, c)
		}
	}
	for _, step := range steps {
		if enough(ctx, step) {
			continue
		}
		places = completeBy(ctx, step, len(steps) > 1, places)
	}
}

// completeBy has one connector complete objects, and returns where some still are.
func completeBy(ctx context.Context, by schema.Completion, several bool, places []place) (left []place) {
	g := operationOf(ctx).graph
	objects := reflect.MakeSlice(reflect.SliceOf(places[0].object().Type()), len(places), len(places))
	for i, p := range places {
		objects.Index(i).Set(p.object())
	}
	id := string(by.Entity.ID)
	keys, errs, err := g.Keys(id, objects.Interface(), len(places))
	var found []view.Found
	if err == nil {
		found, err = g.Ask(ctx, view.Question{Of: id, Keys: keys, Asked: askedOf(ctx, graphql.GetFieldContext(ctx).Field.Selections)})
	}
	for i, p := range places {
		switch {
		case err != nil:
			p.lose(err)
		case keys[i] == call.Key(""):
			p.lose(errs[i])
		default:
			whole := reflect.New(p.object().Type())
			failed := take(ctx, found[i], p.path, whole.Interface())
			if p.put(by, several, whole.Elem(), failed) {
				left = append(left, p)
			}
		}
	}
	return left
}

// put puts what has come in the place of the part, and says whether there is an object.
func (p place) put(by schema.Completion, several bool, whole reflect.Value, err error) bool {
	yields := func(name string) bool {
		return slices.ContainsFunc(by.Entity.Yields.Fields, func(s *schema.Selected) bool { return s.Name == name })
	}
	switch {
	case err != nil && several:
		part := reflect.New(p.object().Type().Elem()) // others may share it
		part.Elem().Set(p.object().Elem())
		var own []string
		for _, s := range by.Entity.Yields.Fields {
			if !slices.Contains(by.Provided, s.Name) {
				own = append(own, s.Name)
			}
		}
		view.Lose(part.Interface(), err, own...)
		p.value.Set(part)
	case err != nil || whole.IsNil():
		p.lose(err)
		return false
	default:
		view.Overlay(whole.Interface(), p.object().Interface(), func(name string) bool {
			return slices.Contains(by.Provided, name) && !yields(name)
		})
		p.value.Set(whole)
	}
	return true
}

// lose empties the place.
func (p place) lose(err error) {
	p.value.SetZero()
	if err != nil {
		p.fail(err)
	}
}

// enough says whether objects have all that is asked for without by.
func enough(ctx context.Context, by schema.Completion) bool {
	s := operationOf(ctx).graph.Schema
	for _, f := range collect(ctx, graphql.GetFieldContext(ctx).Field.Selections, by.Type.Name) {
		needs := []string{f.Name}
		if plan := s.Plans[by.Type.Name+"."+f.Name]; plan != nil && plan.Kind == schema.Connected {
			needs = nil
			for _, con := range plan.Connectors {
				needs = append(needs, con.This...)
			}
		}
		for _, name := range needs {
			if name != "__typename" && !slices.Contains(by.Provided, name) {
				return false
			}
		}
	}
	return true
}
