package record

import (
	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

// A batch says where the items of an answer for several keys are, and their keys.
type batch struct {
	items origin
	key   []batchPart
}

type batchPart struct {
	name string
	from origin
	node *node
}

func (c *compiler) batch(con *schema.Connector, root *node) *batch {
	b := &batch{items: c.origin(con.Yields.From, root)}
	for _, name := range con.Key {
		for i, sel := range con.Yields.Fields {
			if sel.Name == name && sel.Def != nil {
				at := root.object.columns[i].node
				b.key = append(b.key, batchPart{name, c.origin(sel.Shape.From, root), at})
			}
		}
	}
	return b
}

// Items is the list of items in an answer for several keys.
func (m *Mapper) Items(in Reading) mapping.Value {
	r := m.begin(in.Vars)
	defer m.end(r)
	return r.from(&m.batch.items, in.Body, 0)
}

// AppendKey appends the key of an item to dst, in the form in which [Ref.Key] has it,
// and returns how many parts of it the item has.
func (m *Mapper) AppendKey(dst []byte, item mapping.Value, vars mapping.Vars) (key []byte, parts int) {
	r := m.begin(vars)
	defer m.end(r)
	dst = append(dst, '{')
	for i := range m.batch.key {
		p := &m.batch.key[i]
		v := r.from(&p.from, item, 0)
		if v.IsMissing() || v.IsNull() || p.node.scalar == nil {
			continue
		}
		start := len(r.blob)
		text, ok := p.node.scalar.Decode(r.blob, v)
		if !ok {
			continue
		}
		r.blob = text
		if parts > 0 {
			dst = append(dst, ',')
		}
		dst = append(mapping.StringValue(p.name).AppendJSON(dst), ':')
		dst = appendInput(dst, p.node.scalar.Name == "Float", text[start:])
		parts++
	}
	return append(dst, '}'), parts
}
