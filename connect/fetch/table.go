package fetch

import (
	"fmt"

	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// A Table is what a generation can fetch: its connectors with what makes records of
// their answers. It does not change and is safe for concurrent use.
type Table struct {
	connectors map[call.ID]*connector
}

// Maps makes records of a connector's answers.
type Maps struct {
	Mapper     *record.Mapper
	Connection *record.Connection // of its pages; nil where it has no [call.Paging]
}

// A connector is one of the table.
type connector struct {
	*call.Opened

	mapper     *record.Mapper
	connection *record.Connection
	maker      []byte            // of shortcuts to its answers; nil: it makes none
	any        upstreams.Request // what all reads have in common
}

// NewTable returns a table of those connectors of the registry that maps names.
func NewTable(r *call.Registry, maps map[call.ID]Maps) (*Table, error) {
	t := &Table{connectors: make(map[call.ID]*connector, len(maps))}
	for id, m := range maps {
		c := r.Connector(id)
		switch {
		case c == nil:
			return nil, fmt.Errorf("fetch: there is no connector %s", id)
		case m.Mapper == nil, c.Paging != nil && m.Connection == nil:
			return nil, fmt.Errorf("fetch: nothing maps the answers to connector %s", id)
		}
		own := &connector{Opened: c, mapper: m.Mapper, connection: m.Connection, any: c.Any()}
		if !c.Writes && len(c.Callers) == 0 && c.Paging == nil {
			own.maker = c.API.Maker()
		}
		t.connectors[id] = own
	}
	return t, nil
}
