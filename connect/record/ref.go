package record

// A Ref is a place in a record. The zero Ref is null. Refs are small and passed by
// value.
type Ref struct {
	Answer *Answer
	Cell   uint32
}

// follow leads on from a place of another record.
func (r Ref) follow() Ref {
	for r.Answer != nil && r.cell().kind() == linked {
		c := r.cell()
		r = Ref{r.Answer.parts[c.a], c.b}
	}
	return r
}

func (r Ref) cell() cell { return r.Answer.cells[r.Cell] }

// Kind says what stands here.
func (r Ref) Kind() Kind {
	if r.Answer == nil {
		return Null
	}
	return r.cell().kind()
}

// Len is the number of items of a List.
func (r Ref) Len() int { return int(r.cell().b) }

// Item is an item of a List.
func (r Ref) Item(i int) Ref { return Ref{r.Answer, r.cell().a + uint32(i)}.follow() }

// Layout says what the cells of an Object are; nil where there is none.
func (r Ref) Layout() *Layout {
	if r.Kind() != Object {
		return nil
	}
	return r.Answer.layouts[r.cell().layout()]
}

// Field is the field of an Object that stands in a column of its layout.
func (r Ref) Field(column int) Ref { return Ref{r.Answer, r.cell().a + uint32(column)}.follow() }

// AppendLeaf appends the ready JSON of the field of an Object that stands in a column of
// its layout; false if it is no Leaf. It is Field, Kind and Append in one, for whoever
// writes many.
func (r Ref) AppendLeaf(dst []byte, column int32) ([]byte, bool) {
	a := r.Answer
	c := a.cells[a.cells[r.Cell].a+uint32(column)]
	for c.kind() == linked {
		a = a.parts[c.a]
		c = a.cells[c.b]
	}
	if c.kind() != Leaf {
		return dst, false
	}
	return append(dst, a.blob[c.a:c.b]...), true
}

// JSON is the ready JSON of a Leaf. It is not to be changed.
func (r Ref) JSON() []byte {
	c := r.cell()
	return r.Answer.blob[c.a:c.b:c.b]
}

// Append appends the ready JSON of a Leaf or Cursor to dst.
func (r Ref) Append(dst []byte) []byte {
	c := r.cell()
	if c.kind() == Cursor {
		return r.Answer.cursors(dst, int(c.a))
	}
	return append(dst, r.Answer.blob[c.a:c.b]...)
}

// Fault is why there is nothing here; nil where that is no fault.
func (r Ref) Fault() *Fault {
	if r.Kind() != Faulty {
		return nil
	}
	return &r.Answer.faults[r.cell().a]
}

// Key is what a connector is asked with for an Object, which stands in a place of
// its layout's Keys: a Leaf, the ready text of the key object; Null, where a part of
// it is missing and there is nothing to ask for; or a fault.
func (r Ref) Key(i int) Ref {
	l := r.Layout()
	return Ref{r.Answer, r.cell().a + uint32(len(l.Fields)+l.Keys[i].cell)}
}
