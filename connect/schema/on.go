package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// An Event says what events of a source change: one @on.
type Event struct {
	call.Event

	at place
}

// name is what findings, and lists of tags, call it.
func (e *Event) name() string { return fmt.Sprintf("@on(%s %s)", e.Source, e.Type) }

// On is what the schema says of events, in the order of the text.
func (s *Schema) On() []call.Event {
	all := make([]call.Event, len(s.Events))
	for i, e := range s.Events {
		all[i] = e.Event
	}
	return all
}

// changes are the tags, as templates, of what the event changes.
func (e *Event) changes() []string {
	var all []string
	for _, t := range e.Tags {
		all = append(all, oneLine(t.Template))
	}
	return all
}

// ChangedBy are the events after which answers to con may be out of date, as their sources and types.
func (s *Schema) ChangedBy(con *Connector) []string {
	var all []string
	carried := s.carries(con)
	for _, e := range s.Events {
		fits := slices.ContainsFunc(e.Tags, func(t call.Changed) bool {
			return con.hasWhole(oneLine(t.Template)) || slices.ContainsFunc(carried, func(k carrier) bool { return k.fits(t.Template) })
		})
		if fits {
			all = appendNew(all, e.Source+" "+e.Type)
		}
	}
	return all
}

// readEvents reads @on.
func (c *checker) readEvents() {
	for _, d := range c.schema.AST.SchemaDirectives.ForNames("on") {
		c.on(d)
	}
}

func (c *checker) on(d *ast.Directive) {
	const code = "INVALID_ON"
	e := &Event{at: directive(d)}
	named := func(name, what string) (text string, v *ast.Value) {
		v = given(d, name)
		if v == nil {
			c.report(e.at, code, "@on", "say %s", what)
			return "", nil
		}
		text, ok := c.text(v, code, name, "@on")
		if ok && text == "" {
			c.report(start(v.Position), code, "@on", "say %s", what)
		}
		return text, v
	}
	var source, kind *ast.Value
	e.Source, source = named("source", "which source tells of the event")
	e.Type, kind = named("event", "which event is meant: its type, in the source's words")
	if i := strings.IndexByte(e.Type, '*'); i >= 0 && i < len(e.Type)-1 {
		c.report(inside(kind, i), code, "@on", "a * stands at the end, for all types that begin so")
	}
	tags := given(d, "tags")
	if tags == nil {
		c.report(e.at, code, "@on", "say which tags: an empty list says that nothing is changed")
	}
	if e.Source == "" || e.Type == "" {
		return
	}
	if c.bySource[e.Source] == nil {
		if !c.inCut(e.Source) {
			c.report(start(source.Position), "SOURCE_NAME_MISMATCH", "@on", "no source is called %q", e.Source)
			c.suggest(e.Source, c.sourceNames())
		}
		return
	}
	c.schema.Events = append(c.schema.Events, e)
	in := tagging{coordinate: e.name(), legal: []string{"$event"}}
	c.tags(tags, in, func(item *ast.Value, t *mapping.Template, read []quoted) {
		for _, q := range read {
			c.infer(nil, q, in.coordinate)
		}
		place := len(e.Tags)
		e.Tags = append(e.Tags, call.Changed{Template: t})
		c.changed = append(c.changed, changedTag{in.coordinate, e.Source, func() *call.Changed { return &e.Tags[place] }, item})
	})
}

// Unheard are warnings of events that nobody tells of: has says whether a source has webhooks.
func (s *Schema) Unheard(has func(source string) bool) Findings {
	var all Findings
	var said []string
	for _, e := range s.Events {
		if has(e.Source) || slices.Contains(said, e.Source) {
			continue
		}
		said = append(said, e.Source)
		all = append(all, Finding{
			File: e.at.file, Line: e.at.line, Col: e.at.col, Code: "NO_WEBHOOKS", Coordinate: e.name(), Warning: true,
			Message: fmt.Sprintf("the settings say nothing of webhooks of %s: its events do not arrive", e.Source),
			Hint:    fmt.Sprintf("set sources.%s.webhooks: scheme and secrets", e.Source),
		})
	}
	return all
}
