package settings

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// set puts one -set KEY=VALUE on top of the file: sources.stripe.timeout=2s.
func (f *document) set(text string) *Error {
	flag := "-set " + text
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return Wrong(flag, "expected KEY=VALUE, such as sources.stripe.timeout=2s")
	}
	flag = "-set " + key // the value may be a secret
	var doc strings.Builder
	for i, part := range strings.Split(key, ".") {
		fmt.Fprintf(&doc, "%s%q:\n", strings.Repeat(" ", i), part)
	}
	doc.WriteString(strings.Repeat(" ", strings.Count(key, ".")+1) + value)
	file, err := parser.ParseBytes([]byte(doc.String()), 0)
	if err != nil || len(file.Docs) != 1 {
		return Wrong(flag, "the value is not YAML")
	}
	tree, err := f.mapping(file.Docs[0].Body)
	if err != nil {
		return Wrong(flag, "expected KEY=VALUE, such as sources.stripe.timeout=2s")
	}
	if f.sets == nil {
		f.sets = map[ast.Node]string{}
	}
	ast.Walk(noteAll{f.sets, flag}, tree)
	f.tryAlone(tree)
	if f.root == nil {
		f.root = tree
		return nil
	}
	f.merge(f.root, tree)
	return nil
}

// tryAlone looks at what one -set says before it is in the file, where the value
// of a later one may be in its place.
func (f *document) tryAlone(tree *ast.MappingNode) {
	if !strings.Contains(tree.String(), "${") { // else it is known after expansion
		f.fits(tree, reflect.TypeFor[File]())
	}
}

// noteAll remembers which flag every node came from.
type noteAll struct {
	sets map[ast.Node]string
	flag string
}

// Visit is part of [ast.Visitor].
func (n noteAll) Visit(node ast.Node) ast.Visitor {
	n.sets[node] = n.flag
	return n
}

// merge puts the values of from into into, key by key.
func (f *document) merge(into, from *ast.MappingNode) {
	for _, v := range from.Values {
		old := lookup(into, v.Key.GetToken().Value)
		if old == nil {
			into.Values = append(into.Values, v)
			continue
		}
		below, errOld := f.mapping(old.Value)
		above, errNew := f.mapping(v.Value)
		if errOld != nil || errNew != nil {
			old.Value = v.Value
			continue
		}
		f.merge(below, above)
		old.Value = below
	}
}

// expand replaces ${NAME} in every string. It runs after parsing, so that a
// secret cannot change the structure.
func (f *document) expand() {
	f.unset = map[ast.Node]bool{}
	if f.root != nil {
		ast.Walk(expander{f}, f.root)
	}
}

type expander struct{ file *document }

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// Visit is part of [ast.Visitor].
func (e expander) Visit(n ast.Node) ast.Visitor {
	s, ok := n.(*ast.StringNode)
	if !ok {
		return e
	}
	s.Value = placeholder.ReplaceAllStringFunc(s.Value, func(match string) string {
		name := match[2 : len(match)-1]
		value, ok := e.file.env(name)
		switch {
		case ok:
		case name == "SANDBOX":
			e.file.mistake(n, "${SANDBOX} has no value: the sandbox is off; say where the API is")
		default:
			e.file.mistake(n, "environment variable %s is not set", name)
		}
		if !ok {
			e.file.unset[n] = true
		}
		return value
	})
	return e
}
