package view

import (
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
)

// A Graph is a schema with the Go models of its types. It is safe for concurrent use.
type Graph struct {
	Schema *schema.Schema
	Types  record.Types // of object types

	options record.Options
	asked   map[string]target

	mu    sync.Mutex
	lists map[string]*record.Field // by type: what makes records of lists of models
}

// A target is what is asked by one name: one connector, or all those of a field.
type target struct {
	ids  []call.ID
	key  []record.KeyPart // that they are asked with
	args ast.ArgumentDefinitionList
	on   *ast.Definition // whose objects have the keys
	root bool
}

// New returns the graph of a schema.
func New(s *schema.Schema, known scalars.Registry, types record.Types) *Graph {
	g := &Graph{
		Schema: s, Types: types, options: record.Options{Schema: s, Scalars: known, Types: types},
		asked: map[string]target{}, lists: map[string]*record.Field{},
	}
	for _, con := range s.Connectors {
		t := target{ids: []call.ID{con.ID}, on: con.Type, root: isRoot(s.AST, con.Type)}
		t.key = record.FieldKey(&schema.Plan{Connectors: []*schema.Connector{con}})
		if con.Field == nil {
			t.key = record.EntityKey(con)
		}
		if con.Field != nil {
			t.args = con.Field.Arguments
			field := con.Type.Name + "." + con.Field.Name
			all := t
			all.ids = append(g.asked[field].ids, con.ID)
			if p := s.Plans[field]; p != nil && p.Kind == schema.Connected {
				all.key = record.FieldKey(p)
			}
			g.asked[field] = all
		}
		if g.asked[string(con.ID)].ids == nil {
			g.asked[string(con.ID)] = t
		}
	}
	return g
}

func isRoot(s *ast.Schema, def *ast.Definition) bool { return def == s.Query || def == s.Mutation }

// Has says whether the schema has a field.
func (g *Graph) Has(coordinate string) bool {
	typeName, fieldName, _ := strings.Cut(coordinate, ".")
	def := g.Schema.AST.Types[typeName]
	return def != nil && def.Fields.ForName(fieldName) != nil
}

// Records makes records of what is returned for a field.
func (g *Graph) Records(coordinate string) (*record.Field, error) {
	return record.CompileField(coordinate, g.options)
}

// listOf makes records of lists of a type's models.
func (g *Graph) listOf(typeName string) (*record.Field, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f := g.lists[typeName]; f != nil {
		return f, nil
	}
	f, err := record.CompileType(ast.ListType(ast.NamedType(typeName, nil), nil), typeName, g.options)
	if err == nil {
		g.lists[typeName] = f
	}
	return f, err
}
