package record

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

// recorded is what is told of a write itself, beside what the API answers: in a field of the object that is returned,
// which no answer has.
type recorded struct {
	column int
	layout int // of the object
	field  *Field
}

// receipt adds to the object that a write returns the field that tells of the write.
func (c *compiler) receipt(o *object, l *Layout) {
	name := c.con.Write.Receipt()
	if name == "" {
		return
	}
	coordinate := o.typeName + "." + name
	field, err := CompileField(coordinate, c.opt)
	if err != nil {
		c.fail(around{holder: coordinate}, "%v", err)
		return
	}
	c.recorded = &recorded{column: len(l.Fields), layout: o.layout, field: field}
	l.columns[name] = len(l.Fields)
	l.Fields = append(l.Fields, Column{Name: name})
	l.forms = append(l.forms, nil)
	o.columns = append(o.columns, column{name: name, given: true})
}

// receipts are the fields of a type that tell of the write which returned an object of it.
func (c *compiler) receipts(def *ast.Definition) (names []string) {
	for _, f := range def.Fields {
		if p := c.opt.Schema.Plans[def.Name+"."+f.Name]; p != nil && p.Kind == schema.Recorded {
			names = append(names, f.Name)
		}
	}
	return names
}

// Receipt is a, the record of what a write was answered, with what is told of the write. Where there is no object yet, a
// is nil or null, and all other fields of the receipt are null. It is a itself where the connector does not tell of
// writes, or told is missing.
func (m *Mapper) Receipt(a *Answer, told mapping.Value) *Answer {
	if m.recorded == nil || told.IsMissing() {
		return a
	}
	own := m.bare()
	if a != nil && a.Root().Kind() == Object {
		*own = *a
		own.cells, own.parts = slices.Clone(a.cells), slices.Clip(a.parts)
	}
	write := m.recorded.field.Of(told)
	own.parts = append(own.parts, write)
	own.cells[own.cells[own.root].a+uint32(m.recorded.column)] = cell{head: head(linked, 0), a: uint32(len(own.parts) - 1), b: write.root}
	return own
}

// bare is the record of an object of which nothing is known.
func (m *Mapper) bare() *Answer {
	a := &Answer{layouts: m.layouts, cells: make([]cell, 1+m.layouts[m.recorded.layout].cells), bare: true}
	a.cells[0] = cell{head: head(Object, m.recorded.layout), a: 1}
	return a
}

// Bare says whether the record is of an object of which nothing is known but what is told of the write: what would
// complete it has nothing to ask for, and it is there all the same. a may be nil.
func (a *Answer) Bare() bool { return a != nil && a.bare }
