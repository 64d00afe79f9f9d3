package mapping

import "slices"

// Spread calls each with the texts that the template makes of data: one, or where expressions yield lists, one for
// each of their items, in every combination. There is none where an expression is missing, null or empty. A text is
// good until each returns, which returns false when it wants no more.
//
// It is false where nobody knows which texts there should be: an expression yields an object, is too large, or a
// method of it could not do its work.
func (t *Template) Spread(data Value, vars Vars, each func(text []byte) bool) (known bool) {
	var few [2]Value
	var room [128]byte
	s := spreading{parts: t.Parts, values: few[:0], each: each, known: true}
	for i := range t.Parts {
		m := t.Parts[i].Mapping
		if m == nil {
			continue
		}
		made := m.Apply(data, vars)
		if slices.ContainsFunc(made.Problems, func(p Problem) bool { return p.Method || p.Code == LimitExceeded }) {
			return false
		}
		s.values = append(s.values, made.Value)
	}
	s.rest(0, 0, room[:0])
	return s.known
}

// A spreading is the texts of one template.
type spreading struct {
	parts  []Part
	values []Value // of the expressions
	each   func(text []byte) bool
	known  bool
}

// rest makes the texts that begin with text and go on with the parts from one on. It is false to end it.
func (s *spreading) rest(part, value int, text []byte) (more bool) {
	if part == len(s.parts) {
		return s.each(text)
	}
	if p := &s.parts[part]; p.Mapping == nil {
		return s.rest(part+1, value, append(text, p.Text...))
	}
	return s.with(s.values[value], part, value, text)
}

// with goes on with v, or with each of its items.
func (s *spreading) with(v Value, part, value int, text []byte) (more bool) {
	if v.IsArray() {
		for _, item := range v.Items() {
			if !s.with(item, part, value, text) {
				return false
			}
		}
		return true
	}
	word, ok := Text(v)
	switch {
	case !ok:
		s.known = false
		return true
	case word == "":
		return true
	}
	return s.rest(part+1, value+1, append(text, word...))
}
