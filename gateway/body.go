package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-json-experiment/json/jsontext"
)

// reader reads JSON in one pass. Readers are used again: nothing that they return
// is a part of them.
type reader struct {
	text []byte
	rest bytes.Buffer // what the decoder reads: text
	dec  jsontext.Decoder
}

var readers = sync.Pool{New: func() any { return new(reader) }} //nolint:gochecknoglobals // a pool

// borrow returns a reader that is to be released.
func borrow() *reader {
	r, _ := readers.Get().(*reader)
	return r
}

// mostKept is how large a buffer may have become to be kept.
const mostKept = 256 << 10

func (r *reader) release() {
	if cap(r.text) <= mostKept {
		r.text = r.text[:0]
		readers.Put(r)
	}
}

// fill reads all of body into text, unless it is longer than limit: then it
// reports false, having read hardly more.
func (r *reader) fill(body io.Reader, length, limit int64) (fits bool, err error) {
	if length > 0 && int64(cap(r.text)) <= length {
		r.text = make([]byte, 0, length+1)
	}
	for {
		if len(r.text) == cap(r.text) {
			r.text = append(r.text, 0)[:len(r.text)]
		}
		room := r.text[len(r.text):min(int64(cap(r.text)), limit+1)]
		n, err := body.Read(room)
		r.text = r.text[:len(r.text)+n]
		switch {
		case int64(len(r.text)) > limit:
			return false, nil
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		}
	}
}

// start makes text what is decoded.
func (r *reader) start(text []byte) {
	r.rest = *bytes.NewBuffer(text)
	r.dec.Reset(&r.rest, jsontext.AllowInvalidUTF8(true)) // half a surrogate pair becomes U+FFFD
}

// params reads a body's parameters, whose names are case-sensitive, into p.
func (r *reader) params(p *graphql.RawParams) error {
	text := bytes.TrimSpace(r.text)
	switch {
	case len(text) == 0:
		return badRequest("the body is empty")
	case !utf8.Valid(text):
		return badRequest("the body is not UTF-8")
	case text[0] == '[':
		return badRequest("batches are not supported: send one operation per request")
	}
	r.start(text)
	var wrong []string
	isObject := text[0] == '{'
	err := r.members(isObject, func(name string) error {
		message, err := r.param(name, p)
		if message != "" {
			wrong = append(wrong, message)
		}
		return err
	})
	switch {
	case err != nil:
		return r.unreadable("the body", err)
	case !isObject:
		return badRequest("the body is not a JSON object")
	case len(wrong) > 0:
		return badRequest("%s", strings.Join(wrong, "; "))
	}
	return nil
}

// members calls member for each member of the object that is all there is to read,
// and whose value member reads. What is no object is only read.
func (r *reader) members(isObject bool, member func(name string) error) error {
	if !isObject {
		return errors.Join(r.dec.SkipValue(), r.end())
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for r.dec.PeekKind() != '}' {
		name, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		if err := member(nameOf(name)); err != nil {
			return err
		}
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	return r.end()
}

// nameOf is the name that a member's is written as; those of parameters take no
// memory.
func nameOf(written []byte) string {
	switch string(written) {
	case `"query"`:
		return "query"
	case `"operationName"`:
		return "operationName"
	case `"variables"`:
		return "variables"
	case `"extensions"`:
		return "extensions"
	}
	name, err := jsontext.AppendUnquote(nil, written)
	if err != nil {
		return "" // half a surrogate pair: no parameter has one
	}
	return string(name)
}

// errMore says that there is something behind the JSON.
var errMore = errors.New("something follows")

func (r *reader) end() error {
	switch _, err := r.dec.ReadToken(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return errMore
}

// param reads one parameter; wrong says that it is not what it must be.
func (r *reader) param(name string, p *graphql.RawParams) (wrong string, err error) {
	kind := r.dec.PeekKind()
	switch name {
	case "query", "operationName":
		if kind != '"' {
			break
		}
		token, err := r.dec.ReadToken()
		if err != nil {
			return "", err
		}
		if name == "query" {
			p.Query = token.String()
		} else {
			p.OperationName = token.String()
		}
		return "", nil
	case "variables", "extensions":
		if kind != '{' {
			break
		}
		object, err := r.object()
		if name == "variables" {
			p.Variables = object
		} else {
			p.Extensions = object
		}
		return "", err
	default:
		return "", r.dec.SkipValue()
	}
	if kind == 'n' { // null stands for nothing
		return "", r.dec.SkipValue()
	}
	what := map[bool]string{true: "string", false: "JSON object"}[name == "query" || name == "operationName"]
	return fmt.Sprintf("the parameter %s must be a %s", name, what), r.dec.SkipValue()
}

// object reads an object. Numbers stay as they were written: a large identifier
// must not pass through a float.
func (r *reader) object() (map[string]any, error) {
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, err
	}
	object := map[string]any{}
	for r.dec.PeekKind() != '}' {
		name, err := r.dec.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		if object[key], err = r.value(); err != nil {
			return nil, err
		}
	}
	_, err := r.dec.ReadToken()
	return object, err
}

func (r *reader) value() (any, error) {
	switch r.dec.PeekKind() {
	case '{':
		return r.object()
	case '[':
		return r.list()
	}
	token, err := r.dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '"':
		return token.String(), nil
	case '0':
		return json.Number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	}
	return nil, nil //nolint:nilnil // null
}

func (r *reader) list() (any, error) {
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, err
	}
	list := []any{}
	for r.dec.PeekKind() != ']' {
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := r.dec.ReadToken()
	return list, err
}

// unreadable says why what is no proper JSON.
func (r *reader) unreadable(what string, err error) *refusal {
	at := r.dec.InputOffset()
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at = syntax.ByteOffset
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return badRequest("%s has a key twice in one object, at byte %d", what, at)
		}
	}
	return badRequest("%s is not valid JSON, at byte %d", what, at)
}
