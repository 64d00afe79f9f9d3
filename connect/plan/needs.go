package plan

import (
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// needs are what an operation may ask for, whatever the types of objects are.
type needs struct {
	sources, callers set
	byHand           bool

	asked   map[*Completion]bool
	lacking map[lack]bool
}

// A lack is the question whether a fragment asks for what objects have only after
// they were completed.
type lack struct {
	*Completion

	in *fragment
}

// fetch notes what a field may ask for. It says whether it may have a place. All
// that is below the field was visited.
func (d *document) fetch(f *ast.Field) (place bool) {
	if f.ObjectDefinition == nil {
		return false
	}
	parent := d.graph.types[f.ObjectDefinition.Name]
	if parent == nil {
		return false
	}
	for _, t := range parent.objects {
		if k := t.fields[f.Name]; k != nil && k.fetches() {
			place = true
			d.ask(k, f)
		}
	}
	return place
}

func (d *document) ask(k *known, f *ast.Field) {
	d.byHand = d.byHand || k.kind == ByHand
	for _, con := range k.connectors {
		d.connector(con)
	}
	for _, c := range k.completions {
		if !d.asked[c] && d.lacks(c, f.SelectionSet) {
			d.asked[c] = true
			d.connector(c.Entity)
		}
	}
}

func (n *needs) connector(con *schema.Connector) {
	n.sources[con.Source.Name] = true
	for _, input := range con.Callers {
		n.callers[input] = true
	}
}

// lacks says whether selections ask objects for something that they have only when
// c completed them.
func (d *document) lacks(c *Completion, sel ast.SelectionSet) bool {
	of := d.graph.types[c.Type]
	for _, one := range sel {
		if d.elements[one] == nil {
			continue // skipped
		}
		yes := false
		switch one := one.(type) {
		case *ast.Field:
			f := of.fields[one.Name]
			yes = f != nil && !c.has(f)
		case *ast.InlineFragment:
			yes = (one.TypeCondition == "" || of.names[one.TypeCondition]) && d.lacks(c, one.SelectionSet)
		case *ast.FragmentSpread:
			f := d.fragments[one.Name]
			known, seen := d.lacking[lack{c, f}]
			if yes = known; !seen {
				yes = of.names[f.def.TypeCondition] && d.lacks(c, f.def.SelectionSet)
				d.lacking[lack{c, f}] = yes
			}
		}
		if yes {
			return true
		}
	}
	return false
}
