package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"holdfast/gateway"
)

const (
	modern = "application/graphql-response+json"
	plain  = "application/json"
)

// Every row of GraphQL over HTTP that we keep, and what we refuse beyond it.
func TestTransport(t *testing.T) {
	t.Parallel()
	g, _ := serve(t, gateway.Config{Body: 1000}, map[string]resolver{
		"Query.hello":  always("world"),
		"Mutation.pay": always(object{"id": "1"}),
	})
	get := func(values ...string) *http.Request {
		q := url.Values{}
		for i := 0; i < len(values); i += 2 {
			q.Add(values[i], values[i+1])
		}
		return httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?"+q.Encode(), nil)
	}
	method := func(method string) *http.Request {
		return httptest.NewRequestWithContext(t.Context(), method, "/graphql", nil)
	}
	const hello, world = `{"query":"{hello}"}`, `{"data":{"hello":"world"}}`

	tests := map[string]struct {
		request *http.Request
		status  int
		media   string // "" is plain
		body    string // exactly, unless empty
		message string // a part of the first error
		header  [2]string
	}{
		// which media type
		"without Accept it is JSON":           {request: post(t, hello), status: 200, body: world},
		"an empty Accept is none":             {request: with(post(t, hello), "Accept", " "), status: 200},
		"*/* is JSON":                         {request: post(t, hello, "Accept", "*/*"), status: 200, body: world},
		"application/* is JSON":               {request: post(t, hello, "Accept", "application/*"), status: 200, body: world},
		"JSON is JSON":                        {request: post(t, hello, "Accept", plain), status: 200, body: world},
		"the modern type is used":             {request: post(t, hello, "Accept", modern), status: 200, media: modern, body: world},
		"a browser gets JSON":                 {request: post(t, hello, "Accept", "text/html, */*;q=0.8"), status: 200},
		"what cannot be is 406":               {request: post(t, hello, "Accept", "text/html"), status: 406, message: "speaks"},
		"another charset is 406":              {request: post(t, hello, "Accept", plain+"; charset=latin1"), status: 406},
		"none of it at any price is 406":      {request: post(t, hello, "Accept", "*/*;q=0"), status: 406},
		"a range by name goes before others":  {request: post(t, hello, "Accept", "*/*, "+plain+";q=0"), status: 200, media: modern},
		"a broken quality counts for nothing": {request: post(t, hello, "Accept", modern+";q=2, "+plain+";q=0.1"), status: 200},
		"the better quality wins":             {request: post(t, hello, "Accept", modern+";q=0.5, "+plain), status: 200},
		"what differs by header says so":      {request: post(t, hello), status: 200, header: [2]string{"Vary", "Accept, X-Holdfast-Trace"}},
		"the type of a body is not guessed":   {request: post(t, hello), status: 200, header: [2]string{"X-Content-Type-Options", "nosniff"}},

		// which bodies
		"UTF-8 may be said":             {request: post(t, hello, "Content-Type", plain+"; charset=UTF-8"), status: 200},
		"another charset is 415":        {request: post(t, hello, "Content-Type", plain+"; charset=utf-16"), status: 415},
		"no type is 415":                {request: post(t, hello, "Content-Type", ""), status: 415},
		"text is 415":                   {request: post(t, hello, "Content-Type", "text/plain"), status: 415},
		"a form is 415":                 {request: post(t, "query={hello}", "Content-Type", "application/x-www-form-urlencoded"), status: 415},
		"an upload is 415":              {request: post(t, "--x--", "Content-Type", "multipart/form-data; boundary=x"), status: 415},
		"a compressed body is 415":      {request: post(t, hello, "Content-Encoding", "gzip"), status: 415},
		"no body is 400":                {request: post(t, ""), status: 400, message: "empty"},
		"half a body is 400":            {request: post(t, `{"not`), status: 400, message: "not valid JSON, at byte 5"},
		"trailing bytes are 400":        {request: post(t, hello+`{}`), status: 400, message: "not valid JSON"},
		"a batch is 400":                {request: post(t, "["+hello+"]"), status: 400, message: "batches"},
		"a string is 400":               {request: post(t, `"{hello}"`), status: 400, message: "not a JSON object"},
		"null is 400":                   {request: post(t, `null`), status: 400, message: "not a JSON object"},
		"broken UTF-8 is 400":           {request: post(t, "{\"query\":\"{hello} #\xff\"}"), status: 400, message: "UTF-8"},
		"deep JSON is 400":              {request: post(t, `{"variables":`+strings.Repeat("[", 900)), status: 400},
		"a large body is 413":           {request: post(t, `{"query":"`+strings.Repeat(" ", 1000)+`"}`), status: 413, header: [2]string{"Connection", "close"}},
		"a large body in chunks too":    {request: chunked(post(t, `{"query":"`+strings.Repeat(" ", 1000)+`"}`)), status: 413},
		"no query is 400":               {request: post(t, `{"qeury":"{hello}"}`), status: 400, message: "query is missing"},
		"names are case-sensitive":      {request: post(t, `{"Query":"{hello}"}`), status: 400, message: "query is missing"},
		"extensions may replace it":     {request: post(t, `{"extensions":{"a":1}}`), status: 200, message: "query is missing"},
		"a hash in place of it may not": {request: post(t, `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}`), status: 200, body: `{"errors":[{"message":"PersistedQueryNotSupported","extensions":{"code":"PERSISTED_QUERY_NOT_SUPPORTED"}}]}`},
		"a query must be a string":      {request: post(t, `{"query":["a"]}`), status: 400, message: "query must be a string"},
		"so must an operation's name":   {request: post(t, `{"query":"{hello}","operationName":1}`), status: 400, message: "operationName must be a string"},
		"variables must be an object":   {request: post(t, `{"query":"{hello}","variables":["a"]}`), status: 400, message: "variables must be a JSON object"},
		"so must extensions":            {request: post(t, `{"query":"{hello}","extensions":"a"}`), status: 400, message: "extensions must be a JSON object"},
		"null stands for nothing":       {request: post(t, `{"query":"{hello}","operationName":null,"variables":null,"extensions":null}`), status: 200, body: world},
		"unknown parameters are let be": {request: post(t, `{"query":"{hello}","id":1}`), status: 200, body: world},

		"a parameter twice is 400 here too": {request: post(t, `{"query":"{hello}","query":"{a}"}`), status: 400, message: "the body has a key twice in one object, at byte 19"},
		"a variable twice as well":          {request: post(t, `{"query":"{hello}","variables":{"a":{"b":1,"c":[],"b":2}}}`), status: 400, message: "the body has a key twice"},
		"names may be escaped":              {request: post(t, `{"qu\u0065ry":"{hello}"}`), status: 200, body: world},
		"all that is wrong is said":         {request: post(t, `{"query":1,"variables":true}`), status: 400, message: "the parameter query must be a string; the parameter variables must be a JSON object"},

		// what a status means
		"a parse error is 200 in JSON":           {request: query(t, "{"), status: 200, message: "Expected Name"},
		"and 400 in the modern type":             {request: query(t, "{", "Accept", modern), status: 400, media: modern},
		"a validation error is 200 in JSON":      {request: query(t, "{nope}"), status: 200, message: "Cannot query field"},
		"and 400 in the modern type, too":        {request: query(t, "{nope}", "Accept", modern), status: 400, media: modern},
		"a variable error is 200 in JSON":        {request: query(t, "query($id:ID!){order(id:$id){id}}"), status: 200, message: `Variable "$id" of required type "ID!" was not provided.`},
		"and 400 in the modern type, as well":    {request: query(t, "query($id:ID!){order(id:$id){id}}", "Accept", modern), status: 400, media: modern},
		"an operation not there is 200 in JSON":  {request: post(t, `{"query":"{hello}","operationName":"X"}`), status: 200, message: `operation "X" not found: the only one of the document has no name`},
		"and says which there are":               {request: post(t, `{"query":"query A{hello} query B{hello}","operationName":"X"}`), status: 200, message: `operation "X" not found: the document has "A", "B"`},
		"one of several must be named":           {request: query(t, "query A{hello} query B{hello}"), status: 200, message: `the document has 2 operations, "A", "B": operationName must say which`},
		"what is no token is said":               {request: query(t, "{hello(of: 01)}"), status: 200, message: `Invalid number, unexpected digit after 0: "1".`},
		"and what is no character":               {request: query(t, "{hello ?}"), status: 200, message: `Cannot parse the unexpected character "?".`},
		"null cannot decide":                     {request: post(t, `{"query":"query($s:Boolean=true){hello @skip(if:$s)}","variables":{"s":null}}`), status: 200, message: `Argument "if" of @skip of non-null type "Boolean!" must not be null, as variable "$s" is.`},
		"a variable of another type has no path": {request: post(t, `{"query":"query($i:Int){count(of:$i)}","variables":{"i":"1"}}`), status: 200, body: `{"errors":[{"message":"Variable \"$i\" got an invalid value: Int cannot represent non-integer value: \"1\"","locations":[{"line":1,"column":7}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
		"a literal beyond 32 bits is no Int":     {request: query(t, `{count(of:3000000000)}`), status: 200, message: "Int cannot represent non 32-bit signed integer value: 3000000000"},
		"@defer is unknown":                      {request: query(t, "{... @defer {hello}}"), status: 200, message: `Unknown directive "@defer"`},
		"subscriptions are refused":              {request: query(t, "subscription {ticks}"), status: 200, message: "a subscription has answers that go on"},
		"mutations run":                          {request: query(t, `mutation {pay(order:"1"){id}}`), status: 200, body: `{"data":{"pay":{"id":"1"}}}`},
		"mutations are not stored":               {request: query(t, `mutation {pay(order:"1"){id}}`), status: 200, header: [2]string{"Cache-Control", "no-store"}},
		"large numbers in variables keep digits": {request: post(t, `{"query":"query($n:ID!){order(id:$n){id}}","variables":{"n":12345678901234567890}}`), status: 200, body: `{"data":{"order":null}}`},
		"an object that is null is written so":   {request: query(t, `{order(id:"1"){id}}`), status: 200, body: `{"data":{"order":null}}`},

		// GET
		"GET runs a query":              {request: get("query", "{hello}"), status: 200, body: world},
		"with variables":                {request: get("query", "query($a:Boolean!){hello @include(if:$a)}", "variables", `{"a":true}`), status: 200, body: world},
		"and the modern type":           {request: with(get("query", "{hello}"), "Accept", modern), status: 200, media: modern},
		"without a query it is 400":     {request: get(), status: 400, message: "query is missing"},
		"a variable twice is 400":       {request: get("query", "{hello}", "variables", `{"a":1,"a":2}`), status: 400, message: "the parameter variables has a key twice"},
		"a parameter twice is 400":      {request: get("query", "{hello}", "query", "{a}"), status: 400, message: "more than once"},
		"broken variables are 400":      {request: get("query", "{hello}", "variables", "{"), status: 400, message: "variables"},
		"variables with a tail are 400": {request: get("query", "{hello}", "variables", "{} {}"), status: 400, message: "variables"},
		"a long URL is 414":             {request: get("query", strings.Repeat(" ", 1000)+"{hello}"), status: 414},
		"a mutation by GET is 405":      {request: get("query", `mutation {pay(order:"1"){id}}`), status: 405, header: [2]string{"Allow", "POST"}},
		"a subscription by GET is 405":  {request: get("query", `subscription {ticks}`), status: 405, header: [2]string{"Allow", "POST"}},
		"another site needs a header":   {request: with(get("query", "{hello}"), "Sec-Fetch-Site", "cross-site"), status: 403, message: "Preflight"},
		"a sister site needs it too":    {request: with(get("query", "{hello}"), "Sec-Fetch-Site", "same-site"), status: 403},
		"with the header it may":        {request: with(get("query", "{hello}"), "Sec-Fetch-Site", "cross-site", "GraphQL-Require-Preflight", "1"), status: 200},
		"our own page needs none":       {request: with(get("query", "{hello}"), "Sec-Fetch-Site", "same-origin"), status: 200},

		// other methods
		"PUT is 405":     {request: method(http.MethodPut), status: 405, header: [2]string{"Allow", "GET, POST"}},
		"OPTIONS is 405": {request: method(http.MethodOptions), status: 405, header: [2]string{"Allow", "GET, POST"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := do(t, g, test.request)
			if got.Code != test.status {
				t.Errorf("status %d, want %d; body %s", got.Code, test.status, got.Body)
			}
			media := test.media
			if media == "" {
				media = plain
			}
			if is := got.Header().Get("Content-Type"); is != media+"; charset=utf-8" {
				t.Errorf("Content-Type %q, want %s", is, media)
			}
			if test.body != "" && got.Body.String() != test.body {
				t.Errorf("body %s, want %s", got.Body, test.body)
			}
			if test.message != "" && (len(got.Errors) == 0 || !strings.Contains(got.Errors[0].Message, test.message)) {
				t.Errorf("body %s, want an error with %q", got.Body, test.message)
			}
			if len(got.Errors) > 0 && got.Data == nil && strings.Contains(got.Body.String(), `"data"`) {
				t.Errorf("a request error has data: %s", got.Body)
			}
			if is := got.Header().Get(test.header[0]); is != test.header[1] {
				t.Errorf("%s: %q, want %q", test.header[0], is, test.header[1])
			}
		})
	}
}

// A body that is too large is not read to its end.
func TestLargeBodiesAreNotRead(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	tests := map[string]struct {
		declared int64
		most     int // bytes read
	}{
		"of a known length":    {50 << 20, 0},
		"of an unknown length": {-1, limit + 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := serve(t, gateway.Config{}, nil)
			r := post(t, "")
			body := &endless{}
			r.Body, r.ContentLength = io.NopCloser(body), test.declared
			if got := do(t, g, r); got.Code != http.StatusRequestEntityTooLarge || body.read > test.most {
				t.Errorf("status %d after %d bytes", got.Code, body.read)
			}
		})
	}
}

// endless is a body of spaces, and how many were read.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

// Whatever is posted, the answer is JSON, is not an error of ours, and repeats
// nothing of a body that is not a request.
func FuzzPost(f *testing.F) {
	for _, body := range []string{
		`{"query":"{hello}"}`, `{"query":"{order(id:\"1\"){...F}} fragment F on Order{id}"}`, `[]`, `{"variables":{"a":[1e999]},"query":"query($a:[Int]){hello}"}`,
		`{"query":"query Q($a:Boolean!){hello @skip(if:$a)}","variables":{"a":true},"operationName":"Q"}`, `{"extensions":{}}`, `nul`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		g, _ := serve(t, gateway.Config{}, map[string]resolver{"Query.hello": always("world")})
		got := do(t, g, post(t, body))
		if got.Code >= http.StatusInternalServerError {
			t.Errorf("%d %s", got.Code, got.Body)
		}
		if got.Code == http.StatusBadRequest && len(got.Errors) != 1 {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	})
}

// chunked takes the length from a request, as a client does that streams.
func chunked(r *http.Request) *http.Request {
	r.ContentLength = -1
	return r
}
