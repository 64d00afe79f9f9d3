package call

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

func TestARegistryFindsConnectorsByID(t *testing.T) {
	connector := func(id ID, source string) *Connector {
		return &Connector{ID: id, At: "shop.graphqls:1:1", Source: source, Method: "GET", URL: mapping.MustTemplate("/a")}
	}
	errClosed := errors.New("closed")
	tests := map[string]struct {
		connectors []*Connector
		err        error // of open
		fails      string
	}{
		"all is well":                 {connectors: []*Connector{connector("Query.a", "shop"), connector("b", "shop")}},
		"one of no source":            {connectors: []*Connector{connector("Query.a", "stop")}, fails: `connector Query.a at shop.graphqls:1:1: no source is called "stop"`},
		"two of one ID":               {connectors: []*Connector{connector("b", "shop"), connector("b", "shop")}, fails: "connector b at shop.graphqls:1:1: another one has this ID"},
		"a source that is not opened": {err: errClosed, fails: "closed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := NewRegistry([]Source{{Name: "shop"}}, test.connectors, func(s Source) (*API, error) {
				if test.err != nil {
					return nil, test.err
				}
				return open(t, s, nil, Settings{}), nil
			})
			if test.fails != "" {
				if err == nil || err.Error() != test.fails {
					t.Errorf("got %v, want %s", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range test.connectors {
				if o := r.Connector(c.ID); o == nil || o.Connector != c || o.API != r.Source("shop") {
					t.Errorf("%s is %+v", c.ID, o)
				}
			}
			if r.Connector("c") != nil || r.Source("stop") != nil {
				t.Error("there is what was not given")
			}
		})
	}
}

// The text of a key is golden: another one makes a miss of everything that is remembered, also in an outage right
// after an upgrade.
func TestTheTextOfKeysStays(t *testing.T) {
	o, in := warm(t)
	r, err := o.Ask(in)
	if err != nil {
		t.Fatal(err)
	}
	const want = "\x04shop@e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" + "\x03GET" +
		"Lhttps://shop.test/v1/customers/5/orders?expand=lines&per_page=20&status=open" +
		"\x02\x06Accept\x01\x20\x34\x96\x53\x96\x96\xf9\xe8\x3d\x93\x1e\x56\xf4\xea\xa9\xd1\x74\xcd\xde\xf3\x5f\x85\x65\x2f\xf1\xd7\x74\x3e\x74\xea\xb5\x2e\x8d" +
		"\tX-Version\x01\x20\x4e\x07\x40\x85\x62\xbe\xdb\x8b\x60\xce\x05\xc1\xde\xcf\xe3\xad\x16\xb7\x22\x30\x96\x7d\xe0\x1f\x64\x0b\x7e\x47\x29\xb4\x9f\xce" + "\x00"
	if r.Key != want {
		t.Errorf("got  %q\nwant %q", r.Key, want)
	}
	keys := []Key{`{"id":"1"}`}
	c := o.API.Connect(&Connector{ID: "Customer", Method: "GET", Batch: 2, URL: mapping.MustTemplate("/customers?ids={$batch.id->first}")})
	b, err := c.AskBatch(&Inputs{}, keys)
	if err != nil {
		t.Fatal(err)
	}
	const inputs = `"GET" "https://shop.test/v1/customers?ids=0" map["Accept":["application/json, text/plain;q=0.9"] "X-Version":["3"]] ""`
	if sum := sha256.Sum256([]byte(inputs)); b.Inputs != string(sum[:]) || b.Connector != "Customer" || b.Max != 2 || len(b.Keys) != 1 || b.Keys[0] != string(keys[0]) {
		t.Errorf("got %+v", b)
	}
}

// What goes into a batch besides keys tells batches apart, and is found once where it is always the same.
func TestOtherInputsOfABatch(t *testing.T) {
	api := open(t, Source{}, nil, Settings{})
	const ids = `/customers?ids={$batch.id->joinNotNull(",")}`
	mine := api.Connect(&Connector{
		ID: "mine", Method: "GET", URL: mapping.MustTemplate(ids), Callers: []string{"$request.headers.x-tenant"},
		Request: Request{Headers: []Header{{Name: "X-Tenant", From: "x-tenant"}}},
	})
	ours := api.Connect(&Connector{ID: "ours", Method: "GET", URL: mapping.MustTemplate(ids)})
	ask := func(o *Opened, tenant string, key Key) *upstreams.Batch {
		t.Helper()
		b, err := o.AskBatch(&Inputs{Caller: &Caller{Header: map[string][]string{"X-Tenant": {tenant}}}}, []Key{key, `{"id":"more"}`})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	a, b := ask(mine, "a", `{"id":"1"}`), ask(mine, "b", `{"id":"1"}`)
	if a.Inputs == b.Inputs || a.Scope == b.Scope {
		t.Errorf("callers share %q of %q", a.Inputs, a.Scope)
	}
	c, d, e := ask(ours, "a", `{"id":"1"}`), ask(ours, "b", `{"id":"2"}`), ask(ours, "b", `{"id":3}`)
	if c.Inputs != d.Inputs || c.Scope != "" || c.Inputs != e.Inputs {
		t.Errorf("nothing depends on callers and keys: %q, %q, %q", c.Inputs, d.Inputs, e.Inputs)
	}
	built, err := c.Build([]string{`{"id":"1"}`, `{"id":"2"}`})
	if err != nil || built.URL != "https://shop.test/customers?ids=1%2C2" {
		t.Errorf("built %+v, %v", built, err)
	}
	none := api.Connect(&Connector{ID: "Query.x", Method: "GET", URL: mapping.MustTemplate("/c/{$batch.none->first}/x")})
	if _, err := none.AskBatch(&Inputs{}, []Key{`{"id":"1"}`}); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("one that cannot be made: %v", err)
	}
}

// What callers send may be secret, and so may what a header or a body is made of: nothing of it can be read in what is
// kept with an answer.
func TestNoSecretIsInWhatIsKeptWithAnAnswer(t *testing.T) {
	const canary = "CANARY"
	api := open(t, Source{}, nil, Settings{Env: map[string]string{"KEY": canary + "-env"}})
	in := &Inputs{Caller: &Caller{Header: map[string][]string{"Authorization": {"Bearer " + canary}}}}
	one := Connector{
		ID: "Query.a", Method: "POST", URL: mapping.MustTemplate("/a"), Callers: []string{"$request.headers.authorization"},
		Request: Request{
			Headers: []Header{
				{Name: "X-Caller", From: "authorization"},
				{Name: "X-Key", Value: mapping.MustTemplate("{$env.KEY}")},
			},
		},
		Body: mapping.MustParse("key: $env.KEY"),
	}
	r, err := api.Connect(&one).Ask(in)
	if err != nil {
		t.Fatal(err)
	}
	several := one
	several.URL, several.Batch = mapping.MustTemplate("/a?ids={$batch.id->first}"), 2
	b, err := api.Connect(&several).AskBatch(in, []Key{`{"id":"1"}`})
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"key": r.Key, "scope": r.Scope, "inputs of a batch": b.Inputs, "scope of a batch": b.Scope} {
		if text == "" || strings.Contains(text, canary) {
			t.Errorf("the %s is %q", what, text)
		}
	}
	if built := new(upstreams.Request); r.Builder.Build(built) != nil || !strings.Contains(string(built.Body), canary) || built.Header.Get("X-Caller") == "" {
		t.Errorf("they are not sent: %+v", built)
	}
}
