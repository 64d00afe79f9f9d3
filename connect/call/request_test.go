package call

import (
	"bufio"
	"bytes"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// header is a mapping of a header: from the caller if it begins with "<".
func header(name, text string) Header {
	if from, ok := strings.CutPrefix(text, "<"); ok {
		return Header{Name: name, From: from}
	}
	return Header{Name: name, Value: mapping.MustTemplate(text)}
}

func TestHeaders(t *testing.T) {
	accept := "application/json, text/plain;q=0.9"
	tests := map[string]struct {
		source, connector []Header
		args              string
		want              http.Header // without Accept: the default
		fails             string
	}{
		"without any there is an accept": {},
		"constants and expressions": {
			source: []Header{header("X-Version", "2"), header("X-Who", "user {$args.id}, {$args.n}")},
			args:   `{"id":"é/ü","n":1.50}`,
			want:   http.Header{"X-Version": {"2"}, "X-Who": {"user é/ü, 1.50"}},
		},
		"the connector's replace the source's, in any case": {
			source:    []Header{header("X-VERSION", "1"), header("X-Other", "o")},
			connector: []Header{header("x-version", "2")},
			want:      http.Header{"X-Version": {"2"}, "X-Other": {"o"}},
		},
		"accept is replaced, too": {
			source: []Header{header("accept", "text/plain")},
			want:   http.Header{"Accept": {"text/plain"}},
		},
		"all values of a caller's header are copied": {
			connector: []Header{header("X-Trace", "<x-caller")},
			want:      http.Header{"X-Trace": {"one", "two"}},
		},
		"one that the caller did not send is left out": {
			source:    []Header{header("X-Trace", "default")},
			connector: []Header{header("X-Trace", "<x-absent")},
		},
		"an empty value leaves the header out": {
			source:    []Header{header("X-Tenant", "a")},
			connector: []Header{header("X-Tenant", `{$($args.tenant ?? "")}`)},
		},
		"an empty constant, too": {
			source: []Header{header("X-Tenant", "a")}, connector: []Header{header("X-Tenant", "")},
		},
		"an empty part is no failure":  {source: []Header{header("X-A", `a{$($args.a ?? "")}b`)}, want: http.Header{"X-A": {"ab"}}},
		"nothing is encoded":           {source: []Header{header("X-A", `%20/?#é {$args.a}`)}, args: `{"a":"%/?#é \\"}`, want: http.Header{"X-A": {`%20/?#é %/?#é \`}}},
		"there is one content type":    {source: []Header{header("Content-Type", "text/a")}, connector: []Header{header("content-TYPE", "text/b")}, want: http.Header{"Content-Type": {"text/b"}}},
		"booleans and numbers":         {source: []Header{header("X-A", `{$args.a} {$args.b}`)}, args: `{"a":true,"b":-0.10}`, want: http.Header{"X-A": {"true -0.10"}}},
		"the longest value":            {source: []Header{header("X-A", "{$args.a}")}, args: `{"a":"` + strings.Repeat("x", 8192) + `"}`, want: http.Header{"X-A": {strings.Repeat("x", 8192)}}},
		"one byte more":                {source: []Header{header("X-A", "x{$args.a}")}, args: `{"a":"` + strings.Repeat("x", 8192) + `"}`, fails: "longer than 8192 bytes"},
		"a carriage return":            {source: []Header{header("X-A", "{$args.a}")}, args: `{"a":"x\r"}`, fails: "control character"},
		"a failure behind a constant":  {connector: []Header{header("X-A", "a {$args.a->first}")}, args: `{"a":[]}`, fails: "has no value"},
		"a tab may stand in a value":   {source: []Header{header("X-A", `{$args.a}`)}, args: `{"a":"x\ty"}`, want: http.Header{"X-A": {"x\ty"}}},
		"a missing value":              {source: []Header{header("X-A", "Bearer {$args.a}")}, fails: "header X-A: {$args.a} has no value"},
		"null":                         {source: []Header{header("X-A", "{$args.a}")}, args: `{"a":null}`, fails: "has no value"},
		"a list":                       {source: []Header{header("X-A", "{$args.a}")}, args: `{"a":[]}`, fails: "has no value"},
		"an object":                    {source: []Header{header("X-A", "{$args.a}")}, args: `{"a":{}}`, fails: "has no value"},
		"a line break":                 {source: []Header{header("X-A", "{$args.a}")}, args: `{"a":"x\r\nX-B: y"}`, fails: "control character"},
		"a line feed":                  {source: []Header{header("X-A", "{$args.a}")}, args: `{"a":"x\ny"}`, fails: "control character"},
		"a zero byte":                  {source: []Header{header("X-A", "{$args.a}")}, args: `{"a":"\u0000"}`, fails: "control character"},
		"a delete":                     {source: []Header{header("X-A", "{$args.a}")}, args: `{"a":"\u007f"}`, fails: "control character"},
		"a value without end":          {source: []Header{header("X-A", "{$args.a}")}, args: `{"a":"` + strings.Repeat("x", 9000) + `"}`, fails: "longer than 8192 bytes"},
		"a caller's value without end": {source: []Header{header("X-A", "<x-long")}, fails: "longer than 8192 bytes"},
	}
	caller := http.Header{"X-Caller": {"one", "two"}, "X-Long": {strings.Repeat("x", 9000)}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.args == "" {
				test.args = "{}"
			}
			api := open(t, Source{Request: Request{Headers: test.source}}, nil, Settings{})
			con := &Connector{ID: "Query.x", Method: "GET", URL: mapping.MustTemplate("/a"), Request: Request{Headers: test.connector}}
			req, err := built(api.Connect(con), &Inputs{Args: valueOf(t, test.args), Caller: &Caller{Header: caller}})
			if test.fails != "" {
				refused(t, err, test.fails)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := http.Header{"Accept": {accept}}
			maps.Copy(want, test.want)
			if diff := cmp.Diff(want, req.Header); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// refused checks that err is the caller's mistake and says so publicly.
func refused(t *testing.T, err error, message string) {
	t.Helper()
	e, ok := errors.AsType[*upstreams.Error](err)
	if !ok || e.Kind != upstreams.BadInput || !strings.Contains(e.Message, message) || e.Source != "shop" || e.Connector != "Query.x" {
		t.Fatalf("got %#v, want a refusal with %q", err, message)
	}
}

func TestBodies(t *testing.T) {
	const form, json = "application/x-www-form-urlencoded", "application/json"
	tests := map[string]struct {
		source                  string // content type that the source sets
		contentType, body, args string
		want, wantType, fails   string
	}{
		"no body":                      {},
		"JSON in the mapping's order":  {body: "b: $args.b a: $args.a", args: `{"a":1,"b":{"z":1.0,"y":[true,null]}}`, want: `{"b":{"z":1.0,"y":[true,null]},"a":1}`, wantType: json},
		"what is missing is left out":  {body: "a: $args.a b: $args.b", args: `{"a":1}`, want: `{"a":1}`, wantType: json},
		"null stays":                   {body: "a: $args.a", args: `{"a":null}`, want: `{"a":null}`, wantType: json},
		"blanks are left out":          {body: `a: $({b: [1, "x y"]})`, want: `{"a":{"b":[1,"x y"]}}`, wantType: json},
		"numbers keep their digits":    {body: "a: $args.a", args: `{"a":12345678901234567890.10}`, want: `{"a":12345678901234567890.10}`, wantType: json},
		"members that are left out":    {body: "a: $args.in", args: `{"in":{"x":null}}`, want: `{"a":{"x":null}}`, wantType: json},
		"what is missing in a list":    {body: "a: $([$args.nothing])", want: `{"a":[null]}`, wantType: json},
		"a text as a whole":            {body: `$("a")`, want: `"a"`, wantType: json},
		"null as a whole":              {body: "$(null)", want: "null", wantType: json},
		"missing as a whole":           {body: "$args.a", want: "", wantType: json},
		"a list":                       {body: "$([1, $args.a])", want: "[1,null]", wantType: json},
		"another type of JSON":         {contentType: "application/merge-patch+json", body: "a: $(1)", want: `{"a":1}`, wantType: "application/merge-patch+json"},
		"a form":                       {contentType: form, body: "b: $(1) a: $(\"x y\")", want: "b=1&a=x+y", wantType: form},
		"a form because of the source": {source: form, body: "a: $(1)", want: "a=1", wantType: form},
		"JSON in spite of the source":  {source: form, contentType: json, body: "a: $(1)", want: `{"a":1}`, wantType: json},
		"a missing form":               {contentType: form, body: "$args.a", want: "", wantType: form},
		"a form of null":               {contentType: form, body: "$(null)", fails: "a form is made of an object"},
		"a form with parameters":       {contentType: form + "; charset=utf-8", body: "a: $(1)", fails: "has no parameters"},
		"lists of lists":               {contentType: form, body: "p: $([[1, []], {}])", want: "p%5B0%5D%5B0%5D=1", wantType: form},
		"a form in its order":          {contentType: form, body: "z: $(1) a: $({y: 2, b: 3}) m: $(4)", want: "z=1&a%5By%5D=2&a%5Bb%5D=3&m=4", wantType: form},
		"names that need encoding":     {contentType: form, body: `'a[b]&=': $({"é ": 1})`, want: "a%5Bb%5D%26%3D%5B%C3%A9+%5D=1", wantType: form},
		"a form in any case":           {contentType: "Application/X-WWW-Form-Urlencoded", body: "a: $(1)", want: "a=1", wantType: "Application/X-WWW-Form-Urlencoded"},
		"members and items":            {contentType: form, body: `p: $({q: [1, {r: 2}], "s": {t: 3}})`, want: "p%5Bq%5D%5B0%5D=1&p%5Bq%5D%5B1%5D%5Br%5D=2&p%5Bs%5D%5Bt%5D=3", wantType: form},
		"null and nothing":             {contentType: form, body: `a: $(null) b: $("") c: $args.c d: $([]) e: $({}) f: $([null])`, want: "a=&b=&f%5B0%5D=", wantType: form},
		"words and numbers":            {contentType: form, body: `a: $(true) b: $(false) c: $args.n`, args: `{"n":1.50}`, want: "a=true&b=false&c=1.50", wantType: form},
		"what a form leaves alone":     {contentType: form, body: `a: $("aZ09*-._")`, want: "a=aZ09*-._", wantType: form},
		"and what not":                 {contentType: form, body: `a: $("~+&=%é") 'k ~': $(1)`, want: "a=%7E%2B%26%3D%25%C3%A9&k+%7E=1", wantType: form},
		"a form of a list":             {contentType: form, body: `$([1])`, fails: "a form is made of an object"},
		"a form of a text":             {contentType: form, body: `$("a")`, fails: "a form is made of an object"},
		"one that is too large":        {body: "a: $args.l->map($args.l->map($args.l))", args: `{"l":[` + strings.Repeat("1,", 150) + `1]}`, fails: "too large"},
		"an empty object is no fields": {contentType: form, body: `$({})`, want: "", wantType: form},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.args == "" {
				test.args = "{}"
			}
			con := &Connector{ID: "Query.x", Method: "POST", URL: mapping.MustTemplate("/a"), Body: mappingOf(test.body)}
			if test.contentType != "" {
				con.Headers = []Header{header("content-type", test.contentType)}
			}
			var source Source
			if test.source != "" {
				source.Headers = []Header{header("Content-Type", test.source)}
			}
			req, err := built(open(t, source, nil, Settings{}).Connect(con), &Inputs{Args: valueOf(t, test.args)})
			if test.fails != "" {
				refused(t, err, test.fails)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := req.Header.Get("Content-Type"); string(req.Body) != test.want || got != test.wantType {
				t.Errorf("got %s as %q, want %s as %q", req.Body, got, test.want, test.wantType)
			}
		})
	}
}

func TestAWriteWithAnIdempotencyKeyMayBeRepeated(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	tests := map[string]struct {
		header, body, contentType string
		reads, want               bool
	}{
		"a header":                          {header: "idempotency-key", want: true},
		"a header with a mark":              {header: "X-Idempotency-Key", want: true},
		"a header of another vendor":        {header: "Idempotence-Key", want: true},
		"another header":                    {header: "X-Key"},
		"none":                              {},
		"a field of the body":               {body: `idempotency_key: $("k1") amount: $(5)`, want: true},
		"a field in camels":                 {body: `idempotencyKey: $("k1")`, want: true},
		"a field of a form":                 {body: `idempotency_key: $("k1")`, contentType: form, want: true},
		"a field that is empty":             {body: `idempotency_key: $("")`},
		"a field that is missing":           {body: `idempotency_key: $args.key`},
		"a field that is null":              {body: `idempotency_key: $(null)`},
		"a field of something else":         {body: `metadata: { idempotency_key: $("k1") }`},
		"a field called like it and unlike": {body: `last_idempotency_key: $("k1")`},
		"a read with a header":              {header: "idempotency-key", reads: true},
		"a read with a field":               {body: `idempotency_key: $("k1")`, reads: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			con := &Connector{Method: "POST", URL: mapping.MustTemplate("/a"), Writes: !test.reads, Body: mappingOf(test.body)}
			if test.header != "" {
				con.Headers = append(con.Headers, header(test.header, "k1"))
			}
			if test.contentType != "" {
				con.Headers = append(con.Headers, header("Content-Type", test.contentType))
			}
			req, err := built(open(t, Source{}, nil, Settings{}).Connect(con), &Inputs{})
			if err != nil || req.Idempotent != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestSlotAndScopeHoldWhatAnAnswerDependsOn(t *testing.T) {
	api := open(t, Source{}, nil, Settings{})
	o := api.Connect(&Connector{
		ID: "Query.x", Hash: "h1", URL: mapping.MustTemplate("/"), Reads: []string{"$args.first", "$status", "$config.x"},
		Callers: []string{"$request.headers.x-tenant", "$context.user"},
	})
	ask := func(args, tenant, user string) (slot, scope string) {
		t.Helper()
		r, err := o.Ask(&Inputs{Args: valueOf(t, args), Caller: &Caller{
			Header: http.Header{"X-Tenant": {tenant}}, Context: valueOf(t, `{"user":`+user+`}`),
		}})
		if err != nil {
			t.Fatal(err)
		}
		return r.Slot, r.Scope
	}
	oneSlot, oneScope := ask(`{"first":1,"other":1}`, "a", "1")
	if slot, scope := ask(`{"other":2,"first":1}`, "a", "1"); slot != oneSlot || scope != oneScope {
		t.Errorf("%q and %q differ", slot, oneSlot)
	}
	slots, scopes := map[string]bool{}, map[string]bool{}
	for _, args := range []string{`{}`, `{"first":null}`, `{"first":1}`, `{"first":"1"}`} {
		slot, _ := ask(args, "a", "1")
		slots[slot] = true
	}
	for _, pair := range [][2]string{{"a", "1"}, {"b", "1"}, {"a", `"1"`}, {"a\x00", "1"}} {
		_, scope := ask(`{}`, pair[0], pair[1])
		scopes[scope] = true
	}
	if len(slots) != 4 || len(scopes) != 4 {
		t.Errorf("slots %v, scopes %v", slots, scopes)
	}
	shared, err := api.Connect(&Connector{URL: mapping.MustTemplate("/")}).Ask(&Inputs{Caller: &Caller{Header: http.Header{"X-Tenant": {"a"}}}})
	if err != nil || shared.Scope != "" {
		t.Errorf("nothing depends on the caller, but the scope is %q, %v", shared.Scope, err)
	}
}

// FuzzForm checks that every field of a form can be read back, in its order.
func FuzzForm(f *testing.F) {
	f.Add("a", "b") // more are in testdata/fuzz
	f.Fuzz(func(t *testing.T, key, text string) {
		key, text = "k"+strings.ToValidUTF8(key, "?"), strings.ToValidUTF8(text, "?")
		given := mapping.StringValue(text)
		inner := mapping.ObjectValue(
			mapping.Member{Key: key, Value: given}, mapping.Member{Key: "", Value: mapping.NullValue()},
			mapping.Member{Key: "none", Value: mapping.ArrayValue()})
		encoded, err := appendForm(nil, mapping.ObjectValue(
			mapping.Member{Key: key, Value: given},
			mapping.Member{Key: "list", Value: mapping.ArrayValue(given, inner, mapping.IntValue(1))},
			mapping.Member{Key: "a", Value: mapping.ObjectValue(mapping.Member{Key: key, Value: inner})}))
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(string(encoded), func(c rune) bool {
			return c <= ' ' || c >= '~' || strings.ContainsRune(`!"#$'(),/:;<>?@[\]^`+"`"+`{|}`, c)
		}) {
			t.Fatalf("%q is not encoded", encoded)
		}
		want := [][2]string{
			{key, text},
			{"list[0]", text},
			{"list[1][" + key + "]", text},
			{"list[1][]", ""},
			{"list[2]", "1"},
			{"a[" + key + "][" + key + "]", text},
			{"a[" + key + "][]", ""},
		}
		var got [][2]string
		for pair := range strings.SplitSeq(string(encoded), "&") {
			name, value, _ := strings.Cut(pair, "=")
			plainName, err1 := url.QueryUnescape(name)
			plainValue, err2 := url.QueryUnescape(value)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			got = append(got, [2]string{plainName, plainValue})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzHeader checks that what a caller gives stays within the value of one header:
// a server reads what was given, or nothing is sent.
func FuzzHeader(f *testing.F) {
	f.Add("a") // more are in testdata/fuzz
	api := open(f, Source{Request: Request{Headers: []Header{{Name: "X-Who", Value: mapping.MustTemplate("<{$args.a}>")}}}}, nil, Settings{})
	con := &Connector{Method: "GET", URL: mapping.MustTemplate("/")}
	opened := api.Connect(con)
	f.Fuzz(func(t *testing.T, text string) {
		args := mapping.ObjectValue(mapping.Member{Key: "a", Value: mapping.StringValue(text)})
		text = strings.ToValidUTF8(text, "\uFFFD")
		req, err := built(opened, &Inputs{Args: args})
		bad := len(text)+len("<>") > maxHeader || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\t' || c == 127 })
		switch {
		case bad != (err != nil):
			t.Fatalf("%q: %v", text, err)
		case bad:
			return
		}
		var wire bytes.Buffer
		if err := (&http.Request{Method: req.Method, URL: &url.URL{Host: "shop.test"}, Header: req.Header}).Write(&wire); err != nil {
			t.Fatal(err)
		}
		read, err := http.ReadRequest(bufio.NewReader(&wire))
		if err != nil {
			t.Fatal(err)
		}
		read.Header.Del("User-Agent")
		want := http.Header{"X-Who": {"<" + text + ">"}, "Accept": {"application/json, text/plain;q=0.9"}}
		if diff := cmp.Diff(want, read.Header); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestAWriteKnowsItsOwnName(t *testing.T) {
	tests := map[string]struct {
		header, url, body, write string
		want                     string // method and path, header X, body
		fails                    string
	}{
		"in a header": {url: "/a", header: "{$write.key}", write: `{"key":"k1"}`, want: "/a k1 "},
		"in a path":   {url: "/a/{$write.id}", write: `{"id":"i/1"}`, want: "/a/i%2F1  "},
		"in a body":   {url: "/a", body: "at: $write.acceptedAt key: $write.key->slice(0, 1)", write: `{"key":"k1","acceptedAt":"2026-11-30T12:00:00Z"}`, want: `/a  {"at":"2026-11-30T12:00:00Z","key":"k"}`},
		"or has none": {url: "/a", header: "{$write.key}", fails: "{$write.key} has no value"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			con := &Connector{Method: "POST", URL: mapping.MustTemplate(test.url), Writes: true, Body: mappingOf(test.body), ReadsWrite: true}
			if test.header != "" {
				con.Headers = append(con.Headers, header("X", test.header))
			}
			in := &Inputs{}
			if test.write != "" {
				in.Write = new(valueOf(t, test.write))
			}
			req, err := built(open(t, Source{}, nil, Settings{}).Connect(con), in)
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Errorf("got %v, want %s", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			path := strings.TrimPrefix(req.URL, "https://shop.test")
			if got := path + " " + req.Header.Get("X") + " " + string(req.Body); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
