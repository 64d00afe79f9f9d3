package settings

import (
	"cmp"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"holdfast/upstreams/credential"
	"holdfast/upstreams/field"
)

// fits returns an error for the first thing at or below n that t is not decoded
// from. The library would say it in the names of Go types, and take 1.5 for 1.
func (f *document) fits(n ast.Node, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := n.(type) {
	case *ast.AnchorNode:
		return f.fits(v.Value, t)
	case *ast.AliasNode, *ast.NullNode:
		return nil
	}
	switch {
	case isLeaf(t):
		return f.fitsLeaf(n, t)
	case t.Kind() == reflect.Slice:
		list, ok := n.(*ast.SequenceNode)
		if !ok {
			return f.at(n, "expected %s, got %s", expected(t), kindOf(n))
		}
		for _, item := range list.Values {
			if err := f.fits(item, t.Elem()); err != nil {
				return err
			}
		}
		return nil
	}
	m, err := f.mapping(n)
	if err != nil {
		return f.at(n, "expected %s, got %s", expected(t), kindOf(n))
	}
	for _, v := range m.Values {
		below, err := f.typeOf(v, t)
		if err == nil && below != nil {
			err = f.fits(v.Value, below)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// typeOf is the type of what a key of t has; nil: anything.
func (f *document) typeOf(v *ast.MappingValueNode, t reflect.Type) (reflect.Type, error) {
	if _, merge := v.Key.(*ast.MergeKeyNode); merge {
		return nil, nil //nolint:nilnil // what is merged was looked at where it stands
	}
	if t.Kind() == reflect.Map {
		return t.Elem(), nil
	}
	name := v.Key.GetToken().Value
	all := keys(t)
	for _, k := range all {
		if k.name == name {
			return k.kind, nil
		}
	}
	return nil, f.at(v.Key, "unknown field %q: expected %s", name, keyNames(all))
}

// fitsLeaf decodes a value without keys alone.
func (f *document) fitsLeaf(n ast.Node, t reflect.Type) error {
	_, fraction := n.(*ast.FloatNode)
	if text, ok := n.(*ast.StringNode); ok {
		fraction = strings.Contains(text.Value, ".")
	}
	if t.Kind() != reflect.Interface && yaml.NodeToValue(n, reflect.New(t).Interface()) != nil || fraction && isWhole(t) {
		return f.at(n, "expected %s, got %s", expected(t), kindOf(n))
	}
	return nil
}

func isLeaf(t reflect.Type) bool {
	if t == reflect.TypeFor[credential.Secret]() {
		return true
	}
	return t.Kind() != reflect.Struct && t.Kind() != reflect.Map && t.Kind() != reflect.Slice
}

func isWhole(t reflect.Type) bool {
	return t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 && t != reflect.TypeFor[time.Duration]()
}

// expected says in words what t is decoded from.
func expected(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[credential.Secret]():
		return "a text or {file: PATH}"
	case t == reflect.TypeFor[time.Duration]():
		return "a duration such as 300ms, 10s or 24h"
	case isWhole(t):
		return "a whole number"
	}
	switch t.Kind() {
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Slice:
		return "a list, each item " + expected(t.Elem())
	case reflect.Map:
		return "names, each with " + expected(t.Elem())
	case reflect.Struct:
		return "keys: " + keyNames(keys(t))
	}
	return "a value"
}

// kindOf says in words what a node is.
func kindOf(n ast.Node) string {
	switch n.Type() {
	case ast.StringType, ast.LiteralType:
		return "a text"
	case ast.FloatType:
		return "a fraction"
	case ast.IntegerType, ast.InfinityType, ast.NanType:
		return "a number"
	case ast.BoolType:
		return "true or false"
	case ast.SequenceType:
		return "a list"
	case ast.MappingType, ast.MappingValueType:
		return "keys"
	}
	return "something else"
}

// A settingKey is a key that a struct is decoded from.
type settingKey struct {
	name string
	kind reflect.Type
}

func keys(t reflect.Type) []settingKey {
	var all []settingKey
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case strings.Contains(options, "inline"):
			all = append(all, keys(f.Type)...)
		default:
			all = append(all, settingKey{cmp.Or(name, strings.ToLower(f.Name)), f.Type})
		}
	}
	return all
}

func keyNames(all []settingKey) string {
	names := make([]string, len(all))
	for i, k := range all {
		names[i] = k.name
	}
	return field.Either(names)
}
