package executor

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// metaBuilder makes the things of a schema. A type is made when it is first met, and
// filled in then, so that types may lead to each other.
type metaBuilder struct {
	schema *ast.Schema
	types  map[string]*thing
}

func (b *metaBuilder) root(def *ast.Definition) fact {
	if def == nil {
		return fact{}
	}
	return fact{one: b.named(def.Name)}
}

// of is the thing of a type as it is written at a field.
func (b *metaBuilder) of(t *ast.Type) *thing {
	if !t.NonNull && t.Elem == nil {
		return b.named(t.NamedType)
	}
	name := t.String()
	if known := b.types[name]; known != nil {
		return known
	}
	around := &thing{typeName: "__Type"}
	b.types[name] = around
	kind, below := "LIST", t.Elem
	if t.NonNull {
		bare := *t
		bare.NonNull = false
		kind, below = "NON_NULL", &bare
	}
	around.has(word(kind), fact{}, fact{}, fact{}, fact{}, fact{}, fact{}, fact{}, fact{}, fact{one: b.of(below)}, fact{})
	return around
}

// named is the thing of the type of that name. What a kind does not have is null.
func (b *metaBuilder) named(name string) *thing {
	if known := b.types[name]; known != nil {
		return known
	}
	t := &thing{typeName: "__Type"}
	b.types[name] = t
	def := b.schema.Types[name]
	var url, fields, interfaces, possible, values, inputs, oneOf fact
	switch def.Kind {
	case ast.Scalar:
		if d := def.Directives.ForName("specifiedBy"); d != nil {
			url = argument(d, "url")
		}
	case ast.Object:
		fields, interfaces = b.fields(def), b.interfaces(def)
	case ast.Interface:
		fields, interfaces, possible = b.fields(def), b.interfaces(def), b.possible(def)
	case ast.Union:
		possible = b.possible(def)
	case ast.Enum:
		values = b.values(def)
	case ast.InputObject:
		inputs, oneOf = b.inputs(def), yes(def.Directives.ForName("oneOf") != nil)
	}
	t.has(word(string(def.Kind)), word(name), told(def.Description), url, fields, interfaces, possible, values, inputs, fact{}, oneOf)
	return t
}

func (b *metaBuilder) fields(def *ast.Definition) fact {
	var all, living []*thing
	for _, f := range def.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		t := &thing{typeName: "__Field"}
		old, why := deprecated(f.Directives)
		t.has(word(f.Name), told(f.Description), b.arguments(f.Arguments), fact{one: b.of(f.Type)}, yes(old), why)
		if all = append(all, t); !old {
			living = append(living, t)
		}
	}
	return aging(all, living)
}

func (b *metaBuilder) arguments(args ast.ArgumentDefinitionList) fact {
	var all, living []*thing
	for _, a := range args {
		t, old := b.input(a.Name, a.Description, a.Type, a.DefaultValue, a.Directives)
		if all = append(all, t); !old {
			living = append(living, t)
		}
	}
	return aging(all, living)
}

func (b *metaBuilder) inputs(def *ast.Definition) fact {
	var all, living []*thing
	for _, f := range def.Fields {
		t, old := b.input(f.Name, f.Description, f.Type, f.DefaultValue, f.Directives)
		if all = append(all, t); !old {
			living = append(living, t)
		}
	}
	return aging(all, living)
}

func (b *metaBuilder) input(name, description string, of *ast.Type, standard *ast.Value, ds ast.DirectiveList) (t *thing, old bool) {
	t = &thing{typeName: "__InputValue"}
	old, why := deprecated(ds)
	var value fact
	if standard != nil {
		value = word(printDefault(b.schema, of, standard))
	}
	t.has(word(name), told(description), fact{one: b.of(of)}, value, yes(old), why)
	return t, old
}

func (b *metaBuilder) values(def *ast.Definition) fact {
	var all, living []*thing
	for _, v := range def.EnumValues {
		t := &thing{typeName: "__EnumValue"}
		old, why := deprecated(v.Directives)
		t.has(word(v.Name), told(v.Description), yes(old), why)
		if all = append(all, t); !old {
			living = append(living, t)
		}
	}
	return aging(all, living)
}

func (b *metaBuilder) interfaces(def *ast.Definition) fact {
	all := make([]*thing, 0, len(def.Interfaces))
	for _, name := range def.Interfaces {
		all = append(all, b.named(name))
	}
	return things(all)
}

// possible are the types that objects of an abstract type can be of: no interfaces.
func (b *metaBuilder) possible(def *ast.Definition) fact {
	var all []*thing
	for _, p := range b.schema.GetPossibleTypes(def) {
		if p.Kind == ast.Object {
			all = append(all, b.named(p.Name))
		}
	}
	return things(all)
}

func (b *metaBuilder) directive(d *ast.DirectiveDefinition) *thing {
	t := &thing{typeName: "__Directive"}
	locations := make([]string, len(d.Locations))
	for i, l := range d.Locations {
		locations[i] = string(l)
	}
	t.has(word(d.Name), told(d.Description), yes(d.IsRepeatable), words(locations), b.arguments(d.Arguments))
	return t
}

// deprecated says whether something is deprecated, and why.
func deprecated(ds ast.DirectiveList) (old bool, why fact) {
	d := ds.ForName("deprecated")
	if d == nil {
		return false, fact{}
	}
	if why = argument(d, "reason"); why.json == nil {
		why = word("No longer supported")
	}
	return true, why
}

// argument is what a directive says of a text; null where it does not.
func argument(d *ast.Directive, name string) fact {
	if a := d.Arguments.ForName(name); a != nil && a.Value.Kind != ast.NullValue {
		return word(a.Value.Raw)
	}
	return fact{}
}
