package schema

import (
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// batchOrThis finds whether a connector on a type loads one object or many: it
// reads the key of one from $this, or those of many from $batch.
func (c *checker) batchOrThis(con *Connector, all []quoted) {
	if con.Field != nil {
		return
	}
	first := ""
	for _, q := range all {
		for _, r := range readings(q.Mapping) {
			if r.name != "$this" && r.name != "$batch" || !slices.Contains(q.legal, r.name) {
				continue
			}
			if first == "" {
				first = r.name
			}
			if first != r.name {
				c.report(q.at(r.span.Start), "CONNECT_BATCH_AND_THIS", con.name(), "a connector reads $this or $batch, not both")
				return
			}
			if r.name == "$batch" {
				c.batchVariable(con, r, q)
			}
		}
	}
}

func (c *checker) batchVariable(con *Connector, r reading, q quoted) {
	con.Batch = defaultBatch
	if len(r.keys) > 1 {
		c.report(q.at(r.span.Start), "CONNECTORS_NON_ROOT_BATCH_KEY", con.name(), "a key is a field of the type itself")
	}
}

// batchField notes $batch.x: a part of the key of the objects that one request
// loads.
func (c *checker) batchField(con *Connector, k *mapping.Key, q quoted) {
	if c.reported("CONNECTORS_NON_ROOT_BATCH_KEY", con.name()) {
		return
	}
	if con.Type.Fields.ForName(k.Name) == nil {
		c.report(q.at(k.Start), "UNDEFINED_FIELD", con.name(), "type %s has no field %q", con.Type.Name, k.Name)
		c.suggest(k.Name, fieldNames(con.Type))
		return
	}
	con.Key = appendNew(con.Key, k.Name)
	c.batchKeys = append(c.batchKeys, parentRead{con, k.Name, q.at(variableOf(q, k).Start)})
}

// variableOf is where $batch stands of which a key is read: in its own path, or in
// a group or argument there.
func variableOf(q quoted, k *mapping.Key) mapping.Span {
	for _, r := range readings(q.Mapping) {
		if r.name == "$batch" && r.span.Start <= k.Start && k.End <= r.span.End {
			return r.span
		}
	}
	return k.Span
}

// defaultBatch is how many keys a request carries where nobody says.
const defaultBatch = 100

// batchArgument reads batch: {maxSize}.
func (c *checker) batchArgument(d *ast.Directive, con *Connector) {
	size := c.object(given(d, "batch"), "LIMIT_EXCEEDED", con.name(), "maxSize")["maxSize"]
	if size == nil {
		return
	}
	n, err := strconv.Atoi(size.Raw)
	if err != nil || n < 1 || size.Kind != ast.IntValue {
		c.report(start(size.Position), "LIMIT_EXCEEDED", con.name(), "maxSize: expected a number from 1, got %s", size.String())
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
			c.report(k.at, "CONNECTORS_BATCH_KEY_NOT_IN_SELECTION", k.con.name(),
				"the selection does not yield %s, by which items are told apart", k.name)
		}
	}
}
