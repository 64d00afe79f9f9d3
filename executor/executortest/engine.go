package executortest

import (
	"fmt"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect"
	"holdfast/connect/call"
	"holdfast/connect/once"
	"holdfast/connect/record"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
	"holdfast/executor"
	"holdfast/gateway"
	"holdfast/upstreams"
)

// An Engine interprets SDL: what [Open] makes of it is asked by the gateway as the
// program's own graph is.
type Engine struct {
	SDL     []*ast.Source
	Scalars scalars.Registry
	Fields  connect.Fields // resolved by methods
	Once    *once.Keeper   // nil: nothing is recorded
}

// Open serves the SDL in a world.
func (e Engine) Open(w *World) (Graph, error) {
	s, err := e.Serve(func(source string) Settings { return w.Settings(source) }, w.Client)
	if err != nil {
		return Graph{}, err
	}
	return Graph{Schema: Planner{s}}, nil
}

// Serve serves the SDL with the settings of each source and a client for each.
func (e Engine) Serve(settings func(string) Settings, client func(source, base string) *upstreams.Client) (*executor.Schema, error) {
	read, findings := schema.Read(e.SDL, schema.Options{ByHand: e.Fields.Has, Values: record.Values(e.SDL, e.Scalars)})
	if findings.Failed() {
		return nil, fmt.Errorf("the schema: %v", findings)
	}
	table, err := e.Fields.Table(read, e.Scalars)
	if err != nil {
		return nil, err
	}
	return executor.New(executor.Config{
		Schema: read, Scalars: e.Scalars, Hand: table, Once: e.Once,
		Open: func(s call.Source) (*call.API, error) {
			of := settings(s.Name)
			set := call.Settings{URL: of.URL, Config: of.Config, Env: of.Env}
			base, err := s.URL(set)
			if err != nil {
				return nil, err
			}
			return s.Open(client(s.Name, base), set)
		},
	})
}

// A Planner is an engine whose operations the gateway plans ahead.
type Planner struct{ *engine }

type engine = executor.Schema

// AsPlanner is an engine for the gateway.
func AsPlanner(s *executor.Schema) Planner { return Planner{s} }

// Plan implements [gateway.Planner].
func (p Planner) Plan(doc *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) (gateway.Planned, error) {
	return p.engine.Plan(doc, op, vars)
}

var _ gateway.Planner = Planner{}

// SDL are the files of an archive in folder graph.
func SDL(a *txtar.Archive) []*ast.Source {
	var all []*ast.Source
	for _, f := range a.Files {
		if len(f.Name) > 6 && f.Name[:6] == "graph/" {
			all = append(all, &ast.Source{Name: f.Name, Input: string(f.Data)})
		}
	}
	return all
}
