package schema

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// batchField notes $batch.x: a part of the key of the objects that one request
// loads.
func (c *checker) batchField(con *Connector, r reading, q quoted) {
	if len(con.This) > 0 {
		c.batchAndThis(con, q.at(r.span.Start))
		return
	}
	con.Batch = defaultBatch
	switch {
	case len(r.keys) == 0:
		return
	case len(r.keys) > 1:
		c.report(q.at(r.keys[1].Start), "CONNECTORS_NON_ROOT_BATCH_KEY", con.Coordinate, "a key is a field of the type itself")
		return
	}
	name := r.keys[0].Name
	if con.Type.Fields.ForName(name) == nil {
		c.report(q.at(r.keys[0].Start), "UNDEFINED_FIELD", con.Coordinate, "type %s has no field %q", con.Type.Name, name)
		c.suggest(name, fieldNames(con.Type))
		return
	}
	con.Key = appendNew(con.Key, name)
	c.batchKeys = append(c.batchKeys, parentRead{con, name, q.at(r.keys[0].Start)})
}

func (c *checker) batchAndThis(con *Connector, at place) {
	c.report(at, "CONNECT_BATCH_AND_THIS", con.Coordinate, "a connector reads $this or $batch, not both")
}

// defaultBatch is how many keys a request carries where nobody says.
const defaultBatch = 100

// batchArgument reads batch: {maxSize}.
func (c *checker) batchArgument(d *ast.Directive, con *Connector) {
	size := c.object(given(d, "batch"), "LIMIT_EXCEEDED", con.Coordinate, "maxSize")["maxSize"]
	if size == nil {
		return
	}
	n, err := strconv.Atoi(size.Raw)
	if err != nil || n < 1 || size.Kind != ast.IntValue {
		c.report(start(size.Position), "LIMIT_EXCEEDED", con.Coordinate, "maxSize: expected a number from 1, got %s", size.String())
		return
	}
	if con.Batch > 0 {
		con.Batch = n
	}
}

// checkBatchKeys reports keys of batches that items do not yield: their items
// could not be told apart.
func (c *checker) checkBatchKeys() {
	for _, k := range c.batchKeys {
		if y := k.con.Yields; y != nil && y.Type != nil && y.field(k.name) == nil {
			c.report(k.at, "CONNECTORS_BATCH_KEY_NOT_IN_SELECTION", k.con.Coordinate,
				"the selection does not yield %s, by which items are told apart", k.name)
		}
	}
}
