package schema

import (
	"cmp"
	"slices"
	"strings"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// A carrier is a tag that answers of a source may have: one that begins with literal, or is it.
type carrier struct {
	text     string // as a template
	literal  string
	constant bool
	source   string
	parts    int // of the key that it is made of; 0: @cache says it
}

// mayBe says whether the tag may be one that begins with literal, or is it.
func (k carrier) mayBe(literal string, constant bool) bool {
	switch {
	case constant && k.constant:
		return k.literal == literal
	case constant:
		return strings.HasPrefix(literal, k.literal)
	case k.constant:
		return strings.HasPrefix(k.literal, literal)
	}
	return strings.HasPrefix(literal, k.literal) || strings.HasPrefix(k.literal, literal)
}

// fits says whether the tag may be what a template makes. That has a colon between the parts of a key, or one of its
// expressions brings it, which hardly anybody writes without a colon in it.
func (k carrier) fits(t *mapping.Template) bool {
	return k.mayBe(firstText(t)) && strings.Count(t.Source, ":") >= k.parts
}

// carries are the tags that answers to con may have besides those of their source and connector: first the objects in
// them, by their keys, then what @cache says. A write has none, for its answers are not remembered.
func (s *Schema) carries(con *Connector) []carrier {
	if con.Writes || con.Source == nil {
		return nil
	}
	var all []carrier
	for _, name := range con.keyed(s) {
		for _, key := range s.Keys[name] {
			all = append(all, carrier{name + ":{" + strings.Join(key, "}:{") + "}", name + ":", false, con.Source.Name, len(key)})
		}
	}
	for _, t := range slices.Concat(con.Source.Tags, con.Tags) {
		literal, constant := firstText(t)
		all = append(all, carrier{oneLine(t), literal, constant, con.Source.Name, 0})
	}
	return all
}

// oneLine is a template as people are shown it.
func oneLine(t *mapping.Template) string { return strings.Join(strings.Fields(t.Source), " ") }

// Tags are the tags that answers to con have besides those of their source and connector, as templates: first the
// objects in them, by their keys, then what @cache says. A write has none, for its answers are not remembered.
func (s *Schema) Tags(con *Connector) []string {
	var all []string
	for _, k := range s.carries(con) {
		all = appendNew(all, k.text)
	}
	return all
}

// A TagUse is a tag, as a template, with who has it and who says that it has changed.
type TagUse struct {
	Tag    string
	Reads  []string // connectors whose answers may have it
	Writes []string // and the writes and events that may leave them out of date
}

// TagUses are all tags by which answers can be found to be out of date, in order: those that answers may have, and of
// those that they have of their source or connector the ones that some write names.
func (s *Schema) TagUses() []TagUse {
	uses := map[string]*TagUse{}
	use := func(tag string) *TagUse {
		if uses[tag] == nil {
			uses[tag] = &TagUse{Tag: tag}
		}
		return uses[tag]
	}
	for _, con := range s.Connectors {
		for _, k := range s.carries(con) {
			u := use(k.text)
			u.Reads = appendNew(u.Reads, con.name())
			for _, write := range s.Connectors {
				if slices.ContainsFunc(write.Invalidates, func(t call.Changed) bool { return k.fits(t.Template) }) {
					u.Writes = appendNew(u.Writes, write.name())
				}
			}
			for _, e := range s.Events {
				if slices.ContainsFunc(e.Tags, func(t call.Changed) bool { return k.fits(t.Template) }) {
					u.Writes = appendNew(u.Writes, e.name())
				}
			}
		}
	}
	whole := func(tags []string, by string) {
		for _, tag := range tags {
			for _, con := range s.Connectors {
				if con.hasWhole(tag) {
					u := use(tag)
					u.Reads, u.Writes = appendNew(u.Reads, con.name()), appendNew(u.Writes, by)
				}
			}
		}
	}
	for _, write := range s.Connectors {
		whole(s.Changes(write), write.name())
	}
	for _, e := range s.Events {
		whole(e.changes(), e.name())
	}
	var all []TagUse
	for _, u := range uses {
		slices.Sort(u.Reads)
		slices.Sort(u.Writes)
		all = append(all, *u)
	}
	slices.SortFunc(all, func(a, b TagUse) int { return cmp.Compare(a.Tag, b.Tag) })
	return all
}

// hasWhole says whether a tag is that of the connector or its source, which all its answers have.
func (con *Connector) hasWhole(tag string) bool {
	kind, name, _ := strings.Cut(tag, ":")
	return con.Source != nil && !con.Writes && (kind == "source" && name == con.Source.Name || kind == "connector" && name == con.name())
}

// Changes are the tags, as templates, of the answers that are not fresh any more after a write by con; nil: all of them.
func (s *Schema) Changes(con *Connector) []string {
	switch {
	case !con.Writes || con.Source == nil:
		return nil
	case con.Invalidates == nil:
		return []string{"source:" + con.Source.Name}
	}
	all := []string{}
	for _, t := range con.Invalidates {
		all = append(all, oneLine(t.Template))
	}
	return all
}
