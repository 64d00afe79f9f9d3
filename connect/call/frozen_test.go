package call

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
)

// TestWhatIsKeptOfARequest has none of the headers that are made of settings alone, which are others by the time that it is
// sent.
func TestWhatIsKeptOfARequest(t *testing.T) {
	header := func(name, value string) Header { return Header{Name: name, Value: mapping.MustTemplate(value)} }
	source := Source{Request: Request{Headers: []Header{
		header("X-Key", "Token {$config.key}"), header("X-Env", "{$env.KEY}"), header("X-Own", "{$config.key}"), header("X-Plain", "plain"),
		header("X-Theirs", "{$args.id}"),
	}}}
	connector := func(url string) *Connector {
		return &Connector{
			ID: "Mutation.pay", Source: "shop", Method: http.MethodPost, Writes: true, URL: mapping.MustTemplate(url),
			Request: Request{Headers: []Header{
				header("X-Own", "mine"), header("X-Mixed", "{$config.key}-{$args.id}"), header("X-Theirs", "{$config.key}"), header("X-None", "{$($config.none ?? '')}"),
			}},
		}
	}
	in := &Inputs{Args: valueOf(t, `{"id":"5"}`)}
	then := open(t, source, nil, Settings{Config: map[string]any{"key": "old"}, Env: map[string]string{"KEY": "then"}}).Connect(connector("/then"))
	made, err := then.Ask(in)
	if err != nil {
		t.Fatal(err)
	}
	kept := then.Kept(made.Header)
	want := http.Header{"Accept": made.Header["Accept"], "X-Own": {"mine"}, "X-Plain": {"plain"}, "X-Mixed": {"old-5"}}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Error(diff)
	}
	if made.Header.Get("X-Key") != "Token old" {
		t.Error("the request itself has lost a header")
	}

	source.BaseURL = "https://new.test:8443/v2"
	now := open(t, source, nil, Settings{Config: map[string]any{"key": "new"}}).Connect(connector("/now"))
	sent := now.Frozen(in, made.Method, "/then?x=1", kept, []byte("{}"))
	want = want.Clone()
	want["X-Key"], want["X-Theirs"] = []string{"Token new"}, []string{"new"} // and no X-Env, which is not set
	if diff := cmp.Diff(want, sent.Header); diff != "" {
		t.Error(diff)
	}
	if sent.URL != "https://new.test:8443/then?x=1" || sent.Method != http.MethodPost || string(sent.Body) != "{}" || sent.Key != "" {
		t.Errorf("%+v", sent)
	}
}
