package settings

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"holdfast/admin"
	"holdfast/gateway"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/field"
)

// fits notes everything at or below n that t is not decoded from, and says whether
// there was nothing. The library would say it in the names of Go types, and take 1.5
// for 1. Of what has parts it leaves out those that do not fit, whole: what else
// they say may only seem wrong without what is missing.
func (f *document) fits(n ast.Node, t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := n.(type) {
	case *ast.AnchorNode:
		return f.fits(v.Value, t)
	case *ast.AliasNode, *ast.NullNode:
		return true
	}
	switch {
	case isLeaf(t):
		return f.fitsLeaf(n, t)
	case t.Kind() == reflect.Slice:
		return f.fitsList(n, t)
	}
	m, err := f.mapping(n)
	if err != nil {
		f.mistake(n, "expected %s, got %s", expected(t), kindOf(n))
		return false
	}
	var fit []*ast.MappingValueNode
	for _, v := range m.Values {
		if pair, ok := v.Value.(*ast.MappingValueNode); ok {
			v.Value = ast.Mapping(pair.GetToken(), false, pair) // of which something can be left out
		}
		if below, ok := f.typeOf(v, t); ok && (below == nil || f.fits(v.Value, below)) {
			fit = append(fit, v)
		}
	}
	if !hasParts(t) {
		return len(fit) == len(m.Values)
	}
	m.Values = fit
	return true
}

// hasParts says whether the keys of t stand for themselves.
func hasParts(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[File](), reflect.TypeFor[map[string]Source](), reflect.TypeFor[Source](), reflect.TypeFor[gateway.Config](), reflect.TypeFor[Cache](), reflect.TypeFor[Store](), reflect.TypeFor[admin.Config]():
		return true
	}
	return false
}

func (f *document) fitsList(n ast.Node, t reflect.Type) bool {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		f.mistake(n, "expected %s, got %s", expected(t), kindOf(n))
		return false
	}
	fit := true
	for _, item := range list.Values {
		fit = f.fits(item, t.Elem()) && fit
	}
	return fit
}

// typeOf is the type of what a key of t has, nil for anything; false for a key that
// t does not have.
func (f *document) typeOf(v *ast.MappingValueNode, t reflect.Type) (reflect.Type, bool) {
	if _, merge := v.Key.(*ast.MergeKeyNode); merge {
		return nil, true // what is merged was looked at where it stands
	}
	if t.Kind() == reflect.Map {
		return t.Elem(), true
	}
	name := v.Key.GetToken().Value
	all := keys(t)
	for _, k := range all {
		if k.name == name {
			return k.kind, true
		}
	}
	f.mistake(v.Key, "unknown field %q: expected %s", name, keyNames(all))
	return nil, false
}

// fitsLeaf decodes a value without keys alone.
func (f *document) fitsLeaf(n ast.Node, t reflect.Type) bool {
	if f.lacks(n) {
		return false // which has been said
	}
	_, fraction := n.(*ast.FloatNode)
	if text, ok := n.(*ast.StringNode); ok {
		fraction = strings.Contains(text.Value, ".")
	}
	if t.Kind() != reflect.Interface && yaml.NodeToValue(n, reflect.New(t).Interface()) != nil || fraction && isWhole(t) {
		f.mistake(n, "expected %s, got %s", expected(t), kindOf(n))
		return false
	}
	return true
}

// lacks says whether a text, or that of {file: PATH}, has a variable without value.
func (f *document) lacks(n ast.Node) bool {
	if m, ok := n.(*ast.MappingNode); ok {
		return slices.ContainsFunc(m.Values, func(v *ast.MappingValueNode) bool { return f.unset[v.Value] })
	}
	return f.unset[n]
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
