package schema

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// A tagging is a directive that names tags, of answers or of what a write changes.
type tagging struct {
	con        *Connector // nil: a source
	coordinate string
	legal      []string // variables that the tags may read
	answers    bool     // the tags are those of answers
}

// tags reads a list of templates; one alone is a list of one. take gets those that are well formed, with their
// expressions.
func (c *checker) tags(v *ast.Value, in tagging, take func(item *ast.Value, t *mapping.Template, read []quoted)) {
	if v == nil {
		return
	}
	items := []*ast.Value{v}
	if v.Kind == ast.ListValue {
		items = items[:0]
		for _, child := range v.Children {
			items = append(items, child.Value)
		}
	}
	for _, item := range items {
		text, ok := c.text(item, "INVALID_TAG", "a tag", in.coordinate)
		if !ok {
			continue
		}
		c.taken()
		t := c.template(item, text, "INVALID_TAG", in.coordinate, in.legal)
		read := c.taken()
		if t != nil && c.tagBegins(item, t, in) {
			take(item, t, read)
		}
	}
}

var tagBeginning = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*(:|$)`)

// tagBegins checks what a tag begins with: a word, and a colon before what is evaluated.
func (c *checker) tagBegins(v *ast.Value, t *mapping.Template, in tagging) bool {
	literal, constant := firstText(t)
	word, _, colon := strings.Cut(literal, ":")
	switch {
	case !tagBeginning.MatchString(literal), !constant && !colon:
		c.report(inside(v, 0), "INVALID_TAG", in.coordinate, "a tag begins with a word of letters, digits, _ and -, and a colon before what is evaluated")
		c.hint("such as Order:{$args.id}")
		return false
	case in.answers && (word == "source" || word == "connector"):
		c.report(inside(v, 0), "INVALID_TAG", in.coordinate, "an answer has the tag %s: of its own, and no other", word)
		return false
	}
	return true
}

// firstText is the text that a template begins with; constant: there is nothing else.
func firstText(t *mapping.Template) (literal string, constant bool) {
	if len(t.Parts) == 0 || t.Parts[0].Mapping != nil {
		return "", len(t.Parts) == 0
	}
	return t.Parts[0].Text, len(t.Parts) == 1
}

// answerTags reads the tags that @cache gives to the answers of a connector. What they read of the caller makes the
// answers his, and what they read of arguments tells apart what is made of one answer.
func (c *checker) answerTags(v *ast.Value, con *Connector) {
	in := tagging{con: con, coordinate: con.name(), legal: c.spotOf(con).answer, answers: true}
	if con.Batch > 0 { // what is mapped is one of many
		in.legal = slices.DeleteFunc(in.legal, func(name string) bool { return name == "$this" })
	}
	c.tags(v, in, func(_ *ast.Value, t *mapping.Template, read []quoted) {
		for _, q := range read {
			c.tagReads(con, q)
			con.Reads = appendNew(con.Reads, readPaths(con, q)...)
		}
		con.Tags = append(con.Tags, t)
		slices.Sort(con.Reads)
		slices.Sort(con.Callers)
	})
}

// tagReads checks what an expression in a tag of con reads. Of the parent that can only be what con is asked with: a
// tag is no reason to ask for more.
func (c *checker) tagReads(con *Connector, q quoted) {
	c.infer(con, q, con.name())
	for _, r := range readings(q.Mapping) {
		switch {
		case r.ofCaller():
			con.Callers = appendNew(con.Callers, r.path())
		case r.name != "$this" || !slices.Contains(q.legal, "$this"):
		case len(r.keys) == 0:
			c.report(q.at(r.span.Start), "UNDEFINED_FIELD", con.name(), "say which field of $this is meant: $this.id")
		case !slices.Contains(con.This, r.keys[0].Name):
			c.report(q.at(r.keys[0].Start), "UNDEFINED_FIELD", con.name(), "a tag can read of $this what the request or the selection reads, and they do not read %q", r.keys[0].Name)
			c.suggest(r.keys[0].Name, con.This)
		}
	}
}

// sourceTags reads the tags that @cache gives to all answers of a source.
func (c *checker) sourceTags(v *ast.Value, src *Source) {
	in := tagging{
		coordinate: "@source(" + src.Name + ")", answers: true,
		legal: []string{"$config", "$context", "$status", "$request", "$response", "$env"},
	}
	c.tags(v, in, func(_ *ast.Value, t *mapping.Template, read []quoted) {
		src.Tags = append(src.Tags, t)
		for _, q := range read {
			c.infer(nil, q, in.coordinate)
			src.Env = appendNew(src.Env, environment(q.Mapping)...)
			for _, r := range readings(q.Mapping) {
				if r.ofCaller() {
					src.Callers = appendNew(src.Callers, r.path())
				}
			}
			for _, con := range c.schema.Connectors {
				if con.Source == src {
					con.Reads = appendNew(con.Reads, readPaths(con, q)...)
					con.Callers = appendNew(con.Callers, src.Callers...)
					slices.Sort(con.Reads)
					slices.Sort(con.Callers)
				}
			}
		}
	})
}

// readInvalidations reads @invalidates.
func (c *checker) readInvalidations() {
	for _, def := range c.types() {
		for _, f := range def.Fields {
			for _, d := range f.Directives.ForNames("invalidates") {
				c.invalidates(d, def, f)
			}
		}
	}
}

func (c *checker) invalidates(d *ast.Directive, def *ast.Definition, f *ast.FieldDefinition) {
	con, ok := c.writer(d, "INVALID_INVALIDATES", def, f)
	arg := given(d, "tags")
	switch {
	case ok && arg == nil:
		c.report(directive(d), "INVALID_INVALIDATES", coordinate(def, f), "say which tags: an empty list says that nothing is changed")
	case con != nil:
		if con.Invalidates == nil {
			con.Invalidates = []call.Changed{}
		}
		in := tagging{con: con, coordinate: con.name(), legal: c.spotOf(con).answer}
		c.tags(arg, in, func(item *ast.Value, t *mapping.Template, read []quoted) {
			changed := call.Changed{Template: t}
			for _, q := range read {
				c.tagReads(con, q)
				changed.Reply = changed.Reply || readsAnswer(q.Mapping)
				con.Source.Env = appendNew(con.Source.Env, environment(q.Mapping)...)
			}
			place := len(con.Invalidates)
			con.Invalidates = append(con.Invalidates, changed)
			source := ""
			if con.Source != nil {
				source = con.Source.Name
			}
			c.changed = append(c.changed, changedTag{con.name(), source, func() *call.Changed { return &con.Invalidates[place] }, item})
		})
		slices.Sort(con.Callers)
	}
}

// A changedTag is one that a write or an event names, and where.
type changedTag struct {
	coordinate string
	source     string // of the write or the event; "": it has none
	tag        func() *call.Changed
	value      *ast.Value
}

// readsAnswer says whether a mapping can only be evaluated when there is an answer.
func readsAnswer(m *mapping.Mapping) bool {
	for _, r := range readings(m) {
		if r.name == "$status" || r.name == "$response" {
			return true
		}
	}
	keys, whole := m.Keys()
	return whole || len(keys) > 0
}

// checkTags finds who carries what writes and events name, and warns of what nobody does: most likely a slip.
func (c *checker) checkTags() {
	var carried []carrier
	for _, con := range c.schema.Connectors {
		carried = append(carried, c.schema.carries(con)...)
	}
	for _, at := range c.changed {
		changed := at.tag()
		if at.source == "" {
			continue
		}
		literal, constant := firstText(changed.Template)
		changed.Sources = []string{at.source}
		if word, name, _ := strings.Cut(literal, ":"); word == "source" || word == "connector" {
			c.namedWhole(at, word, name, constant)
			continue
		}
		found := false
		for _, k := range carried {
			if k.mayBe(literal, constant) {
				found = found || k.fits(changed.Template)
				changed.Sources = appendNew(changed.Sources, k.source)
			}
		}
		if !found && len(c.cuts) == 0 {
			c.uncarried(at, carried)
		}
	}
}

// namedWhole checks the name of a source or connector all of whose answers are named.
func (c *checker) namedWhole(at changedTag, word, name string, constant bool) {
	var names []string
	if word == "source" {
		names = c.sourceNames()
	} else {
		for _, con := range c.schema.Connectors {
			names = append(names, con.name())
		}
	}
	if !constant || slices.Contains(names, name) || c.inCut(name) {
		return
	}
	c.report(inside(at.value, 0), "INVALID_TAG", at.coordinate, "no %s is called %q", word, name)
	c.suggest(name, names)
}

func (c *checker) uncarried(at changedTag, carried []carrier) {
	t := at.tag().Template
	literal, _ := firstText(t)
	c.report(inside(at.value, 0), "UNCARRIED_TAG", at.coordinate, "no answer can have the tag %s", t.Source)
	word, _, _ := strings.Cut(literal, ":")
	def := c.schema.AST.Types[word]
	switch {
	case def != nil && def.Kind == ast.Object && c.schema.Keys[word] == nil:
		c.hint("%s has no key: with @key(fields: …, resolvable: false) answers with objects of it have it", word)
	case slices.ContainsFunc(carried, func(k carrier) bool { return k.literal == word+":" }):
		i := slices.IndexFunc(carried, func(k carrier) bool { return k.literal == word+":" })
		c.hint("%s has a key of %d fields: %s", word, carried[i].parts, carried[i].text)
	case def != nil && def.Kind == ast.Object:
		c.hint("no answer that is remembered has an object of type %s", word)
	default:
		var words []string
		for _, k := range carried {
			words = appendNew(words, strings.TrimSuffix(k.literal, ":"))
		}
		slices.Sort(words)
		c.suggest(word, words)
	}
	c.warn()
}
