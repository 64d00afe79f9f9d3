package main

import (
	"slices"

	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// renameFields gives fields another Go name where their model has something of
// that name already: what it embeds, hidden keys, methods that say which
// interfaces it implements, and earlier fields.
func (c *compiler) renameFields(cfg *config.Config) {
	for _, def := range cfg.Schema.Types {
		if def.Kind != ast.Object {
			continue
		}
		taken := c.modelNames(cfg.Schema, def)
		for _, f := range def.Fields {
			if !c.inModel(def.Name, f.Name) || cfg.Models[def.Name].Fields[f.Name].FieldName != "" {
				continue
			}
			name := templates.ToGo(f.Name)
			if taken[name] == "" {
				taken[name] = declared
				continue
			}
			setField(cfg, def.Name, f.Name, func(m *config.TypeMapField) { m.FieldName = taken.unused(name + "Field") })
		}
	}
}

// modelNames are the names that the model of a type has before its fields.
func (c *compiler) modelNames(s *ast.Schema, def *ast.Definition) names {
	n := names{}
	for _, abstract := range s.GetImplements(def) {
		n["Is"+templates.ToGoModelName(abstract.Name)] = reserved
	}
	i := slices.IndexFunc(c.schema.Objects, func(o *schema.Object) bool { return o.Type.Name == def.Name })
	if i < 0 {
		return n
	}
	for _, name := range []string{"ItemFaults", "FaultsOf", "AddItemFault"} { // of what models embed
		n[name] = reserved
	}
	for _, key := range c.schema.Objects[i].Hidden {
		n[hiddenName(key)] = reserved
	}
	return n
}

// inModel says whether the model of a type has a field.
func (c *compiler) inModel(typeName, fieldName string) bool {
	plan := c.schema.Plans[typeName+"."+fieldName]
	return plan == nil || plan.Kind == schema.Mapped || plan.Held
}
