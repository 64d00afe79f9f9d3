package executor

import (
	"fmt"

	"holdfast/connect/call"
	"holdfast/connect/fetch"
	"holdfast/connect/record"
	"holdfast/connect/schema"
)

// opened are the connectors of a graph, with what makes records of their answers.
type opened struct {
	table    *fetch.Table
	registry *call.Registry
}

// newConnectors opens the sources of cfg and compiles its connectors.
func newConnectors(cfg Config) (*opened, error) {
	sources := make([]call.Source, len(cfg.Schema.Sources))
	for i, s := range cfg.Schema.Sources {
		sources[i] = s.Source
	}
	connectors := make([]*call.Connector, len(cfg.Schema.Connectors))
	maps := make(map[call.ID]fetch.Maps, len(connectors))
	opt := record.Options{Schema: cfg.Schema, Scalars: cfg.Scalars}
	for i, con := range cfg.Schema.Connectors {
		c, m, err := compile(con, opt)
		if err != nil {
			return nil, fmt.Errorf("executor: connector %s: %w", con.ID, err)
		}
		connectors[i], maps[c.ID] = c, m
	}
	registry, err := call.NewRegistry(sources, connectors, cfg.Open)
	if err != nil {
		return nil, err
	}
	table, err := fetch.NewTable(registry, maps)
	if err != nil {
		return nil, err
	}
	return &opened{table, registry}, nil
}

// compile makes what maps a connector's answers, and the connector that knows its
// print.
func compile(con *schema.Connector, opt record.Options) (*call.Connector, fetch.Maps, error) {
	mapper, err := record.Compile(con, opt)
	if err != nil {
		return nil, fetch.Maps{}, err
	}
	m := fetch.Maps{Mapper: mapper}
	if con.Paginate != nil {
		m.Connection = record.CompileConnection(con.Paginate, opt)
	}
	own := con.Connector
	own.Hash = mapper.Print()
	return &own, m, nil
}
