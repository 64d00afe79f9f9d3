package main

import (
	"fmt"
	"strings"
)

// batch is how a connector over $batch takes its answers apart; "" for others.
func (m *mapWriter) batch() string {
	con := m.con
	if con.Batch == 0 || con.Yields == nil {
		return ""
	}
	path := m.vars[con]
	items := m.origin(con.Yields.From, "", "m.Answer()", "in", path+".items")
	var parts []string
	for _, key := range con.Key {
		for _, sel := range con.Yields.Fields {
			if sel.Name == key {
				in := m.origin(sel.Shape.From, "", "m.Answer()", "in", path+".key."+key)
				decoder := m.decoder(sel.Def.Type, m.field(con.Type.Name, key).TypeReference)
				parts = append(parts, fmt.Sprintf("%s(%q, %s(%s, %s))", m.connect("Field"), key, m.connect("KeyOf"), in, decoder))
			}
		}
	}
	return fmt.Sprintf("Batch: &%s{\nMax: %d,\nItems: func(m *%s, in %s) %s { return %s },\nKey: func(m *%s, in %s) %s {\nreturn %s(%s)\n},\n},\n",
		m.connect("Batch"), con.Batch,
		m.connect("Mapper"), m.connect("Value"), m.connect("Value"), items,
		m.connect("Mapper"), m.connect("Value"), m.connect("Value"), m.connect("This"), strings.Join(parts, ", "))
}
