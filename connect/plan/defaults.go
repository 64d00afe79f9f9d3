package plan

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// A preset is what stands where a value is left out.
type preset struct {
	value mapping.Value // missing: nothing
	err   error         // why what the schema says cannot stand there
}

// defaults finds the values that arguments and fields of inputs have by default.
type defaults struct {
	*inputs

	schema *ast.Schema
	done   map[*input]bool
	under  map[*input]bool // whose defaults are being found
}

func (d *defaults) all() {
	for name := range d.types {
		d.fields(name)
	}
	for name, def := range d.schema.Types {
		for _, f := range def.Fields {
			for _, a := range f.Arguments {
				if a.DefaultValue != nil {
					d.byDefault[a] = d.preset(a.DefaultValue, a.Type, fmt.Sprintf("%s.%s(%s:)", name, f.Name, a.Name))
				}
			}
		}
	}
}

func (d *defaults) preset(v *ast.Value, t *ast.Type, coordinate string) preset {
	value, err := d.term(v, t).of(nil)
	if err != nil {
		err = fmt.Errorf("the default of %s does not fit %s", coordinate, t)
	}
	return preset{value, err}
}

// fields finds the defaults of an input object's fields: first those of the inputs
// that these lead to. It says whether that came to an end.
func (d *defaults) fields(name string) bool {
	i, def := d.types[name], d.schema.Types[name]
	switch {
	case i == nil || i.kind != inputObject || d.done[i]:
		return true
	case d.under[i]:
		return false
	}
	d.under[i] = true
	for at, f := range def.Fields {
		coordinate := name + "." + f.Name
		switch {
		case f.DefaultValue == nil:
		case holdsObject(f.DefaultValue) && !d.fields(f.Type.Name()):
			i.fields[at].other.err = fmt.Errorf("the default of %s leads back to it without end", coordinate)
		default:
			i.fields[at].other = d.preset(f.DefaultValue, f.Type, coordinate)
		}
	}
	d.under[i], d.done[i] = false, true
	return true
}

// holdsObject says whether there is an object in a value.
func holdsObject(v *ast.Value) bool {
	if v.Kind == ast.ObjectValue {
		return true
	}
	for _, child := range v.Children {
		if holdsObject(child.Value) {
			return true
		}
	}
	return false
}
