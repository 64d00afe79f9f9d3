package main

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
	"time"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

// connector writes one connector: its value, and the functions that map its
// answers.
func (w *writer) connector(f *file, con *schema.Connector) error {
	name := w.vars[con]
	if con.Paginate != nil {
		name = w.pageVar(con)
		defer w.connection(f, con, name)
	}
	m := &mapWriter{writer: w, file: f, con: con}
	root := m.root()
	goType := f.typeName(w.returns(con))
	c := f.use(connectPath)

	f.printf("\n// %s is %s: %s.\n", name, con.ID, con.At)
	f.printf("var %s = &%s.Connector[%s]{\n", name, c, goType)
	f.printf("Call: %s.Call{\n", c)
	f.printf("ID: %q,\nAt: %q,\nHash: %q,\n", con.ID, con.At, hash(con, root+strings.Join(m.builders, "")))
	f.printf("Method: %q,\nURL: %s.MustTemplate(%s),\n", con.Method, f.use(mappingPath), quoted(con.URL.Source))
	if con.Body != nil {
		f.printf("Body: %s,\n", mustParse(f, con.Body))
	}
	f.printf("%s", request(f, con.Request))
	f.printf("%s", result(f, con.Result))
	f.printf("%s", policy(f, con.Policy))
	f.printf("%s", stringsField("Reads", con.Reads))
	f.printf("%s", stringsField("Callers", con.Callers))
	if con.AsCaller {
		f.printf("AsCaller: true,\n")
	}
	if con.Nullable {
		f.printf("Nullable: true,\n")
	}
	if con.NoBody {
		f.printf("NoBody: true,\n")
	}
	if con.Writes {
		f.printf("Writes: true,\n")
	}
	f.printf("},\nMap: func(m *%s.Mapper, in %s.Value) %s {\n%s},\n%s}\n", c, c, goType, root, m.batch())
	f.printf("%s", strings.Join(m.builders, ""))
	m.writeExpressions()
	return m.err
}

// returns is the Go type of a connector's value.
func (w *writer) returns(con *schema.Connector) types.Type {
	if con.Field == nil {
		return types.NewPointer(w.byName[con.Type.Name].Type)
	}
	if p := con.Paginate; p != nil {
		return types.NewSlice(w.field(p.Edge.Name, "node").TypeReference.GO)
	}
	return w.field(con.Type.Name, con.Field.Name).TypeReference.GO
}

func mustParse(f *file, m *mapping.Mapping) string {
	return fmt.Sprintf("%s.MustParse(%s)", f.use(mappingPath), quoted(m.Source))
}

func request(f *file, r call.Request) string {
	var b strings.Builder
	if len(r.Headers) > 0 {
		fmt.Fprintf(&b, "Headers: []%s.Header{\n", f.use(connectPath))
		for _, h := range r.Headers {
			if h.Value == nil {
				fmt.Fprintf(&b, "{Name: %q, From: %q},\n", h.Name, h.From)
			} else {
				fmt.Fprintf(&b, "{Name: %q, Value: %s.MustTemplate(%s)},\n", h.Name, f.use(mappingPath), quoted(h.Value.Source))
			}
		}
		b.WriteString("},\n")
	}
	optional(&b, f, "Path", r.Path)
	optional(&b, f, "Query", r.Query)
	if b.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("Request: %s.Request{\n%s},\n", f.use(connectPath), b.String())
}

func result(f *file, r call.Result) string {
	var b strings.Builder
	optional(&b, f, "Message", r.Message)
	optional(&b, f, "Extensions", r.Extensions)
	optional(&b, f, "IsSuccess", r.IsSuccess)
	if b.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("Result: %s.Result{\n%s},\n", f.use(connectPath), b.String())
}

func optional(b *strings.Builder, f *file, field string, m *mapping.Mapping) {
	if m != nil {
		fmt.Fprintf(b, "%s: %s,\n", field, mustParse(f, m))
	}
}

func policy(f *file, c call.Policy) string {
	var windows []string
	for _, w := range []struct {
		name string
		age  *time.Duration
	}{{"Fresh", c.Fresh}, {"Refresh", c.Refresh}, {"Stale", c.Stale}} {
		if w.age != nil {
			windows = append(windows, fmt.Sprintf("%s: new(%s)", w.name, duration(f, *w.age)))
		}
	}
	if windows == nil {
		return ""
	}
	return fmt.Sprintf("Policy: %s.Policy{%s},\n", f.use(connectPath), strings.Join(windows, ", "))
}

// duration is a Go expression such as 10 * time.Second.
func duration(f *file, d time.Duration) string {
	t := f.use("time")
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "Hour"}, {time.Minute, "Minute"}, {time.Second, "Second"}, {time.Millisecond, "Millisecond"}} {
		if d >= unit.size && d%unit.size == 0 {
			return fmt.Sprintf("%d * %s.%s", d/unit.size, t, unit.name)
		}
	}
	return fmt.Sprintf("%s.Duration(%d)", t, d)
}

func stringsField(name string, list []string) string {
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %s,\n", name, stringList(list))
}

func stringList(list []string) string {
	var b strings.Builder
	b.WriteString("[]string{")
	for i, s := range slices.Sorted(slices.Values(list)) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", s)
	}
	return b.String() + "}"
}
