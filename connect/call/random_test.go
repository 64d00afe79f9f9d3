package call

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
)

// dice makes connectors and inputs by chance.
type dice struct{ *rand.Rand }

func pick[T any](d dice, all ...T) T { return all[d.IntN(len(all))] }

// often is text most of the time, else nothing.
func (d dice) often(text func() string) string {
	if d.IntN(3) == 0 {
		return ""
	}
	return text()
}

func (d dice) expression() string {
	if d.IntN(2) == 0 {
		return pick(d, "$args.a", "$this.id", "$config.key", `$($args.a ?? "none")`, "$(20)", `$args.l->first`)
	}
	return pick(d,
		"$args.a", "$args.b", "$args.c.d", "$args.c", "$this.id", "$this.owner.id", "$this.n", "$config.key", "$config.none", "$env.HOME",
		"$context.user", "$context.user.id", `$request.headers.'x-one'->first`, "$request.headers.'x-one'", `$($args.a ?? "none")`, `$("x y")`, "$(20)", "$(null)",
		"$args.l", "$args.l->first", "$args.l.x", "$this", "$args", "$args.a->as($v)->echo($v)", "$args.a?", `$args."a"`, "$([1, 2])", "$batch.id", "$batch.id->joinNotNull(',')",
	)
}

func (d dice) template() string {
	var b strings.Builder
	for range d.IntN(6) {
		b.WriteString(pick(d, "/", "/orders", "/a/", "x", "?q=", "&r=", "/x/"))
		if d.IntN(12) == 0 {
			b.WriteString(pick(d, "?", "//", "..", ".", "%2e", "%2", "%", "é ", "#f", ":", "\t", ""))
		}
		if d.IntN(3) == 0 {
			b.WriteString("{" + d.expression() + "}")
		}
	}
	return b.String()
}

func (d dice) path() string {
	return pick(d, d.expression(), "$(["+d.expression()+", "+d.expression()+"])", `$(["a", "b/c"])`, "$args.l", `$([$args.a ?? "z"])`)
}

func (d dice) query() string {
	return pick(d, "$args", d.expression(),
		"p: "+d.expression(), "p: "+d.expression()+" 'q r': "+d.expression(), "p: $(1) p: "+d.expression(),
		"$args { a b }", "$args { x: a y: b } z: $(3)", "$this { id n }", "p: { q: "+d.expression()+" }", "p: $args { a }", "$args.c { d }", "a", "$args { a a: b }", "$config { key }")
}

func (d dice) request() Request {
	r := Request{Path: mappingOf(d.often(d.path)), Query: mappingOf(d.often(d.query))}
	for range d.IntN(4) {
		name := pick(d, "X-A", "x-a", "X-B", "Accept", "Content-Type", "X-Idempotency-Key")
		if d.IntN(3) == 0 {
			r.Headers = append(r.Headers, Header{Name: name, From: pick(d, "x-one", "X-Two", "x-none", "x-bad")})
			continue
		}
		r.Headers = append(r.Headers, Header{Name: name, Value: mapping.MustTemplate(pick(d,
			"v", "", "application/x-www-form-urlencoded", "a {"+d.expression()+"}", "{"+d.expression()+"}", "tab\there", "new\x01line"))})
	}
	return r
}

func (d dice) connector() *Connector {
	c := &Connector{
		ID: "Query.x", Hash: "h", Method: pick(d, "GET", "POST"), URL: mapping.MustTemplate(d.template()), Request: d.request(),
		Body: mappingOf(d.often(func() string {
			return pick(d, "$args", "a: $args.a l: $args.l", d.expression(), "$this { id }", "k: $(1)")
		})),
		AsArgs: d.IntN(3) == 0, Writes: d.IntN(4) == 0,
	}
	if d.IntN(3) > 0 {
		c.Callers = []string{"$request.headers.'x-one'", "$context.user"}
	}
	if d.IntN(2) == 0 {
		c.Reads = []string{"$args.a", "$this.id", "$this.owner", "$args", "$status", "$context.user.id"}
	}
	if d.IntN(8) == 0 {
		c.Body = nil
	}
	return c
}

func (d dice) value() mapping.Value {
	if d.IntN(2) == 0 {
		return mapping.StringValue(pick(d, "5", "a b", "ü", `\"`, "x/y"))
	}
	text := mapping.StringValue(pick(d, "", "5", "a/b", "..", ".", "é ü", "x\ny", `"q"\`, "%2e", "a?b&c=d#e", "<b>\u2028", strings.Repeat("x", 9000)))
	if d.IntN(9) > 0 {
		text = mapping.StringValue(pick(d, "5", "a b", "ü", `\`))
	}
	return pick(d, text, text, text, mapping.IntValue(7), mapping.NumberValue("-1.50e3"), mapping.NullValue(), mapping.Value{}, mapping.BoolValue(true),
		mapping.ArrayValue(text, mapping.NullValue(), mapping.IntValue(1)), mapping.ArrayValue(), mapping.ObjectValue(mapping.Member{Key: "d", Value: text}),
		mapping.ArrayValue(mapping.ObjectValue(mapping.Member{Key: "x", Value: text})))
}

func (d dice) object(names ...string) mapping.Value {
	var members []mapping.Member
	for _, name := range names {
		if d.IntN(5) > 0 {
			members = append(members, mapping.Member{Key: name, Value: d.value()})
		}
	}
	return mapping.ObjectValue(members...)
}

func (d dice) inputs() *Inputs {
	in := &Inputs{Args: d.object("a", "b", "c", "l")}
	if d.IntN(2) == 0 {
		in.This = KeyOf(d.object("id", "a", "n", "owner"))
	}
	if d.IntN(3) == 0 {
		in.Args = mapping.Value{}
	}
	if d.IntN(4) == 0 {
		in.Batch = []Key{`{"id":"1"}`, `{"id":"2"}`}
	}
	if d.IntN(4) > 0 {
		in.Caller = &Caller{Header: http.Header{"X-One": {"a", ""}, "X-Two": {"é"}}, Context: d.object("user")}
		if d.IntN(5) == 0 {
			in.Caller.Header["X-Bad"] = []string{"a\nb"}
		}
	}
	if d.IntN(4) == 0 {
		in.Extra = []Parameter{{"page", "2"}, {"per page", "a&b"}}
	}
	if d.IntN(6) == 0 {
		in.Target = "/list?page=2"
	}
	return in
}

// The key that is written without building a request is that of the request, whatever connector and inputs it is of;
// and the request is the one that expressions, evaluated as they stand, make.
func TestKeysAreThoseOfTheRequests(t *testing.T) {
	refused, sent := 0, 0
	client := upstreams.New(upstreams.Config{Name: "shop", Headers: map[string]credential.Secret{"X-Static": {Text: "s"}}}, nil, http.DefaultTransport)
	t.Cleanup(func() { _ = client.Close(t.Context()) })
	for seed := range uint64(8_000) {
		d := dice{rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // not a secret
		source := Source{
			Name: "shop", BaseURL: pick(d, "https://shop.test", "https://shop.test/v1", "https://shop.test/v1/?k=%2F"), Request: d.request(),
		}
		if d.IntN(2) == 0 {
			source.Request = Request{}
		}
		api, err := source.Open(client, Settings{
			Config: map[string]any{"key": pick[any](d, "k", "a/b", "", nil, 4, []any{1})}, Env: map[string]string{"HOME": "/h"},
		})
		if err != nil {
			t.Fatal(err)
		}
		con, in := d.connector(), d.inputs()
		o := api.Connect(con)
		long := oracle{Opened: o, in: in, vars: o.Vars(in)}
		want, wantErr := long.request()
		asked, gotErr := o.Ask(in)
		about := func() string { return fmt.Sprintf("seed %d: %s %s, %+v", seed, con.Method, con.URL.Source, in) }
		if wantErr != nil || gotErr != nil {
			if refused++; wantErr == nil || gotErr == nil || wantErr.Error() != gotErr.Error() {
				t.Fatalf("%s: got %v, want %v", about(), gotErr, wantErr)
			}
			continue
		}
		sent++
		got := *asked
		if !con.Writes {
			if got.Builder == nil || got.Header != nil {
				t.Fatalf("%s: built at once", about())
			}
			if err := got.Builder.Build(&got); err != nil {
				t.Fatal(about(), err)
			}
			if key := api.Key(&got); key != asked.Key || key != api.Key(want) {
				t.Fatalf("%s: the key is\n%q, the request's\n%q", about(), asked.Key, api.Key(want))
			}
		}
		plain := func(r *upstreams.Request) []any {
			return []any{r.Method, r.URL, r.Header, string(r.Body), r.Slot, r.Scope, r.Idempotent, r.Heeds, r.AsCaller, r.Template}
		}
		if diff := cmp.Diff(plain(want), plain(&got)); diff != "" {
			t.Fatalf("%s: (-want +got):\n%s", about(), diff)
		}
	}
	if refused < sent/10 || sent < refused/4 {
		t.Errorf("%d refused, %d sent: too few of one", refused, sent)
	}
	t.Logf("%d refused, %d sent", refused, sent)
}
