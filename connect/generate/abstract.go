package main

import (
	"fmt"
	"slices"
	"strings"

	"holdfast/connect/schema"
)

// abstract is the function that builds an object of one of several types.
func (m *mapWriter) abstract(result string, s *schema.Shape, path string) string {
	return m.function(s.Type.Name+" by its type name", result, s, path, func(s *schema.Shape, path string) string {
		var b strings.Builder
		if slices.ContainsFunc(s.Members, func(member *schema.Shape) bool { return member.Always }) {
			b.WriteString("if in.IsNull() {\nat.Null()\nreturn nil\n}\n") // of which only keys are made that are null
		}
		fmt.Fprintf(&b, "switch %s(%s) {\n", m.connect("TypeName"), m.typeNameIn(s, path))
		for _, member := range s.Members {
			of := m.function(member.Type.Name, result, member, path+"."+member.Type.Name, m.object)
			fmt.Fprintf(&b, "case %q:\nreturn %s(at, in)\n", member.Type.Name, of)
		}
		b.WriteString("}\n")
		if key := m.keyIn(s); key != nil {
			fmt.Fprintf(&b, "if %s(%s) {\nreturn nil\n}\n", m.connect("NoKey"), strings.Join(key, ", "))
		}
		b.WriteString("at.Unknown(in)\nreturn nil\n")
		return b.String()
	})
}

// keyIn are Go expressions for the parts of the key in an object of several types,
// where one is looked for: without it there is no object that could be unknown.
func (m *mapWriter) keyIn(s *schema.Shape) []string {
	for _, member := range s.Members {
		var key []string
		for _, sel := range member.Fields {
			if slices.Contains(member.Stub, sel.Name) && sel.Splice == 0 && sel.Shape.From.Expr == nil {
				key = append(key, m.keys(sel.Shape.From.Keys, "in"))
			}
		}
		if key != nil && len(key) == len(member.Stub) {
			return key
		}
	}
	return nil
}

// typeNameIn is the Go expression for the type name of the object in.
func (m *mapWriter) typeNameIn(s *schema.Shape, path string) string {
	in := "in"
	if i := s.TypeName.Splice; i > 0 {
		in = fmt.Sprintf("%s(%s)", m.connect("Object"), m.found(s.Members[0].Splices[i-1], in, path))
	}
	return m.found(s.TypeName.Shape.From, in, path)
}

// found is [mapWriter.origin] for what no field takes.
func (m *mapWriter) found(from schema.Origin, in, path string) string {
	if from.Expr != nil {
		return fmt.Sprintf("at.Eval(%s, %s)", m.expression(from.Expr, path+".type"), in)
	}
	return m.keys(from.Keys, in)
}
