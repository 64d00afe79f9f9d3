package explain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A selector knows what an operation asks of objects of a type.
type selector struct {
	fragments ast.FragmentDefinitionList
	vars      map[string]any
	types     *ast.Schema
}

// selected is one field of an answer, with the selections of all fields of that
// response name.
type selected struct {
	*ast.Field

	selections ast.SelectionSet
}

// objects are the object types that a value of a type can have.
func (s *selector) objects(def *ast.Definition) []*ast.Definition {
	switch {
	case def == nil:
		return nil
	case def.IsAbstractType():
		return s.types.GetPossibleTypes(def)
	case def.Kind == ast.Object:
		return []*ast.Definition{def}
	}
	return nil
}

// collect are the fields asked of objects of def, as the GraphQL specification
// collects them, in order. Introspection is left out: it asks nobody.
func (s *selector) collect(sel ast.SelectionSet, def *ast.Definition) []*selected {
	c := &collection{selector: s, of: def, seen: map[string]bool{}}
	c.add(sel)
	return c.fields
}

// A collection is the collecting of one object's fields.
type collection struct {
	*selector

	of     *ast.Definition
	fields []*selected
	seen   map[string]bool // fragments
}

func (c *collection) add(sel ast.SelectionSet) {
	for _, one := range sel {
		switch one := one.(type) {
		case *ast.Field:
			if c.included(one.Directives) && !strings.HasPrefix(one.Name, "__") {
				c.field(one)
			}
		case *ast.InlineFragment:
			if c.included(one.Directives) && c.fits(one.TypeCondition) {
				c.add(one.SelectionSet)
			}
		case *ast.FragmentSpread:
			if c.seen[one.Name] || !c.included(one.Directives) {
				continue
			}
			c.seen[one.Name] = true
			if f := c.fragments.ForName(one.Name); f != nil && c.fits(f.TypeCondition) {
				c.add(f.SelectionSet)
			}
		}
	}
}

func (c *collection) field(f *ast.Field) {
	i := slices.IndexFunc(c.fields, func(s *selected) bool { return s.Alias == f.Alias })
	if i < 0 {
		i = len(c.fields)
		c.fields = append(c.fields, &selected{Field: f})
	}
	c.fields[i].selections = append(c.fields[i].selections, f.SelectionSet...)
}

// fits says whether a fragment on a type speaks of the objects.
func (c *collection) fits(condition string) bool {
	on := c.types.Types[condition]
	return condition == "" || slices.Contains(c.objects(on), c.of)
}

// included says whether @skip and @include leave something in.
func (s *selector) included(ds ast.DirectiveList) bool {
	says := func(name string, otherwise bool) bool {
		d := ds.ForName(name)
		if d == nil {
			return otherwise
		}
		yes, ok := d.ArgumentMap(s.vars)["if"].(bool)
		return ok && yes
	}
	return says("include", true) && !says("skip", false)
}

// arguments are the field's arguments as one text, which is the same for the same
// values.
func (f *selected) arguments(vars map[string]any) string {
	args := f.ArgumentMap(vars)
	if len(args) == 0 {
		return ""
	}
	text, err := json.Marshal(args)
	if err != nil {
		return fmt.Sprint(args) // JSON is what they were read from
	}
	return string(text)
}
