package record

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"holdfast/cache"
	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

// Tags are what the record depends on: the objects in it that have keys, and what @cache says. They are sorted, and at
// most [cache.MostTags] and some families. The slice is not to be changed.
func (a *Answer) Tags() []cache.Tag { return a.tags }

// A tagMaker makes the tag of an object by one of its keys.
type tagMaker struct {
	head   string // Order:
	family int    // among those of the mapper
	parts  []tagPart
}

// A tagPart is a member of a key: a column, and the fields below its object.
type tagPart struct {
	column int
	below  []string
}

// A template makes the tags that @cache says.
type template struct {
	*mapping.Template

	family int // -1: it is one tag
}

// tagMakers are those of an object with a layout: for the keys of which it has all parts.
func (c *compiler) tagMakers(typeName string, l *Layout) []tagMaker {
	var made []tagMaker
	for _, key := range c.opt.Schema.Keys[typeName] {
		m := tagMaker{head: typeName + ":"}
		for _, path := range key {
			name, rest, deeper := strings.Cut(path, ".")
			p := tagPart{column: l.Column(name)}
			if deeper {
				p.below = strings.Split(rest, ".")
			}
			m.parts = append(m.parts, p)
		}
		if !slices.ContainsFunc(m.parts, func(p tagPart) bool { return p.column < 0 }) {
			m.family = c.family(m.head)
			made = append(made, m)
		}
	}
	return made
}

// family is the place of a family of tags among those of the mapper; -1 where there is none.
func (c *compiler) family(text string) int {
	text = cache.Family(text)
	if text == "" {
		return -1
	}
	if i := slices.Index(c.families, text); i >= 0 {
		return i
	}
	c.families = append(c.families, text)
	return len(c.families) - 1
}

// templates are those of the connector and its source.
func (c *compiler) templates(con *schema.Connector) []template {
	all := slices.Clone(con.Tags)
	if con.Source != nil {
		all = append(all, con.Source.Tags...)
	}
	return c.templatesOf(all)
}

func (c *compiler) templatesOf(all []*mapping.Template) []template {
	made := make([]template, len(all))
	for i, t := range all {
		made[i] = template{t, c.family(t.Parts[0].Text)}
	}
	return made
}

// A tagged is one tag found so far.
type tagged struct {
	tag    cache.Tag
	family int
}

// enoughTags is how many are gathered before they are sorted out.
const enoughTags = 4 * cache.MostTags

// tagObject notes the tags of an object whose fields stand in a row.
func (r *run) tagObject(l *Layout, row uint32) {
	for i := range l.tags {
		m := &l.tags[i]
		if r.coarse[m.family] {
			continue
		}
		text, whole := m.appendText(r.text[:0], rows{r.blob, r.cells, r.m.layouts}, row)
		if r.text = text; whole {
			r.tag(m.family, text)
		}
	}
}

// rows are the objects of a record.
type rows struct {
	blob    []byte
	cells   []cell
	layouts []*Layout
}

// appendText appends the text of the tag of an object whose fields stand in a row; false where its key is not whole.
func (m *tagMaker) appendText(text []byte, in rows, row uint32) (_ []byte, whole bool) {
	text, whole = append(text, m.head...), true
	for i := range m.parts {
		if i > 0 {
			text = append(text, ':')
		}
		before := len(text)
		text = in.appendPart(text, row, &m.parts[i])
		whole = whole && len(text) > before
	}
	return text, whole
}

// appendPart appends the text of a leaf: nothing where there is none.
func (in rows) appendPart(text []byte, row uint32, p *tagPart) []byte {
	c := in.cells[row+uint32(p.column)]
	for _, name := range p.below {
		if c.kind() != Object {
			return text
		}
		column := in.layouts[c.layout()].Column(name)
		if column < 0 {
			return text
		}
		c = in.cells[c.a+uint32(column)]
	}
	if c.kind() != Leaf {
		return text
	}
	return appendPlain(text, in.blob[c.a:c.b])
}

// appendPlain appends what ready JSON says: a string without its quotes.
func appendPlain(text, leaf []byte) []byte {
	if len(leaf) < 2 || leaf[0] != '"' {
		return append(text, leaf...)
	}
	if !slices.Contains(leaf, '\\') {
		return append(text, leaf[1:len(leaf)-1]...)
	}
	var s string
	if json.Unmarshal(leaf, &s) != nil {
		return text
	}
	return append(text, s...)
}

// tagAs notes the tags that templates make of data. Where one cannot tell, the answer depends on all of its family.
func (r *run) tagAs(all []template, data mapping.Value) {
	for i := range all {
		t := &all[i]
		if t.family >= 0 && r.coarse[t.family] {
			continue
		}
		known := t.Spread(data, r.vars, func(text []byte) bool {
			r.tag(t.family, text)
			return t.family < 0 || !r.coarse[t.family]
		})
		if !known {
			r.coarse[t.family] = true // without an expression it is known
		}
	}
}

// tag notes one tag.
func (r *run) tag(family int, text []byte) {
	t := tagged{cache.TagOf(text), family}
	if n := len(r.tags); n > 0 && r.tags[n-1] == t {
		return
	}
	if r.tags = append(r.tags, t); len(r.tags) >= enoughTags {
		r.sortTags()
	}
}

// sortTags leaves each tag once, and of too many none of the largest families.
func (r *run) sortTags() {
	slices.SortFunc(r.tags, func(a, b tagged) int { return cmp.Compare(a.tag, b.tag) })
	r.tags = slices.Compact(r.tags)
	for len(r.tags) > cache.MostTags {
		largest, most := -1, 0
		for family := range r.coarse {
			n := 0
			for _, t := range r.tags {
				if t.family == family {
					n++
				}
			}
			if n > most {
				largest, most = family, n
			}
		}
		if largest < 0 {
			return // they stand in the schema, each by itself
		}
		r.coarse[largest] = true
		r.tags = slices.DeleteFunc(r.tags, func(t tagged) bool { return t.family == largest })
	}
}

// takeTags are the tags that were noted.
func (r *run) takeTags() []cache.Tag {
	r.sortTags()
	n := len(r.tags)
	for _, coarse := range r.coarse {
		if coarse {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	all := make([]cache.Tag, 0, n)
	for _, t := range r.tags {
		if t.family < 0 || !r.coarse[t.family] {
			all = append(all, t.tag)
		}
	}
	for family, coarse := range r.coarse {
		if coarse {
			all = append(all, cache.TagOf(r.m.families[family]))
		}
	}
	slices.Sort(all)
	return all
}

// NotThere is [NotThere] of what was asked for with these variables: it depends on the object that is not there, and
// on what @cache says of the request. Of one of many nobody knows here which it is, so that it depends on all of each
// kind that could be in it.
func (m *Mapper) NotThere(vars mapping.Vars) *Answer {
	if len(m.absent) == 0 && len(m.templates) == 0 && m.batch == nil {
		return NotThere()
	}
	r := m.begin(vars)
	defer m.end(r)
	if m.batch != nil {
		for family := range r.coarse {
			r.coarse[family] = true
		}
	}
	r.tagAs(m.absent, mapping.NullValue())
	r.tagAs(m.templates, mapping.NullValue())
	a := NotThere()
	a.tags = r.takeTags()
	return a
}
