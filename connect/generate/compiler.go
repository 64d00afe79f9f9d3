package main

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/plugin"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// A Compiler is the gqlgen plugin.
type Compiler struct {
	schema *schema.Schema
	hand   byHand
	values []string
}

var _ interface {
	plugin.Plugin
	plugin.EarlySourcesInjector
	plugin.ConfigMutator
	plugin.CodeGenerator
} = (*Compiler)(nil)

// Name is part of gqlgen's interface.
func (c *Compiler) Name() string { return "connect" }

// among puts the compiler before the models, whose fields it decides, and leaves
// out gqlgen's resolver stubs: it writes the resolvers itself.
func (c *Compiler) among(plugins []plugin.Plugin) []plugin.Plugin {
	plugins = slices.DeleteFunc(plugins, func(p plugin.Plugin) bool { return p.Name() == "resolvergen" })
	models := slices.IndexFunc(plugins, func(p plugin.Plugin) bool { return p.Name() == "modelgen" })
	return slices.Insert(plugins, max(models, 0), plugin.Plugin(c))
}

// InjectSourcesEarly declares the directives, so that gqlgen can read the SDL.
func (c *Compiler) InjectSourcesEarly() ([]*ast.Source, error) {
	return []*ast.Source{schema.Prelude()}, nil
}

// MutateConfig tells gqlgen which fields are resolved and what the models hold,
// and then takes the directives out of the schema that it will embed.
func (c *Compiler) MutateConfig(cfg *config.Config) error {
	for coordinate, plan := range c.schema.Plans {
		typeName, fieldName, _ := strings.Cut(coordinate, ".")
		if plan.Kind == schema.Mapped {
			continue
		}
		def := cfg.Schema.Types[typeName]
		setField(cfg, typeName, fieldName, func(f *config.TypeMapField) {
			f.Resolver = true
			f.ForceGenerate = plan.Held
			if many := !isRoot(cfg.Schema, def); many {
				if c.hand.has(typeName, fieldName) {
					many = c.hand.many(typeName, fieldName)
				}
				f.Batch = &many
			}
		})
	}
	for _, o := range c.schema.Objects {
		entry := cfg.Models[o.Type.Name]
		entry.EmbedExtraFields = []config.ModelExtraField{{Type: mappingPath + ".ItemFaults"}}
		for _, key := range o.Hidden {
			if entry.ExtraFields == nil {
				entry.ExtraFields = map[string]config.ModelExtraField{}
			}
			entry.ExtraFields[hiddenName(key)] = config.ModelExtraField{
				Type: mappingPath + ".Value", Description: "is read by connectors and not part of the graph.",
			}
		}
		cfg.Models[o.Type.Name] = entry
	}
	return strip(cfg)
}

// setField changes gqlgen's settings of one field.
func setField(cfg *config.Config, typeName, fieldName string, change func(*config.TypeMapField)) {
	entry := cfg.Models[typeName]
	if entry.Fields == nil {
		entry.Fields = map[string]config.TypeMapField{}
	}
	field := entry.Fields[fieldName]
	change(&field)
	entry.Fields[fieldName] = field
	cfg.Models[typeName] = entry
}

func isRoot(s *ast.Schema, def *ast.Definition) bool {
	return def == s.Query || def == s.Mutation || def == s.Subscription
}

// GenerateCode writes resolvers/: a file for each SDL file, and the sources.
func (c *Compiler) GenerateCode(data *codegen.Data) error {
	w := newWriter(c, data)
	files, err := w.files()
	if err != nil {
		return err
	}
	return writeFiles(data.Config.Resolver.Dir(), files)
}
