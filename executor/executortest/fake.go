package executortest

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/schema"
	"holdfast/upstreams/upstreamtest"
)

// A Fake makes up the APIs of a schema that keeps to testdata/random/README.md: what is
// answered has what the selections read, and is the same each time. An object is the
// same wherever it is met.
type Fake struct {
	types *ast.Schema
	by    map[string]*schema.Connector // by the first segment of their paths
	// Calls counts what was asked since it was made.
	Calls atomic.Int64
	// Faults is 0 while all is well. Every other number has other faults: APIs that are
	// out, and answers that are against the contract.
	Faults atomic.Uint64
	// Kept says that what is answered keeps to the contract whatever the faults are.
	Kept bool
	// Hangs says that some that are out do not answer at all: for clocks that are not
	// waited for.
	Hangs bool
}

// NewFake makes up the APIs of a schema.
func NewFake(s *schema.Schema) *Fake {
	f := &Fake{types: s.AST, by: map[string]*schema.Connector{}}
	for _, c := range s.Connectors {
		name, _, _ := strings.Cut(strings.Trim(c.URL.Parts[0].Text, "/"), "/")
		f.by[name] = c
	}
	return f
}

// MostItems is how many items a list has at most.
const MostItems = 4

// RoundTrip implements [http.RoundTripper].
func (f *Fake) RoundTrip(req *http.Request) (*http.Response, error) {
	f.Calls.Add(1)
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	name, rest, _ := strings.Cut(strings.Trim(req.URL.Path, "/"), "/")
	con := f.by[name]
	if con == nil {
		return upstreamtest.Answer(http.StatusTeapot, `{"no": "such connector"}`)(req)
	}
	if step := f.out(name); step != nil {
		return step(req)
	}
	a := &answering{Fake: f, con: con, query: req.URL.Query(), seed: name + "/" + rest, host: req.URL.Host}
	v := a.answer(rest, body)
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return upstreamtest.Answer(http.StatusOK, string(text), a.header...)(req)
}

// out is what a connector does that does not answer.
func (f *Fake) out(name string) upstreamtest.Step {
	if f.Faults.Load() == 0 {
		return nil
	}
	switch f.number("out/"+name) % 24 {
	case 0:
		return upstreamtest.Answer(http.StatusServiceUnavailable, `{"error": "out"}`)
	case 1:
		return upstreamtest.Fail(io.ErrUnexpectedEOF)
	case 2:
		return upstreamtest.Answer(http.StatusNotFound, `{"error": "none"}`)
	case 3:
		return upstreamtest.Answer(http.StatusOK, `<p>busy</p>`, "Content-Type", "text/html")
	case 4:
		return upstreamtest.Answer(http.StatusUnprocessableEntity, `{"error": "no"}`)
	case 5:
		return upstreamtest.Answer(http.StatusOK, `[[7]]`)
	case 6:
		if f.Hangs {
			return upstreamtest.Hang()
		}
	}
	return nil
}

// number is made of a seed and, if there are any, of today's faults.
func (f *Fake) number(seed string) uint64 {
	return hash(fmt.Sprint(f.Faults.Load(), "/", seed))
}

func hash(seed string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, seed)
	x := h.Sum64()
	x ^= x >> 31
	return x * 0x9e3779b97f4a7c15 >> 16
}

// answering is one answer being made up.
type answering struct {
	*Fake

	con    *schema.Connector
	query  url.Values
	seed   string
	host   string
	header []string
}

func (a *answering) answer(rest string, body []byte) any {
	shape := a.con.Yields
	id, err := url.PathUnescape(rest)
	if err != nil || id == "" {
		id = "1"
	}
	var v any
	switch t := a.con.Returns; {
	case a.con.Paginate != nil:
		return a.page(shape)
	case a.con.Batch > 0 || a.con.Key != nil && (a.query.Has("ids") || strings.Contains(string(body), `"keys"`)):
		v = a.batch(shape, body)
	case t != nil && t.Elem != nil:
		v = a.list(shape, t, a.seed, 0)
	case t != nil:
		v = a.value(shape, nullable(t), id, a.seed)
	default:
		v = a.value(shape, ast.NonNullNamedType(a.con.Type.Name, nil), id, a.seed)
	}
	return wrapped(shape, v)
}

func nullable(t *ast.Type) *ast.Type {
	c := *t
	c.NonNull = true // what is asked for by its id is there
	return &c
}

// wrapped puts a value where the selection looks for it.
func wrapped(s *schema.Shape, v any) any {
	if len(s.From.Keys) == 0 {
		return v
	}
	o := map[string]any{}
	putAt(o, s.From.Keys, v)
	return o
}

func putAt(o map[string]any, keys []schema.Key, v any) {
	for _, k := range keys[:len(keys)-1] {
		below, ok := o[k.Name].(map[string]any)
		if !ok {
			below = map[string]any{}
			o[k.Name] = below
		}
		o = below
	}
	o[keys[len(keys)-1].Name] = v
}

// batch has an item for most of the ids that are asked for, in some other order.
func (a *answering) batch(s *schema.Shape, body []byte) any {
	ids := strings.Split(a.query.Get("ids"), ",")
	if len(body) > 0 {
		var in struct {
			Keys []struct {
				ID string `json:"id"`
			} `json:"keys"`
		}
		if err := json.Unmarshal(body, &in); err == nil && in.Keys != nil {
			ids = nil
			for _, k := range in.Keys {
				ids = append(ids, k.ID)
			}
		}
	}
	items := []any{}
	for i := range ids {
		id := ids[len(ids)-1-i]
		if hash("none/"+a.con.Type.Name+id)%11 > 0 {
			items = append(items, a.value(s, ast.NonNullNamedType(a.con.Type.Name, nil), id, id))
		}
	}
	return items
}

// page is one of a connection.
func (a *answering) page(s *schema.Shape) any {
	p := a.con.Paginate
	all := int(hash("pages/"+a.seed) % 7)
	size, err := strconv.Atoi(a.query.Get(p.Size))
	if err != nil || size <= 0 {
		size = 2
	}
	at, err := strconv.Atoi(a.query.Get(p.At))
	from := at
	if p.Style == call.ByPage {
		first := 1
		if p.From != nil {
			first = *p.From
		}
		if err != nil {
			at = first
		}
		from = (at - first) * size
	}
	from = max(0, min(from, all))
	to := min(from+size, all)
	items := []any{}
	for i := from; i < to; i++ {
		id := strconv.Itoa(1 + int(hash(fmt.Sprint(a.seed, "/", i))%5) + 10*i) // no two are the same
		items = append(items, a.value(s, ast.NonNullNamedType(p.Node.Name(), nil), id, a.seed+"/"+id))
	}
	v := wrapped(s, items)
	if o, ok := v.(map[string]any); ok {
		o["pages"], o["total"], o["more"], o["next"] = (all+size-1)/size, all, to < all, nil
		if to < all {
			o["next"] = strconv.Itoa(to)
		}
	} else if to < all {
		q := url.Values{p.Size: {strconv.Itoa(size)}, p.At: {strconv.Itoa(to)}}
		a.header = []string{"Link", "<https://" + a.host + "/" + a.seed + "?" + q.Encode() + ">; rel=\"next\""}
	}
	return v
}

// list has up to MostItems items.
func (a *answering) list(s *schema.Shape, t *ast.Type, seed string, depth int) any {
	items := []any{}
	for i := range hash("len/"+seed) % (MostItems + 1) {
		at := fmt.Sprint(seed, "/", i)
		if t.Elem.Elem != nil {
			if !t.Elem.NonNull && hash("null/"+at)%7 == 0 {
				items = append(items, nil)
				continue
			}
			items = append(items, a.list(s, t.Elem, at, depth+1))
			continue
		}
		items = append(items, a.value(s, t.Elem, idOf(at), at))
	}
	return items
}

// idOf is the id of the object at a place.
func idOf(seed string) string { return strconv.Itoa(1 + int(hash("id/"+seed)%6)) }

// value is one of a type that is no list; id is that of an object. Sometimes it is
// missing, or against the contract.
func (a *answering) value(s *schema.Shape, t *ast.Type, id, seed string) any {
	if !a.Kept && a.Faults.Load() != 0 && a.number("value/"+seed+t.Name())%40 == 0 {
		return [...]any{nil, map[string]any{}, "text", 7.5, []any{1}, true}[a.number("fault/"+seed)%6]
	}
	if !t.NonNull && hash("null/"+seed)%9 == 0 {
		return nil
	}
	if s.Type == nil && s.Members == nil {
		return a.leaf(t.Name(), seed)
	}
	if only := stub(s); only != nil {
		return id
	}
	o := map[string]any{}
	a.object(o, s, id)
	return o
}

// stub is the only field of an object that is made of something that is none.
func stub(s *schema.Shape) *schema.Selected {
	if len(s.Fields) != 1 || s.Members != nil {
		return nil
	}
	from := s.Fields[0].Shape.From
	if len(from.Keys) == 0 && (from.Expr == nil || from.Expr.String() == "@") {
		return s.Fields[0]
	}
	return nil
}

// object puts what a selection reads of an object into o.
func (a *answering) object(o map[string]any, s *schema.Shape, id string) {
	if s.Members != nil {
		one := s.Members[hash("kind/"+id)%uint64(len(s.Members))]
		putAt(o, s.TypeName.Shape.From.Keys, one.Type.Name)
		a.object(o, one, id)
		return
	}
	for _, f := range s.Fields {
		seed := s.Type.Name + "/" + id + "/" + f.Name
		switch {
		case f.Name == "__typename" || f.Def == nil:
			if f.Name != "__typename" && len(f.Shape.From.Keys) > 0 {
				putAt(o, f.Shape.From.Keys, a.leaf("String", seed))
			}
		case f.Name == "id" || f.Name == "code":
			putAt(o, f.Shape.From.Keys, id)
		case len(f.Shape.From.Keys) == 0 && f.Shape.Type != nil || f.Shape.Members != nil && len(f.Shape.From.Keys) == 0:
			if f.Def.Type.NonNull || hash("null/"+seed)%9 > 0 {
				a.object(o, f.Shape, idOf(seed)) // of keys that lie here
			}
		case len(f.Shape.From.Keys) == 0: // of an expression
		case f.Def.Type.Elem != nil:
			if f.Def.Type.NonNull || hash("null/"+seed)%9 > 0 {
				putAt(o, f.Shape.From.Keys, a.list(f.Shape, f.Def.Type, seed, 0))
			}
		default:
			if v := a.value(f.Shape, f.Def.Type, idOf(seed), seed); v != nil || hash("left out/"+seed)%2 > 0 {
				putAt(o, f.Shape.From.Keys, v)
			}
		}
	}
}

// leaf is a value of a scalar, an enum or a value object.
func (a *answering) leaf(typeName, seed string) any {
	n := hash("leaf/" + seed)
	switch typeName {
	case "ID":
		return []any{strconv.Itoa(int(n % 6)), n % 6}[n/7%2]
	case "Int":
		return int(n%2000) - 1000
	case "Float":
		return float64(n%1000) / 8
	case "Boolean":
		return n%2 == 0
	case "DateTime":
		return fmt.Sprintf("2026-01-%02dT03:04:05Z", 1+n%28)
	case "Decimal":
		return fmt.Sprintf("%d.%02d", n%100, n%90+10)
	case "Int64":
		return n
	case "EmailAddress":
		return fmt.Sprintf("User%d@Shop.test", n%100)
	case "JSON":
		return map[string]any{"a": []any{n % 3, nil, "é<&>"}, "b": map[string]any{}}
	case "Money":
		return map[string]any{"amount": fmt.Sprintf("%d.%02d", n%100, n%100), "currency": "EUR"}
	}
	if def := a.types.Types[typeName]; def != nil && def.Kind == ast.Enum {
		return def.EnumValues[n%uint64(len(def.EnumValues))].Name
	}
	return [...]string{"text", "a/b c", "", "é\"<\n"}[n%4] + strconv.Itoa(int(n%50))
}
