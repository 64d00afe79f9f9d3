package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Text is the plan for people: a tree of the fields that ask, then the sums.
func (p *Plan) Text() string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(p.Operation+" "+p.Name) + ": " + atMost(p.Calls) + "\n\n")
	for _, f := range p.Fields {
		f.text(&b, "  ", "")
	}
	if len(p.Fields) > 0 {
		b.WriteString("\n")
	}
	p.sums(&b)
	b.WriteString("Counted with nothing remembered, and without repetitions of calls that fail.\n")
	for _, a := range p.Assumptions {
		fmt.Fprintf(&b, "Assumed: %s has %d items each; -rows says otherwise.\n", a.Coordinate, a.Rows)
	}
	return b.String()
}

// sums are the calls of each source.
func (p *Plan) sums(b *strings.Builder) {
	width := 0
	for _, s := range p.Sources {
		width = max(width, len(s.Name))
	}
	for _, s := range p.Sources {
		fmt.Fprintf(b, "%-*s %d", width, s.Name, s.Calls)
		if s.Alternative > 0 {
			fmt.Fprintf(b, ", and %d where others are out", s.Alternative)
		}
		b.WriteString("\n")
	}
}

// text writes a field below the field at a path.
func (f *Field) text(b *strings.Builder, indent, above string) {
	b.WriteString(indent + strings.TrimPrefix(f.Path, above))
	var about []string
	if f.Parents != 1 {
		about = append(about, fmt.Sprintf("of up to %s", things(f.Parents, "parent")))
	}
	if f.Nodes > 0 {
		about = append(about, fmt.Sprintf("up to %s", things(f.Nodes, "node")))
	}
	if f.ByHand {
		about = append(about, "by hand: not counted")
	}
	if f.Note != "" {
		about = append(about, f.Note)
	}
	if len(about) > 0 {
		b.WriteString(": " + strings.Join(about, ", "))
	}
	b.WriteString("\n")
	for _, fetch := range f.Fetches {
		fetch.text(b, indent+"  ")
	}
	for _, below := range f.Fields {
		below.text(b, indent+"  ", f.Path+".")
	}
}

func (f *Fetch) text(b *strings.Builder, indent string) {
	b.WriteString(indent)
	if f.Alternative {
		b.WriteString("or, where that is out, ")
	}
	fmt.Fprintf(b, "%s of %s: %s %s\n%s  %s\n", f.Connector, f.Source, f.Method, strings.Join(strings.Fields(f.URL), ""), indent, f.cost())
	if len(f.Tags) > 0 && f.SharedWith == "" {
		fmt.Fprintf(b, "%s  tags %s\n", indent, strings.Join(f.Tags, ", "))
	}
	if len(f.Events) > 0 && f.SharedWith == "" {
		fmt.Fprintf(b, "%s  out of date after %s\n", indent, strings.Join(f.Events, ", "))
	}
	if f.Invalidates != nil {
		fmt.Fprintf(b, "%s  invalidates %s\n", indent, cmp.Or(strings.Join(f.Invalidates, ", "), "nothing"))
	}
}

// cost says how many calls, and why.
func (f *Fetch) cost() string {
	var why string
	switch {
	case f.SharedWith != "":
		return "0 calls: what " + f.SharedWith + " asks for"
	case f.BatchSize > 0:
		why = fmt.Sprintf("up to %s, %d a call", things(f.Inputs, "key"), f.BatchSize)
	case f.Pages > 0 && f.Inputs == 1:
		why = fmt.Sprintf("%s of up to %d", things(f.Pages, "page"), f.PageSize)
	case f.Pages > 0:
		why = fmt.Sprintf("%s of up to %d, for each of %d", things(f.Pages, "page"), f.PageSize, f.Inputs)
	case f.Inputs != 1:
		why = fmt.Sprintf("one for each of %d", f.Inputs)
	}
	if f.TogetherWith != "" {
		why += ", together with those of " + f.TogetherWith
	}
	text := atMost(f.Calls)
	if why != "" {
		text += ": " + why
	}
	return text + f.remembered()
}

// remembered says whether memory can answer instead.
func (f *Fetch) remembered() string {
	switch {
	case f.Queue == "ALWAYS":
		return "; a write, recorded and made later"
	case f.Queue != "":
		return "; a write, recorded, and made later where it cannot be now"
	case f.Write:
		return "; a write, made each time"
	}
	if f.Cache == nil {
		return ""
	}
	parts := []string{"; fresh " + cmp.Or(f.Cache.Fresh.text(), "as its headers say")}
	if f.Cache.Refresh.Age != "" {
		parts = append(parts, "refresh "+f.Cache.Refresh.text())
	}
	if f.Cache.Stale.Age != "" {
		parts = append(parts, "stale "+f.Cache.Stale.text())
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

func (w Window) text() string {
	if w.From == "" || w.From == fromSDL {
		return w.Age
	}
	return fmt.Sprintf("%s (%s)", w.Age, w.From)
}

func atMost(calls int) string {
	switch {
	case calls < 2:
		return things(calls, "call")
	case calls >= most:
		return "more calls than can be counted"
	}
	return "at most " + things(calls, "call")
}

func things(n int, name string) string {
	if n == 1 {
		return "1 " + name
	}
	return fmt.Sprintf("%d %ss", n, name)
}
