package record

import (
	"strconv"
	"strings"

	"holdfast/connect/mapping"
)

// key makes a key of an object whose fields stand in a row, in its cell behind them.
func (r *run) key(o *object, i int, row uint32) {
	k := &o.keys[i]
	at := row + uint32(len(o.columns)+i)
	start := len(r.blob)
	t := keyText{r: r, text: append(r.blob, '{')}
	for j, column := range k.columns {
		c := &o.columns[column]
		t.member(k.spec[j], c.node, row+uint32(column), j == 0)
	}
	r.blob = append(t.text, '}')
	switch {
	case t.null:
		r.blob = r.blob[:start]
	case t.fault:
		r.blob = r.blob[:start]
		r.cells[at] = cell{head: head(Faulty, 0), a: t.why}
	default:
		r.cells[at] = cell{head: head(Leaf, 0), a: uint32(start), b: uint32(len(r.blob))}
	}
}

// A keyText is the text of a key that is being made.
type keyText struct {
	r     *run
	text  []byte
	null  bool // a part of it is missing: there is nothing to ask for
	fault bool // a part of it did not fit, and its zero value would name another object
	why   uint32
}

// member adds one part of a key.
func (t *keyText) member(p KeyPart, n *node, at uint32, first bool) {
	if !first {
		t.text = append(t.text, ',')
	}
	t.text = append(mapping.StringValue(p.Name).AppendJSON(t.text), ':')
	start := len(t.text)
	c := t.r.cells[at]
	switch {
	case c.kind() == Null, c.kind() == Faulty && !(n != nil && n.need && n.isLeaf()):
		t.null = true
		return
	case c.kind() == Faulty:
		t.fault, t.why = true, c.a
		return
	}
	if n == nil { // a hidden key: JSON as it is
		t.text = append(t.text, t.r.blob[c.a:c.b]...)
	} else if !t.value(n, at) {
		t.null = true
		return
	}
	for _, path := range p.Below {
		part, _, err := mapping.ParseJSON(t.text[start:], mapping.JSONLimits{})
		if err != nil || lacks(part, strings.Split(path, ".")) {
			t.null = true
		}
	}
}

// lacks says whether a path of keys leads to nothing. Items of lists are not looked
// at: one of them may lack what others have.
func lacks(v mapping.Value, keys []string) bool {
	for _, key := range keys {
		if !v.IsObject() {
			break
		}
		v = v.Key(key)
	}
	return v.IsMissing() || v.IsNull()
}

// value appends what stands in a cell as a connector reads it. It is false for a list
// that cannot be, because an item of it is at fault.
func (t *keyText) value(n *node, at uint32) bool {
	c := t.r.cells[at]
	switch c.kind() {
	case Leaf:
		t.text = appendInput(t.text, n, t.r.blob[c.a:c.b])
		return true
	case List:
		t.text = append(t.text, '[')
		for i := range c.b {
			if i > 0 {
				t.text = append(t.text, ',')
			}
			item := t.r.cells[c.a+i]
			if item.kind() == Faulty && n.list.need && n.list.isLeaf() || !t.value(n.list, c.a+i) {
				return false
			}
		}
		t.text = append(t.text, ']')
		return true
	case Object:
		t.object(n, c)
		return true
	default:
		t.text = append(t.text, "null"...)
		return true
	}
}

// object appends an object with all fields that its model holds: connectors may read
// it as a whole.
func (t *keyText) object(n *node, c cell) {
	l := t.r.m.layouts[c.layout()]
	var columns []column
	switch {
	case n.object != nil:
		columns = n.object.columns
	case n.several != nil:
		columns = n.several.members[l.Type].columns
	}
	t.text = append(t.text, '{')
	for i, name := range l.held {
		if i > 0 {
			t.text = append(t.text, ',')
		}
		t.text = append(mapping.StringValue(name).AppendJSON(t.text), ':')
		start := len(t.text)
		column := l.Column(name)
		switch {
		case column < 0:
			t.text = append(t.text, "null"...)
		case columns == nil: // of a value object, which has leaves only
			if f := t.r.cells[c.a+uint32(column)]; f.kind() == Leaf {
				t.text = append(t.text, t.r.blob[f.a:f.b]...)
				continue
			}
			t.text = append(t.text, "null"...)
		case !t.value(columns[column].node, c.a+uint32(column)):
			t.text = append(t.text[:start], "null"...)
		}
	}
	t.text = append(t.text, '}')
}

// appendInput appends a leaf in the form in which connectors read it, which for a
// Float is the shortest.
func appendInput(dst []byte, n *node, text []byte) []byte {
	if n.scalar.Name == "Float" {
		if f, err := strconv.ParseFloat(string(text), 64); err == nil {
			if v, err := mapping.FromAny(f); err == nil {
				return v.AppendJSON(dst)
			}
		}
	}
	return append(dst, text...)
}
