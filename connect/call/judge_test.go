package call

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

// textConnector yields a nullable String.
func textConnector() *Connector {
	return &Connector{ID: "Query.x", Method: http.MethodGet, URL: mapping.MustTemplate("/a"), Nullable: true}
}

// textOf is the text that an answer is, or has under a key; nil for null, and for what is not there.
func textOf(o *Opened, key string) func(upstreams.Reply) (any, error) {
	return func(r upstreams.Reply) (any, error) {
		in, _, err := o.Judge(&Inputs{}, r)
		if errors.Is(err, ErrNotThere) {
			return (*string)(nil), nil
		}
		if err != nil {
			return nil, err
		}
		if key != "" {
			in = in.Key(key)
		}
		text, ok := in.Str()
		switch {
		case ok:
			return &text, nil
		case in.IsNull():
			return (*string)(nil), nil
		}
		return nil, Unusable(r.Status, errors.New("no text"))
	}
}

func TestAnswersByTypeAndStatus(t *testing.T) {
	const html, json, plain = "text/html; charset=utf-8", "application/json", "text/plain"
	tests := map[string]struct {
		status      int
		contentType string
		body        string

		key                    string // of the text in the body; "" if it is the body
		noBody                 bool   // nothing of the body is read
		strict                 bool   // null may not stand for "not there"
		writes                 bool   // it is a write
		sourceSuccess, success string // isSuccess

		want string         // "null" for nil
		kind upstreams.Kind // of the error
	}{
		"JSON":                               {contentType: json, body: `"a"`, want: "a"},
		"JSON with parameters":               {contentType: "application/json; charset=utf-8", body: `"a"`, want: "a"},
		"JSON of another tree":               {contentType: "text/json", body: `"a"`, want: "a"},
		"JSON with a suffix":                 {contentType: "application/problem+json", body: `"a"`, want: "a"},
		"no type is JSON":                    {body: `"a"`, want: "a"},
		"JSON that is none":                  {contentType: json, body: `<p>`, kind: upstreams.Contract},
		"JSON that is cut off":               {contentType: json, body: `"a`, kind: upstreams.Contract},
		"JSON of any tree":                   {contentType: "image/json", body: `"a"`, want: "a"},
		"JSON with another suffix":           {contentType: "application/vnd.api+json; v=1", body: `"a"`, want: "a"},
		"JSON with a broken parameter":       {contentType: "application/json; charset", body: `"a"`, want: "a"},
		"a key twice: the last wins":         {contentType: json, body: `{"a":"x","a":"b"}`, key: "a", want: "b"},
		"blanks are no JSON":                 {contentType: json, body: ` `, kind: upstreams.Contract},
		"two values":                         {contentType: json, body: `"a" "b"`, kind: upstreams.Contract},
		"a text":                             {contentType: plain, body: `a`, want: "a"},
		"a text in UTF-8":                    {contentType: plain + "; charset=UTF-8", body: `é`, want: "é"},
		"a text in Latin-1":                  {contentType: plain + "; charset=ISO-8859-1", body: "\xe9", want: "é"},
		"a text in a charset of the East":    {contentType: plain + "; charset=shift_jis", body: "\x83\x65", want: "テ"},
		"a text in a charset nobody knows":   {contentType: plain + "; charset=ebcdic", body: "a", want: "a"},
		"a text in Windows's Latin":          {contentType: plain + "; charset=windows-1252", body: "\x80 \xe9\x99", want: "€ é™"},
		"a text that is not UTF-8":           {contentType: plain, body: "\xe9", want: "\ufffd"},
		"JSON that is not UTF-8":             {contentType: json, body: "\"\xe9\"", want: "\ufffd"},
		"JSON in Latin-1":                    {contentType: json + "; charset=ISO-8859-1", body: "\"\xe9\"", want: "é"},
		"JSON with a byte order mark":        {contentType: json, body: "\ufeff\"a\"", want: "a"},
		"JSON in UTF-16, unsaid":             {contentType: json, body: "\"\x00a\x00\"\x00", want: "a"},
		"JSON in UTF-16 with its mark":       {contentType: json, body: "\xfe\xff\x00\"\x00a\x00\"", want: "a"},
		"JSON in UTF-16, said":               {contentType: json + "; charset=utf-16le", body: "\"\x00a\x00\"\x00", want: "a"},
		"JSON with half a surrogate pair":    {contentType: json, body: `"a\ud83d"`, want: "a\ufffd"},
		"JSON that says it is HTML":          {contentType: html, body: `"a"`, kind: upstreams.Contract},
		"an empty body is null":              {contentType: html, want: "null"},
		"an empty body of any status":        {status: 204, want: "null"},
		"HTML":                               {contentType: html, body: `<p>`, kind: upstreams.Contract},
		"a type that is none":                {contentType: ";;", body: `"a"`, kind: upstreams.Contract},
		"another shape":                      {contentType: json, body: `{}`, kind: upstreams.Contract},
		"null":                               {contentType: json, body: `null`, want: "null"},
		"the API is down":                    {status: 503, contentType: html, body: `<p>`, kind: upstreams.Unavailable},
		"it is asked too often":              {status: 429, contentType: json, body: `{}`, kind: upstreams.Unavailable},
		"it says no":                         {status: 403, contentType: json, body: `{}`, kind: upstreams.Refused},
		"a page in place of a no":            {status: 403, contentType: html, body: `<p>`, kind: upstreams.Contract},
		"a redirect":                         {status: 302, contentType: html, body: `<p>`, kind: upstreams.Contract},
		"not there":                          {status: 404, contentType: json, body: `{"error":"no"}`, want: "null"},
		"not there, in a word":               {status: 404, contentType: plain, body: `no`, want: "null"},
		"not there, without a word":          {status: 404, want: "null"},
		"gone":                               {status: 410, want: "null"},
		"not there, in HTML":                 {status: 404, contentType: html, body: `<p>`, kind: upstreams.Contract},
		"not there, in broken JSON":          {status: 404, contentType: json, body: `<p>`, kind: upstreams.Contract},
		"not there where null may not be":    {status: 404, strict: true, contentType: json, body: `{}`, kind: upstreams.Refused},
		"HTML where null may not be":         {status: 404, strict: true, contentType: html, body: `<p>`, kind: upstreams.Contract},
		"what is written to is not there":    {status: 404, writes: true, contentType: json, body: `{}`, kind: upstreams.Refused},
		"a page nobody reads":                {contentType: html, body: `<p>`, noBody: true, want: "null"},
		"and that isSuccess takes":           {contentType: html, body: `<p>`, noBody: true, success: `$status->eq(200)`, want: "null"},
		"and that isSuccess does not take":   {contentType: html, body: `<p>`, noBody: true, success: `$status->eq(201)`, kind: upstreams.Refused},
		"JSON that is none and nobody reads": {contentType: json, body: `<p>`, noBody: true, kind: upstreams.Contract},
		"a page nobody reads, of a failure":  {status: 500, contentType: html, body: `<p>`, noBody: true, kind: upstreams.Unavailable},
		"not there, in a page nobody reads":  {status: 404, contentType: html, body: `<p>`, noBody: true, kind: upstreams.Contract},
		"isSuccess says yes":                 {contentType: json, body: `"a"`, success: `$->eq("a")`, want: "a"},
		"isSuccess says no":                  {contentType: json, body: `"a"`, success: `$->eq("b")`, kind: upstreams.Refused},
		"isSuccess says yes to a 404":        {status: 404, contentType: json, body: `"a"`, success: `$status->eq(404)`, want: "a"},
		"isSuccess says yes to a 503":        {status: 503, contentType: json, body: `"a"`, success: `$(true)`, want: "a"},
		"isSuccess says no to a 503":         {status: 503, contentType: json, body: `"a"`, success: `$(false)`, kind: upstreams.Unavailable},
		"isSuccess is no boolean":            {contentType: json, body: `"a"`, success: `$("true")`, kind: upstreams.Refused},
		"isSuccess is missing":               {contentType: json, body: `"a"`, success: `$.nothing`, kind: upstreams.Refused},
		"a half of isSuccess is missing":     {contentType: json, body: `{"a":"x","ok":true}`, key: "a", success: `$.ok->and($.verified)`, kind: upstreams.Refused},
		"a half of isSuccess is null":        {contentType: json, body: `{"a":"x","ok":true,"verified":null}`, key: "a", success: `$.ok->and($.verified)`, kind: upstreams.Refused},
		"the first half is missing":          {contentType: json, body: `{"a":"x","verified":true}`, key: "a", success: `$.ok->and($.verified)`, kind: upstreams.Refused},
		"an inner comparison is missing":     {contentType: json, body: `{"a":"x","ok":true}`, key: "a", success: `$.ok->and($.errors->size->eq(0))`, kind: upstreams.Refused},
		"both halves of isSuccess say yes":   {contentType: json, body: `{"a":"x","ok":true,"verified":true}`, key: "a", success: `$.ok->and($.verified)`, want: "x"},
		"one half of isSuccess is enough":    {contentType: json, body: `{"a":"x","ok":true}`, key: "a", success: `$.ok->or($.verified)`, want: "x"},
		"but not one that is missing":        {contentType: json, body: `{"a":"x","ok":false}`, key: "a", success: `$.ok->or($.verified)`, kind: upstreams.Refused},
		"a 404 that isSuccess does not let":  {status: 404, contentType: json, body: `"a"`, success: `$status->eq(200)`, kind: upstreams.Refused},
		"isSuccess cannot save HTML":         {contentType: html, body: `<p>`, success: `$(true)`, kind: upstreams.Contract},
		"nor with a status":                  {status: 500, contentType: html, body: `<p>`, success: `$(true)`, kind: upstreams.Contract},
		"the source's isSuccess":             {contentType: json, body: `"a"`, sourceSuccess: `$(false)`, kind: upstreams.Refused},
		"is replaced by the connector's":     {contentType: json, body: `"a"`, sourceSuccess: `$(false)`, success: `$(true)`, want: "a"},
		"and makes a 404 a plain no":         {status: 404, contentType: json, body: `"a"`, sourceSuccess: `$status->eq(200)`, kind: upstreams.Refused},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.status == 0 {
				test.status = 200
			}
			api := open(t, Source{Result: Result{IsSuccess: mappingOf(test.sourceSuccess)}}, nil, Settings{})
			c := textConnector()
			c.Nullable, c.Writes, c.IsSuccess, c.NoBody = !test.strict, test.writes, mappingOf(test.success), test.noBody
			v, err := textOf(api.Connect(c), test.key)(reply(test.status, test.contentType, test.body))
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
			if text, ok := v.(*string); ok && text != nil {
				got = *text
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// What isSuccess refuses of a good status counts as failed, so that an old answer
// may stand in; what a status refuses does not.
func TestWhichRefusalsAreFailures(t *testing.T) {
	tests := map[string]struct {
		status  int
		success string
		reason  upstreams.Reason
	}{
		"a good status that isSuccess refuses":   {200, `$(false)`, upstreams.ReasonContract},
		"a bad one that it refuses":              {409, `$(false)`, ""},
		"a forbidden one that it refuses":        {403, `$.ok`, ""},
		"a bad one without isSuccess":            {422, ``, ""},
		"a redirect that isSuccess refuses, too": {302, `$(false)`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := textConnector()
			c.IsSuccess = mappingOf(test.success)
			_, err := textOf(open(t, Source{}, nil, Settings{}).Connect(c), "")(reply(test.status, "application/json", `"a"`))
			e, ok := errors.AsType[*upstreams.Error](err)
			if !ok || e.Kind != upstreams.Refused || e.Reason != test.reason || e.Outage() != (test.reason != "") {
				t.Errorf("got %#v, want the reason %q", err, test.reason)
			}
		})
	}
}

func TestProblemsOfAnswersAreCountedWithoutValues(t *testing.T) {
	tests := map[string]struct {
		result Result
		status int
		body   string
		want   string
	}{
		"isSuccess that is no boolean":  {Result{IsSuccess: mappingOf(`$("secret")`)}, 200, `{}`, "isSuccess: no boolean"},
		"isSuccess that is missing":     {Result{IsSuccess: mappingOf(`$.nothing`)}, 200, `{}`, "isSuccess: no boolean"},
		"a message that is no text":     {Result{Message: mappingOf(`$.n`)}, 500, `{"n":4711}`, "errors.message: no text"},
		"a message that is missing":     {Result{Message: mappingOf(`$.n`)}, 500, `{}`, "errors.message: no text"},
		"a message that is empty":       {Result{Message: mappingOf(`$.n`)}, 500, `{"n":""}`, "errors.message: no text"},
		"extensions that are no object": {Result{Extensions: mappingOf(`$.n`)}, 500, `{"n":[4711]}`, "errors.extensions: no object"},
		"extensions that are missing":   {Result{Extensions: mappingOf(`$.n`)}, 500, `{}`, "errors.extensions: no object"},
		"a code that is no text":        {Result{Extensions: mappingOf(`code: n`)}, 500, `{"n":4711}`, "errors.extensions.code: no text"},
		"a key twice":                   {Result{}, 200, `{"n":1,"n":4711}`, "response: a key more than once"},
		"nothing wrong":                 {Result{Message: mappingOf(`$.n`), IsSuccess: mappingOf(`$(false)`)}, 200, `{"n":"a"}`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := open(t, Source{}, nil, Settings{})
			con := &Connector{ID: "Query.x", Result: test.result}
			_, _, _ = a.Connect(con).Judge(&Inputs{}, reply(test.status, "application/json", test.body))
			want := map[string]uint64(nil)
			if test.want != "" {
				want = map[string]uint64{test.want: 1}
			}
			if diff := cmp.Diff(want, a.Status().Connectors["Query.x"].Drift); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
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
		"else the source's": {source: Result{Message: mappingOf("error.message")}, message: "no money"},
		"which is not asked where the connector's fails": {
			source: Result{Message: mappingOf("error.message")}, connector: Result{Message: mappingOf("$.nothing")},
			message: "Request failed",
		},
		"one that is empty":   {connector: Result{Message: mappingOf(`$("")`)}, message: "Request failed"},
		"one that is no text": {connector: Result{Message: mappingOf("list")}, message: "Request failed"},
		"the status is known": {connector: Result{Message: mappingOf(`$($status)->toString`)}, message: "402"},
		"so are the headers":  {connector: Result{Message: mappingOf(`$response.headers.'x-why'->first`)}, message: "because"},
		"a body that is HTML": {connector: Result{Message: mappingOf("error.message")}, body: "<p>", contentType: "text/html", message: "Request failed"},
		"extensions are merged": {
			source:     Result{Extensions: mappingOf(`reason: error.code kept: $(1) code: $("A")`)},
			connector:  Result{Extensions: mappingOf(`reason: $("mine") n: error.n code: $("B")`)},
			extensions: `{"code":"B","kept":1,"n":1.50,"reason":"mine"}`,
		},
		"shallowly": {
			source:     Result{Extensions: mappingOf(`o: $({a: 1, b: 2})`)},
			connector:  Result{Extensions: mappingOf(`o: $({b: 3})`)},
			extensions: `{"o":{"b":3}}`,
		},
		"extensions that are no object": {connector: Result{Extensions: mappingOf("$.list")}},
		"which leave the source's": {
			source: Result{Extensions: mappingOf(`a: $(1)`)}, connector: Result{Extensions: mappingOf("$.list")}, extensions: `{"a":1}`,
		},
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
			_, err := textOf(api.Connect(c), "")(r)
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
