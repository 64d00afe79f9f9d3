package connect

import (
	"fmt"
	"reflect"
	"strings"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/connect/mapping"
)

// decodeArgs makes the typed arguments of a method: a struct, by its JSON tags.
func decodeArgs(args mapping.Value, into any) error {
	if args.IsMissing() {
		return nil
	}
	return decode(args, reflect.ValueOf(into).Elem())
}

// decode makes the Go value of an argument, or of what is in one, as gqlgen does.
// What is missing leaves it as it is.
func decode(v mapping.Value, into reflect.Value) error {
	switch {
	case v.IsMissing():
		return nil
	case isOmittable(into):
		return decodeOmittable(v, into)
	case v.IsNull():
		into.SetZero()
		return nil
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return decode(v, into.Elem())
	}
	if u, ok := reflect.TypeAssert[graphql.Unmarshaler](into.Addr()); ok {
		return u.UnmarshalGQL(v.Any())
	}
	return decodeKind(v, into)
}

// decodeKind is decode for a value that has no way of its own.
func decodeKind(v mapping.Value, into reflect.Value) error {
	misfit := func() error { return fmt.Errorf("%s cannot be %s", v.Kind(), into.Type()) }
	switch into.Kind() {
	case reflect.Struct:
		return decodeStruct(v, into)
	case reflect.Slice:
		return decodeList(v, into)
	case reflect.String:
		text, ok := mapping.Text(v) // an ID may be a number
		if !ok {
			return misfit()
		}
		into.SetString(text)
	case reflect.Bool:
		b, ok := v.Bool()
		if !ok {
			return misfit()
		}
		into.SetBool(b)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, ok := v.Int64()
		if !ok || into.OverflowInt(n) {
			return misfit()
		}
		into.SetInt(n)
	case reflect.Float32, reflect.Float64:
		f, ok := v.Float64()
		if !ok {
			return misfit()
		}
		into.SetFloat(f)
	case reflect.Interface, reflect.Map:
		x := reflect.ValueOf(v.Any())
		if !x.Type().AssignableTo(into.Type()) {
			return misfit()
		}
		into.Set(x)
	default:
		return misfit()
	}
	return nil
}

func decodeList(v mapping.Value, into reflect.Value) error {
	into.Set(reflect.MakeSlice(into.Type(), v.Len(), v.Len()))
	for i, item := range v.Items() {
		if err := decode(item, into.Index(i)); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	return nil
}

func decodeStruct(v mapping.Value, into reflect.Value) error {
	for i := range into.NumField() {
		name, _, _ := strings.Cut(into.Type().Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		if err := decode(v.Get(name), into.Field(i)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// isOmittable says whether r is a [graphql.Omittable]: null is not the same as left
// out.
func isOmittable(r reflect.Value) bool {
	t := r.Type()
	return t.PkgPath() == "github.com/99designs/gqlgen/graphql" && strings.HasPrefix(t.Name(), "Omittable[")
}

// decodeOmittable sets a [graphql.Omittable]. Only its type parameter's own code can
// do that by its methods, and then by way of JSON, which models do not know.
func decodeOmittable(v mapping.Value, into reflect.Value) error {
	value, set := into.FieldByName("value"), into.FieldByName("set")
	own := func(r reflect.Value) reflect.Value {
		return reflect.NewAt(r.Type(), unsafe.Pointer(r.UnsafeAddr())).Elem()
	}
	own(set).SetBool(true)
	return decode(v, own(value))
}
