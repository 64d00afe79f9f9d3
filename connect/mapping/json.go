package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxFlaws bounds the problems that one text may cause.
const maxFlaws = 100

// SharedText is up to how many bytes of text the texts in its values share one copy of it. Of more, each has a copy
// of its own: a value that keeps a few of them must not keep all.
const SharedText = 64 << 10

// JSONLimits bounds what [ParseJSON] accepts.
type JSONLimits struct {
	Depth  int // of nested arrays and objects; 0 is 128
	Values int // of all kinds, nested ones included; 0 is 500,000
	// Shared says that texts share data itself, however large it is, which must not
	// change as long as they are in use: for values of which no part is kept.
	Shared bool
}

// BrokenTextMessage is the message of a problem of code [BrokenText].
const BrokenTextMessage = "a text that is broken"

// ParseJSON reads data, which must be one JSON text (RFC 8259) in UTF-8, and nothing after it but blanks.
// Numbers keep their literals. Of a key that an object repeats the last value wins, with a problem of code
// [RepeatedKey]. What is broken in a string is U+FFFD, with a problem of code [BrokenText]. Nesting deeper than the limit is [ErrDepth], more values than the limit
// are [ErrValues]: a byte of text can cost a hundred of memory. data may be reused.
func ParseJSON(data []byte, lim JSONLimits) (Value, []Problem, error) {
	if lim.Depth == 0 {
		lim.Depth = maxDepth
	}
	if lim.Values == 0 {
		lim.Values = maxValues
	}
	valid := utf8.Valid(data)
	if valid {
		if v, ok := readFine(data, lim); ok {
			return v, nil, nil
		}
	}
	return parseJSON(data, lim, valid)
}

// parseJSON is ParseJSON of what may be anything; valid says that it is UTF-8.
func parseJSON(data []byte, lim JSONLimits, valid bool) (Value, []Problem, error) {
	p := jsonParser{
		dec:   jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
		depth: lim.Depth,
		left:  lim.Values,
		valid: valid,
	}
	if lim.Shared || len(data) <= SharedText {
		p.text = textOf(data, lim)
	} else {
		p.keys = map[string]string{}
	}
	v, err := p.value()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return Value{}, nil, fmt.Errorf("read JSON: %w", err)
	}
	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return Value{}, nil, errors.New("read JSON: something follows the value")
	}
	return v, p.problems, nil
}

// jsonParser reads one JSON text. Arrays and objects gather what they contain on the two stacks.
type jsonParser struct {
	text     string            // all of it, if it is shared
	keys     map[string]string // else: keys, each once
	dec      *jsontext.Decoder
	depth    int
	left     int  // values that may still come
	valid    bool // all of the text is UTF-8
	items    []Value
	members  []Member
	path     []trail // to the value being read; their up is not used
	problems []Problem
}

func (p *jsonParser) value() (Value, error) {
	if p.left--; p.left < 0 {
		return Value{}, ErrValues
	}
	switch p.dec.PeekKind() {
	case '{':
		return p.object()
	case '[':
		return p.array()
	}
	raw, err := p.dec.ReadValue()
	if err != nil {
		return Value{}, err
	}
	switch raw.Kind() {
	case 'n':
		return NullValue(), nil
	case 't', 'f':
		return BoolValue(raw.Kind() == 't'), nil
	case '0':
		return Value{kind: Number, text: p.shared(raw)}, nil
	default:
		return Value{kind: String, text: p.unquote(raw)}, nil
	}
}

func (p *jsonParser) array() (Value, error) {
	if err := p.open(); err != nil {
		return Value{}, err
	}
	start := len(p.items)
	for i := 0; p.dec.PeekKind() != ']'; i++ {
		p.path = append(p.path, trail{i: int32(i)})
		item, err := p.value()
		if err != nil {
			return Value{}, err
		}
		p.path = p.path[:len(p.path)-1]
		p.items = append(p.items, item)
	}
	own := append(make([]Value, 0, len(p.items)-start), p.items[start:]...)
	p.items = p.items[:start]
	return newArray(own), p.shut()
}

func (p *jsonParser) object() (Value, error) {
	if err := p.open(); err != nil {
		return Value{}, err
	}
	start := len(p.members)
	for p.dec.PeekKind() != '}' {
		raw, err := p.dec.ReadValue()
		if err != nil {
			return Value{}, err
		}
		key := p.key(raw)
		p.path = append(p.path, trail{name: key, i: -1})
		v, err := p.value()
		if err != nil {
			return Value{}, err
		}
		p.path = p.path[:len(p.path)-1]
		p.members = append(p.members, Member{key, v})
	}
	own := append(make([]Member, 0, len(p.members)-start), p.members[start:]...)
	p.members = p.members[:start]
	v, repeated := newObject(own)
	for _, key := range repeated {
		p.report(RepeatedKey, "a key more than once", key)
	}
	return v, p.shut()
}

// report records a problem at the value being read, or at keys of it.
func (p *jsonParser) report(code, message string, keys ...any) {
	if len(p.problems) == maxFlaws {
		return
	}
	path := make([]any, 0, len(p.path)+len(keys))
	for _, t := range p.path {
		path = append(path, t.step())
	}
	p.problems = append(p.problems, Problem{Code: code, Message: message, Path: append(path, keys...)})
}

// open reads the token that begins an array or object.
func (p *jsonParser) open() error {
	if p.depth--; p.depth < 0 {
		return ErrDepth
	}
	_, err := p.dec.ReadToken()
	return err
}

// shut reads the token that ends an array or object.
func (p *jsonParser) shut() error {
	p.depth++
	_, err := p.dec.ReadToken()
	return err
}

// shared returns what was just read, as a part of the one copy of the text if there is one.
func (p *jsonParser) shared(raw []byte) string {
	if p.keys != nil {
		return string(raw)
	}
	end := int(p.dec.InputOffset())
	return p.text[end-len(raw) : end]
}

// key is unquote for a key.
func (p *jsonParser) key(raw []byte) string {
	if p.keys == nil {
		return p.unquote(raw)
	}
	key, known := p.keys[string(raw)]
	if !known {
		key = p.unquote(raw)
		p.keys[string(raw)] = key
	}
	return key
}

// unquote returns the text of what was just read, which is a string.
func (p *jsonParser) unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 && len(raw) >= 2 {
		s := p.shared(raw)
		s = s[1 : len(s)-1]
		if p.valid || utf8.ValidString(s) {
			return s
		}
	}
	s, err := jsontext.AppendUnquote(nil, raw)
	if err != nil { // only what is no Unicode can be wrong with it
		p.report(BrokenText, BrokenTextMessage)
	}
	return string(s)
}

// AppendJSON appends v to dst as compact JSON: members in order, numbers verbatim. A missing value appends nothing.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.kind {
	case Null:
		return append(dst, "null"...)
	case Bool:
		if v.truth {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case Number:
		return append(dst, v.text...)
	case String:
		return appendString(dst, v.text)
	case Array:
		dst = append(dst, '[')
		for i, item := range v.items() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = item.AppendJSON(dst)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i, m := range v.members() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, m.Key), ':')
			dst = m.Value.AppendJSON(dst)
		}
		return append(dst, '}')
	default:
		return dst
	}
}

// MarshalJSON returns what [Value.AppendJSON] appends, and null when v is missing. A struct leaves a missing value out
// by the option omitzero.
func (v Value) MarshalJSON() ([]byte, error) { return v.orNull().AppendJSON(nil), nil }

// String returns v as compact JSON, "" when it is missing.
func (v Value) String() string { return string(v.AppendJSON(nil)) }

func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // what is not UTF-8 becomes U+FFFD
	return dst
}
