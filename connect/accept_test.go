package connect

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// a reply of a type; status 200 unless it is given.
func reply(status int, contentType, body string) upstreams.Reply {
	h := http.Header{}
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	return upstreams.Reply{Status: status, Header: h, Body: []byte(body)}
}

// text is a connector that maps an answer to a nullable String.
func textConnector() *Connector[*string] {
	return &Connector[*string]{
		Call: Call{ID: "Query.x", Nullable: true},
		Map:  func(m *Mapper, in Value) *string { return Want(m.Answer(), "", in, String) },
	}
}

func TestAnswersByTypeAndStatus(t *testing.T) {
	const html, json, plain = "text/html; charset=utf-8", "application/json", "text/plain"
	tests := map[string]struct {
		status      int
		contentType string
		body        string

		strict                 bool   // null may not stand for "not there"
		writes                 bool   // it is a write
		sourceSuccess, success string // isSuccess

		want string         // "null" for nil
		kind upstreams.Kind // of the error
	}{
		"JSON":                              {contentType: json, body: `"a"`, want: "a"},
		"JSON with parameters":              {contentType: "application/json; charset=utf-8", body: `"a"`, want: "a"},
		"JSON of another tree":              {contentType: "text/json", body: `"a"`, want: "a"},
		"JSON with a suffix":                {contentType: "application/problem+json", body: `"a"`, want: "a"},
		"no type is JSON":                   {body: `"a"`, want: "a"},
		"JSON that is none":                 {contentType: json, body: `<p>`, kind: upstreams.Contract},
		"JSON that is cut off":              {contentType: json, body: `"a`, kind: upstreams.Contract},
		"two values":                        {contentType: json, body: `"a" "b"`, kind: upstreams.Contract},
		"a text":                            {contentType: plain, body: `a`, want: "a"},
		"a text in UTF-8":                   {contentType: plain + "; charset=UTF-8", body: `é`, want: "é"},
		"a text in Latin-1":                 {contentType: plain + "; charset=ISO-8859-1", body: "\xe9", want: "é"},
		"a text in something else":          {contentType: plain + "; charset=utf-16", body: "\xe9a", kind: upstreams.Contract},
		"a text that is not UTF-8":          {contentType: plain, body: "\xe9", kind: upstreams.Contract},
		"an empty body is null":             {contentType: html, want: "null"},
		"an empty body of any status":       {status: 204, want: "null"},
		"HTML":                              {contentType: html, body: `<p>`, kind: upstreams.Contract},
		"a type that is none":               {contentType: ";;", body: `"a"`, kind: upstreams.Contract},
		"another shape":                     {contentType: json, body: `{}`, kind: upstreams.Contract},
		"null":                              {contentType: json, body: `null`, want: "null"},
		"the API is down":                   {status: 503, contentType: html, body: `<p>`, kind: upstreams.Unavailable},
		"it is asked too often":             {status: 429, contentType: json, body: `{}`, kind: upstreams.Unavailable},
		"it says no":                        {status: 403, contentType: json, body: `{}`, kind: upstreams.Refused},
		"it says no in HTML":                {status: 403, contentType: html, body: `<p>`, kind: upstreams.Refused},
		"a redirect":                        {status: 302, contentType: html, body: `<p>`, kind: upstreams.Refused},
		"not there":                         {status: 404, contentType: json, body: `{"error":"no"}`, want: "null"},
		"not there, in a word":              {status: 404, contentType: plain, body: `no`, want: "null"},
		"not there, without a word":         {status: 404, want: "null"},
		"gone":                              {status: 410, want: "null"},
		"not there, in HTML":                {status: 404, contentType: html, body: `<p>`, kind: upstreams.Contract},
		"not there, in broken JSON":         {status: 404, contentType: json, body: `<p>`, kind: upstreams.Contract},
		"not there where null may not be":   {status: 404, strict: true, contentType: json, body: `{}`, kind: upstreams.Refused},
		"HTML where null may not be":        {status: 404, strict: true, contentType: html, body: `<p>`, kind: upstreams.Refused},
		"what is written to is not there":   {status: 404, writes: true, contentType: json, body: `{}`, kind: upstreams.Refused},
		"isSuccess says yes":                {contentType: json, body: `"a"`, success: `$->eq("a")`, want: "a"},
		"isSuccess says no":                 {contentType: json, body: `"a"`, success: `$->eq("b")`, kind: upstreams.Refused},
		"isSuccess says yes to a 404":       {status: 404, contentType: json, body: `"a"`, success: `$status->eq(404)`, want: "a"},
		"isSuccess says yes to a 503":       {status: 503, contentType: json, body: `"a"`, success: `$(true)`, want: "a"},
		"isSuccess says no to a 503":        {status: 503, contentType: json, body: `"a"`, success: `$(false)`, kind: upstreams.Unavailable},
		"isSuccess is no boolean":           {contentType: json, body: `"a"`, success: `$("true")`, kind: upstreams.Refused},
		"isSuccess is missing":              {contentType: json, body: `"a"`, success: `$.nothing`, kind: upstreams.Refused},
		"a 404 that isSuccess does not let": {status: 404, contentType: json, body: `"a"`, success: `$status->eq(200)`, kind: upstreams.Refused},
		"isSuccess cannot save HTML":        {contentType: html, body: `<p>`, success: `$(true)`, kind: upstreams.Contract},
		"nor with a status":                 {status: 500, contentType: html, body: `<p>`, success: `$(true)`, kind: upstreams.Contract},
		"the source's isSuccess":            {contentType: json, body: `"a"`, sourceSuccess: `$(false)`, kind: upstreams.Refused},
		"is replaced by the connector's":    {contentType: json, body: `"a"`, sourceSuccess: `$(false)`, success: `$(true)`, want: "a"},
		"and makes a 404 a plain no":        {status: 404, contentType: json, body: `"a"`, sourceSuccess: `$status->eq(200)`, kind: upstreams.Refused},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.status == 0 {
				test.status = 200
			}
			api := open(t, Source{Result: Result{IsSuccess: mappingOf(test.sourceSuccess)}}, nil, Settings{})
			c := textConnector()
			c.Nullable, c.Writes, c.IsSuccess = !test.strict, test.writes, mappingOf(test.success)
			v, err := accept(api, c, mapping.Vars{})(reply(test.status, test.contentType, test.body))
			if test.kind != 0 {
				e, ok := errors.AsType[*upstreams.Error](err)
				if !ok || e.Kind != test.kind || e.Status != test.status {
					t.Fatalf("got %v, %v, want an error of kind %s", v, err, test.kind)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := "null"
			if m, ok := v.(*mapped[*string]); ok && m.value != nil {
				got = *m.value
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestWhatErrorsTell(t *testing.T) {
	const body = `{"error":{"message":"no money","code":"card_declined","n":1.50},"list":[1]}`
	tests := map[string]struct {
		source, connector Result
		body, contentType string

		message    string
		extensions string // as JSON
	}{
		"nothing is told unasked": {},
		"the connector's message": {
			source: Result{Message: mappingOf(`$("source")`)}, connector: Result{Message: mappingOf("error.message")}, message: "no money",
		},
		"else the source's":   {source: Result{Message: mappingOf("error.message")}, message: "no money"},
		"one that is no text": {connector: Result{Message: mappingOf("list")}},
		"one that is missing": {source: Result{Message: mappingOf(`$("s")`)}, connector: Result{Message: mappingOf("nothing")}},
		"the status is known": {connector: Result{Message: mappingOf(`$($status)->toString`)}, message: "402"},
		"so are the headers":  {connector: Result{Message: mappingOf(`$response.headers.'x-why'->first`)}, message: "because"},
		"a body that is HTML": {connector: Result{Message: mappingOf("error.message")}, body: "<p>", contentType: "text/html"},
		"extensions are merged": {
			source:     Result{Extensions: mappingOf(`reason: error.code kept: $(1) code: $("A")`)},
			connector:  Result{Extensions: mappingOf(`reason: $("mine") n: error.n code: $("B")`)},
			extensions: `{"code":"B","kept":1,"n":1.50,"reason":"mine"}`,
		},
		"extensions that are no object": {connector: Result{Extensions: mappingOf("$.list")}},
		"a code that is no text": {
			source:     Result{Extensions: mappingOf(`code: $("A")`)},
			connector:  Result{Extensions: mappingOf(`code: $(1) a: $(1)`)},
			extensions: `{"a":1,"code":"A"}`,
		},
		"a code that is empty": {connector: Result{Extensions: mappingOf(`code: $("")`)}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			api := open(t, Source{Result: test.source}, nil, Settings{})
			c := textConnector()
			c.Result = test.connector
			r := reply(http.StatusPaymentRequired, "application/json", body)
			if test.contentType != "" {
				r = reply(http.StatusPaymentRequired, test.contentType, test.body)
			}
			r.Header.Set("X-Why", "because")
			_, err := accept(api, c, mapping.Vars{})(r)
			e, ok := errors.AsType[*upstreams.Error](err)
			if !ok || e.Kind != upstreams.Refused || e.Message != test.message {
				t.Fatalf("got %#v", err)
			}
			want := map[string]any(nil)
			if test.extensions != "" {
				want, _ = valueOf(t, test.extensions).Any().(map[string]any)
			}
			if diff := cmp.Diff(want, e.Extensions); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
