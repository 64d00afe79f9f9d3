package record

import (
	"slices"
	"strconv"
	"strings"

	"holdfast/connect/mapping"
)

// AppendKey appends the text of a key object to dst: what a connector is asked with
// for an object that is a row of records, each of which may have a part of it. Of a
// field that several have, the last one's counts. It is false where there is nothing
// to ask with: a part is missing or null, or a fault, which is the error to show.
func AppendKey(dst []byte, spec []KeyPart, row ...Ref) (key []byte, why *Fault, ok bool) {
	t := keyText{text: append(dst, '{')}
	for i, p := range spec {
		if i > 0 {
			t.text = append(t.text, ',')
		}
		a, f, at := latest(row, p.Name)
		if a == nil {
			return dst, nil, false
		}
		t.blob, t.cells, t.layouts = a.blob, a.cells, a.layouts
		t.member(p, f, at)
		if t.fault && why == nil {
			why = &a.faults[t.why]
		}
	}
	switch {
	case t.none:
		return dst, nil, false
	case t.fault:
		return dst, why, false
	}
	return append(t.text, '}'), nil, true
}

// latest is where the last of a row of records that has a field has it; nil if none
// has.
func latest(row []Ref, name string) (a *Answer, f *form, at uint32) {
	for _, r := range slices.Backward(row) {
		if l := r.Layout(); l != nil {
			if i := l.Column(name); i >= 0 {
				return r.Answer, l.forms[i], r.cell().a + uint32(i)
			}
		}
	}
	return nil, nil, 0
}

// key makes a key of an object whose fields stand in a row, in its cell behind them.
func (r *run) key(o *object, i int, row uint32) {
	k := &o.keys[i]
	at := row + uint32(len(o.columns)+i)
	forms := r.m.layouts[o.layout].forms
	start := len(r.blob)
	t := keyText{blob: r.blob, cells: r.cells, layouts: r.m.layouts, text: append(r.blob, '{')}
	for j, column := range k.columns {
		if j > 0 {
			t.text = append(t.text, ',')
		}
		t.member(k.spec[j], forms[column], row+uint32(column))
	}
	r.blob = append(t.text, '}')
	switch {
	case t.none:
		r.blob = r.blob[:start]
	case t.fault:
		r.blob = r.blob[:start]
		r.cells[at] = cell{head: head(Faulty, 0), a: t.why}
	default:
		r.cells[at] = cell{head: head(Leaf, 0), a: uint32(start), b: uint32(len(r.blob))}
	}
}

// A keyText is the text of a key that is being made of a record's cells.
type keyText struct {
	blob    []byte
	cells   []cell
	layouts []*Layout

	text  []byte
	none  bool // a part of it is missing: there is nothing to ask for
	fault bool // a part of it did not fit, and its zero value would name another object
	why   uint32
}

// A form is what is known of the values of a column.
type form struct {
	need, leaf bool
	float      bool
	item       *form // of a list
}

func formOf(n *node) *form {
	if n == nil {
		return nil
	}
	f := &form{need: n.need, leaf: n.scalar != nil}
	f.float = f.leaf && n.scalar.Name == "Float"
	f.item = formOf(n.list)
	return f
}

// cannotBe says whether a cell makes what is around it null: a leaf that is at fault
// where there must be one.
func (f *form) cannotBe(c cell) bool { return c.kind() == Faulty && f != nil && f.need && f.leaf }

// member adds one part of a key. The form of a hidden key is nil.
func (t *keyText) member(p KeyPart, f *form, at uint32) {
	t.text = append(mapping.StringValue(p.Name).AppendJSON(t.text), ':')
	start := len(t.text)
	c := t.cells[at]
	switch {
	case f.cannotBe(c):
		t.fault, t.why = true, c.a
		return
	case c.kind() == Null || c.kind() == Faulty || !t.value(f, c):
		t.none = true
		return
	}
	for _, path := range p.Below {
		part, _, err := mapping.ParseJSON(t.text[start:], mapping.JSONLimits{})
		if err != nil || lacks(part, strings.Split(path, ".")) {
			t.none = true
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

// value appends what a connector reads of a cell. It is false for a list that cannot
// be, because an item of it is at fault.
func (t *keyText) value(f *form, c cell) bool {
	switch c.kind() {
	case Leaf:
		t.leaf(f, t.blob[c.a:c.b])
	case List:
		t.text = append(t.text, '[')
		for i := range c.b {
			if i > 0 {
				t.text = append(t.text, ',')
			}
			if item := t.cells[c.a+i]; f.item.cannotBe(item) || !t.value(f.item, item) {
				return false
			}
		}
		t.text = append(t.text, ']')
	case Object:
		t.object(t.layouts[c.layout()], c.a)
	default:
		t.text = append(t.text, "null"...)
	}
	return true
}

// object appends an object with all fields that come with objects of its type, for
// connectors may read it as a whole.
func (t *keyText) object(l *Layout, row uint32) {
	t.text = append(t.text, '{')
	for i, name := range l.held {
		if i > 0 {
			t.text = append(t.text, ',')
		}
		t.text = append(mapping.StringValue(name).AppendJSON(t.text), ':')
		start := len(t.text)
		column := l.Column(name)
		if column < 0 || !t.value(l.forms[column], t.cells[row+uint32(column)]) {
			t.text = append(t.text[:start], "null"...)
		}
	}
	t.text = append(t.text, '}')
}

// leaf appends a leaf in the form in which connectors read it, which for a Float is
// the shortest.
func (t *keyText) leaf(f *form, text []byte) { t.text = appendInput(t.text, f != nil && f.float, text) }

func appendInput(dst []byte, isFloat bool, text []byte) []byte {
	if isFloat {
		if f, err := strconv.ParseFloat(string(text), 64); err == nil {
			if v, err := mapping.FromAny(f); err == nil {
				return v.AppendJSON(dst)
			}
		}
	}
	return append(dst, text...)
}
