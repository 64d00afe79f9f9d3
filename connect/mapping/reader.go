package mapping

import (
	"strings"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// A reader reads JSON that is as it should be, in one pass. Whatever is not (broken, repeated, too deep or too much) it
// leaves to [jsonParser], which says what it is.
type reader struct {
	text   string
	own    bool              // texts have a copy of their own each
	keys   map[string]string // then: keys, each once
	pos    int
	depth  int
	left   int // values that may still come
	items  []Value
	member []Member
	shapes [64]shape // of objects that came, by a hash of their keys
}

// A shape is what objects with the same keys in the same order have in common.
type shape struct {
	members []Member // of the first of them
	order   []uint32
}

// readFine reads data, which is UTF-8; false where it is not fine.
func readFine(data []byte, lim JSONLimits) (Value, bool) {
	r := reader{text: textOf(data, lim), own: !lim.Shared && len(data) > SharedText, depth: lim.Depth, left: lim.Values}
	if r.own {
		r.keys = map[string]string{}
	}
	r.blank()
	v, ok := r.value()
	if !ok {
		return Value{}, false
	}
	r.blank()
	return v, r.pos == len(r.text)
}

// textOf is data as text: itself where texts share it, and where each has a copy.
func textOf(data []byte, lim JSONLimits) string {
	if len(data) == 0 || !lim.Shared && len(data) <= SharedText {
		return string(data)
	}
	return unsafe.String(&data[0], len(data)) // a second copy of a large body is what a busy gateway has no room for
}

func (r *reader) blank() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// next takes one byte, if it is c.
func (r *reader) next(c byte) bool {
	if r.pos < len(r.text) && r.text[r.pos] == c {
		r.pos++
		return true
	}
	return false
}

func (r *reader) word(w string) bool {
	if strings.HasPrefix(r.text[r.pos:], w) {
		r.pos += len(w)
		return true
	}
	return false
}

func (r *reader) value() (Value, bool) {
	if r.left--; r.left < 0 || r.pos >= len(r.text) {
		return Value{}, false
	}
	switch r.text[r.pos] {
	case '{':
		return r.object()
	case '[':
		return r.array()
	case '"':
		s, ok := r.quoted()
		if ok && r.own {
			s = strings.Clone(s)
		}
		return Value{kind: String, text: s}, ok
	case 'n':
		return NullValue(), r.word("null")
	case 't':
		return BoolValue(true), r.word("true")
	case 'f':
		return BoolValue(false), r.word("false")
	default:
		return r.number()
	}
}

func (r *reader) number() (Value, bool) {
	start := r.pos
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case '0' <= c && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			r.pos++
			continue
		}
		break
	}
	s := r.text[start:r.pos]
	if !isNumber(s) {
		return Value{}, false
	}
	if r.own {
		s = strings.Clone(s)
	}
	return Value{kind: Number, text: s}, true
}

// quoted takes a string; the text of one without escapes is a part of the whole text.
func (r *reader) quoted() (string, bool) {
	r.pos++
	start := r.pos
	escaped := false
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == '"':
			s := r.text[start:r.pos]
			r.pos++
			if !escaped {
				return s, true
			}
			s, err := unquoted(r.text[start-1 : r.pos])
			return s, err == nil
		case c == '\\':
			escaped = true
			r.pos += 2
		case c < ' ':
			return "", false
		default:
			r.pos++
		}
	}
	return "", false
}

func unquoted(raw string) (string, error) {
	s, err := jsontext.AppendUnquote(nil, raw)
	return string(s), err
}

func (r *reader) array() (Value, bool) {
	if r.depth--; r.depth < 0 {
		return Value{}, false
	}
	r.pos++
	start := len(r.items)
	for r.blank(); !r.next(']'); r.blank() {
		if len(r.items) > start {
			if !r.next(',') {
				return Value{}, false
			}
			r.blank()
		}
		item, ok := r.value()
		if !ok {
			return Value{}, false
		}
		r.items = append(r.items, item)
	}
	r.depth++
	own := append(make([]Value, 0, len(r.items)-start), r.items[start:]...)
	r.items = r.items[:start]
	return newArray(own), true
}

func (r *reader) object() (Value, bool) {
	if r.depth--; r.depth < 0 {
		return Value{}, false
	}
	r.pos++
	start := len(r.member)
	for r.blank(); !r.next('}'); r.blank() {
		if len(r.member) > start {
			if !r.next(',') {
				return Value{}, false
			}
			r.blank()
		}
		if r.pos >= len(r.text) || r.text[r.pos] != '"' {
			return Value{}, false
		}
		key, ok := r.quoted()
		r.blank()
		if !ok || !r.next(':') {
			return Value{}, false
		}
		r.blank()
		v, ok := r.value()
		if !ok {
			return Value{}, false
		}
		r.member = append(r.member, Member{r.key(key), v})
	}
	r.depth++
	own := append(make([]Member, 0, len(r.member)-start), r.member[start:]...)
	r.member = r.member[:start]
	return r.made(own)
}

// key is a key, of which there is one copy where texts have their own.
func (r *reader) key(s string) string {
	if !r.own {
		return s
	}
	known, ok := r.keys[s]
	if !ok {
		known = strings.Clone(s)
		r.keys[known] = known
	}
	return known
}

// made is an object of members; false if a key came more than once. Of objects with the keys of one that came, that is
// known.
func (r *reader) made(members []Member) (Value, bool) {
	if len(members) == 0 {
		return Value{kind: Object}, true
	}
	first, last := members[0].Key, members[len(members)-1].Key
	s := &r.shapes[(7*len(members)+31*len(first)+13*len(last))%len(r.shapes)]
	c := &composite{members: members, weight: 1}
	if sameKeys(s.members, members) {
		c.order = s.order
	} else {
		if c.index() != nil {
			return Value{}, false
		}
		*s = shape{members, c.order}
	}
	for i := range members {
		c.weight = addWeight(c.weight, 1+len(members[i].Key)/textWeight, weight(members[i].Value))
	}
	return Value{kind: Object, tree: c}, true
}

func sameKeys(a, b []Member) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Key != b[i].Key {
			return false
		}
	}
	return true
}
