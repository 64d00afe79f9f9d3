package record

import "holdfast/connect/schema"

// A Connection makes records of the connections of one field with @paginate.
type Connection struct {
	layouts []*Layout
}

// CompileConnection says what the connections of a connector's field are made of.
func CompileConnection(p *schema.Paginate) *Connection { return nil }

// A Window is what a connection shows of the pages that were read for it.
type Window struct {
	Nodes                []Ref                          // consecutive
	Cursor               func(dst []byte, i int) []byte // appends the i-th node's cursor as JSON
	HasNext, HasPrevious bool
	Total                *int // nil: not known
	Pages                []*Answer
	Stopped              error // why the nodes end before they were all read; nil: they do not
}

// Of is the record of a connection: its cells lead to those of the pages.
func (c *Connection) Of(w Window) *Answer { return nil }
