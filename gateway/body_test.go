package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/99designs/gqlgen/graphql"
)

// read reads a body as a request has it.
func read(body io.Reader, length, limit int64) (p graphql.RawParams, fits bool, err error) {
	r := borrow()
	defer r.release()
	if fits, err = r.fill(body, length, limit); err != nil || !fits {
		return p, fits, err
	}
	return p, true, r.params(&p)
}

func TestBodiesAreReadWhateverTheirLengthIsSaidToBe(t *testing.T) {
	t.Parallel()
	const body = `{"query":"{hello}","variables":{"a":[1.50,{"b":null}]}}`
	for _, length := range []int64{-1, 0, 1, int64(len(body)), 99} {
		for limit, want := range map[int64]bool{int64(len(body)) - 1: false, int64(len(body)): true, 1000: true} {
			p, fits, err := read(iotest.OneByteReader(strings.NewReader(body)), length, limit)
			if err != nil || fits != want || fits && (p.Query != "{hello}" || !reflect.DeepEqual(p.Variables, map[string]any{"a": []any{json.Number("1.50"), map[string]any{"b": nil}}})) {
				t.Errorf("length %d, limit %d: %v %v %v", length, limit, p, fits, err)
			}
		}
	}
	if _, _, err := read(iotest.ErrReader(io.ErrUnexpectedEOF), -1, 1000); err == nil {
		t.Error("half a body is one")
	}
}

// What is read is what encoding/json reads, of what has no key twice.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		`{"query":"{hello}"}`, ` {"variables":{"a":[1,2.50,-0,1e9,"x\u00e9\ud83d",true,null,{}]}} `, `{"query":null,"operationName":"A","extensions":{"a":{"a":[]}}}`,
		`{"query":1,"variables":[]}`, `[]`, `{"a":{"b":1,"b":2}}`, `{"query":"a"}{}`, `{"qu\u0065ry":"{a}","other":[[[]]]}`, "{\"query\":\"\xff\"}", `{"query":"\ud800"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, fits, err := read(bytes.NewReader(body), int64(len(body)), 1<<20)
		if !fits {
			t.Skip()
		}
		var want struct{ Query, OperationName, Variables, Extensions json.RawMessage }
		var members map[string]json.RawMessage
		if err != nil {
			if json.Unmarshal(body, &members) == nil && strings.Contains(err.Error(), "not valid JSON") && depth(body) < 1000 {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		if err := json.Unmarshal(body, &members); err != nil {
			t.Fatalf("%q is read, but %v", body, err)
		}
		want.Query, want.OperationName, want.Variables, want.Extensions = members["query"], members["operationName"], members["variables"], members["extensions"]
		for _, text := range []struct {
			got  string
			want json.RawMessage
		}{{p.Query, want.Query}, {p.OperationName, want.OperationName}} {
			var s string
			if len(text.want) > 0 && json.Unmarshal(text.want, &s) != nil || s != text.got {
				t.Errorf("%q: %q, want %s", body, text.got, text.want)
			}
		}
		for _, object := range []struct {
			got  map[string]any
			want json.RawMessage
		}{{p.Variables, want.Variables}, {p.Extensions, want.Extensions}} {
			var m map[string]any
			d := json.NewDecoder(bytes.NewReader(object.want))
			d.UseNumber()
			if len(object.want) > 0 && d.Decode(&m) != nil || !reflect.DeepEqual(m, object.got) {
				t.Errorf("%q: %v, want %s", body, object.got, object.want)
			}
		}
	})
}

// depth is about how deep a text is nested; encoding/json and jsontext draw the line elsewhere.
func depth(text []byte) int { return bytes.Count(text, []byte("[")) + bytes.Count(text, []byte("{")) }
