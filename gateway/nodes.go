package gateway

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// AssumedList is how many items a list is taken to have of which nobody knows,
// unless the settings say otherwise.
const AssumedList = 10

// nodes counts the list items that an operation can bring, lists in lists
// multiplied, before anything is asked. A fragment is counted once, however often
// it is spread. Fields that merge are counted each, and of an abstract type the
// fields of all its types: it is a bound, not a forecast.
type nodes struct {
	assumed   float64
	vars      map[string]any
	fragments map[string]items
	varies    bool // a variable had a say
}

// items are the list items below one object: own of them in any case, and each
// for every node that it has, where it is a connection. As floats they cannot
// overflow into few.
type items struct{ own, each float64 }

// of is all of them for an object with so many nodes.
func (i items) of(nodes float64) float64 { return min(i.own+nodes*i.each, mostItems) }

const mostItems = 1e18 // more is as good as endless, and still multiplies

// check returns an error that says where most of the items are, if there are more
// than limit.
func (n *nodes) check(op *ast.OperationDefinition, limit int) *gqlerror.Error {
	total := n.set(op.SelectionSet).of(n.assumed)
	if total <= float64(limit) {
		return nil
	}
	path, field := n.heaviest(op.SelectionSet, float64(limit))
	err := tooMuch(fmt.Errorf("the operation can bring %.0f list items, more than %d; most are at %s: ask for fewer there (first, last), or in several operations",
		total, limit, strings.Join(path, ".")))
	err.Locations = []gqlerror.Location{{Line: field.Position.Line, Column: field.Position.Column}}
	return err
}

func (n *nodes) set(set ast.SelectionSet) (sum items) {
	for _, selection := range set {
		var more items
		switch s := selection.(type) {
		case *ast.Field:
			if n.included(s.Directives) {
				more = n.field(s)
			}
		case *ast.InlineFragment:
			if n.included(s.Directives) {
				more = n.set(s.SelectionSet)
			}
		case *ast.FragmentSpread:
			if n.included(s.Directives) {
				more = n.fragment(s.Definition)
			}
		}
		sum.own = min(sum.own+more.own, mostItems)
		sum.each = min(sum.each+more.each, mostItems)
	}
	return sum
}

func (n *nodes) fragment(f *ast.FragmentDefinition) items {
	if known, ok := n.fragments[f.Name]; ok {
		return known
	}
	counted := n.set(f.SelectionSet)
	if n.fragments == nil {
		n.fragments = map[string]items{}
	}
	n.fragments[f.Name] = counted
	return counted
}

// field is what one field adds to its object.
func (n *nodes) field(f *ast.Field) items {
	if strings.HasPrefix(f.Name, "__") {
		return items{} // as large as the schema
	}
	below := n.set(f.SelectionSet)
	size, asked := n.asked(f)
	if f.Definition.Type.Elem == nil {
		return items{own: below.of(size)}
	}
	one := 1 + below.of(n.assumed)
	for t := f.Definition.Type.Elem; t.Elem != nil; t = t.Elem {
		one = 1 + n.assumed*one
	}
	if !asked && isNodes(f) {
		return items{each: one}
	}
	return items{own: min(size*one, mostItems)}
}

// isNodes says whether a list is that of a connection's nodes.
func isNodes(f *ast.Field) bool { return f.Name == "edges" || f.Name == "nodes" }

// asked is how many items a field is asked for by first or last, whose defaults
// count: with last the default of first does not. Where neither is, it is as many
// as are assumed.
func (n *nodes) asked(f *ast.Field) (size float64, asked bool) {
	if first, ok := n.argument(f, "first"); ok {
		_, isLast := n.argument(f, "last")
		if !isLast || f.Arguments.ForName("first") != nil {
			size, asked = first, true
		}
	}
	if last, ok := n.argument(f, "last"); ok {
		size, asked = max(size, last), true
	}
	if !asked {
		return n.assumed, false
	}
	return size, true
}

// argument is the number that an argument has in the end.
func (n *nodes) argument(f *ast.Field, name string) (float64, bool) {
	declared := f.Definition.Arguments.ForName(name)
	if declared == nil {
		return 0, false
	}
	value := declared.DefaultValue
	if given := f.Arguments.ForName(name); given != nil {
		if given.Value.Kind != ast.Variable {
			value = given.Value
		} else if v, ok := n.variable(given.Value.Raw); ok {
			return number(fmt.Sprint(v))
		}
	}
	if value == nil {
		return 0, false
	}
	return number(value.Raw)
}

// number reads a count; what is none, such as null, is not given.
func number(text string) (float64, bool) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil && v == 0 || math.IsNaN(v) {
		return 0, false
	}
	return min(max(v, 0), mostItems), true
}

func (n *nodes) variable(name string) (any, bool) {
	n.varies = true
	v, ok := n.vars[name]
	return v, ok
}

// included says whether @skip and @include leave something in.
func (n *nodes) included(ds ast.DirectiveList) bool {
	for _, d := range ds {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		argument := d.Arguments.ForName("if")
		if argument == nil {
			continue
		}
		yes := argument.Value.Raw == "true"
		if argument.Value.Kind == ast.Variable {
			v, _ := n.variable(argument.Value.Raw)
			yes, _ = v.(bool)
		}
		if yes == (d.Name == "skip") {
			return false
		}
	}
	return true
}

// heaviest leads to the list that alone has more items than limit, or that most
// of them are in.
func (n *nodes) heaviest(set ast.SelectionSet, limit float64) (path []string, at *ast.Field) {
	parents, size := 1.0, n.assumed // how many objects there are, and nodes in each
	for {
		var most float64
		var heaviest *ast.Field
		n.each(set, map[string]bool{}, func(f *ast.Field) {
			if c := n.field(f).of(size); c > most {
				most, heaviest = c, f
			}
		})
		if heaviest == nil {
			return path, at
		}
		path, at, set = append(path, heaviest.Alias), heaviest, heaviest.SelectionSet
		own, asked := n.asked(heaviest)
		if heaviest.Definition.Type.Elem == nil {
			size = own
			continue
		}
		if asked || !isNodes(heaviest) {
			size = own
		}
		if parents *= size; parents > limit {
			return path, at
		}
		size = n.assumed
	}
}

// each visits the fields of an object, through its fragments, each of those once.
func (n *nodes) each(set ast.SelectionSet, seen map[string]bool, visit func(*ast.Field)) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if n.included(s.Directives) {
				visit(s)
			}
		case *ast.InlineFragment:
			if n.included(s.Directives) {
				n.each(s.SelectionSet, seen, visit)
			}
		case *ast.FragmentSpread:
			if n.included(s.Directives) && !seen[s.Name] {
				seen[s.Name] = true
				n.each(s.Definition.SelectionSet, seen, visit)
			}
		}
	}
}
