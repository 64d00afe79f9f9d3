package call

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/cache"
	"holdfast/connect/mapping"
	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/upstreamtest"
)

// readWith reads by o what accept makes of it.
func readWith(t *testing.T, o *Opened, accept func(upstreams.Reply) (any, error)) (*upstreams.Answer, error) {
	t.Helper()
	r, err := o.Ask(&Inputs{})
	if err != nil {
		return nil, err
	}
	r.Accept = accept
	return o.API.Read(t.Context(), r)
}

// An API that answers 200 with an error is covered by what it said before, which
// the error does not replace.
func TestAnAnswerThatIsSuccessRefusesIsCoveredAndNotRemembered(t *testing.T) {
	api := upstreamtest.Play(
		upstreamtest.Answer(200, `{"ok":true,"v":"good"}`), upstreamtest.Answer(200, `{"ok":false,"why":"maintenance"}`))
	a := open(t, Source{Result: Result{IsSuccess: mappingOf("$.ok"), Message: mappingOf("$.why")}}, api, Settings{})
	o := a.Connect(textConnector())
	for i, state := range []upstreams.State{"FRESH", "STANDING_IN", "STANDING_IN"} {
		answer, err := readWith(t, o, textOf(o, "v"))
		if err != nil || answer.State != state {
			t.Fatalf("answer %d: %+v, %v, want %s", i, answer, err, state)
		}
		text, ok := answer.Value.(*string)
		if !ok || *text != "good" || i > 0 && answer.Reason != upstreams.ReasonContract {
			t.Errorf("answer %d: %+v", i, answer)
		}
	}
	other := textConnector()
	other.URL = mapping.MustTemplate("/never-asked")
	o = a.Connect(other)
	_, err := readWith(t, o, textOf(o, "v"))
	if e, ok := errors.AsType[*upstreams.Error](err); !ok || e.Kind != upstreams.Refused || e.Message != "maintenance" {
		t.Errorf("without an old answer: %v", err)
	}
}

func TestJSONAlways(t *testing.T) {
	for _, contentType := range []string{"text/html", "text/javascript; charset=utf-8", "application/octet-stream", "text/plain", "application/json", ""} {
		a := openAs(t, Source{}, upstreams.Config{JSON: "always"}, upstreamtest.Play(upstreamtest.Answer(200, "\ufeff\"a\"", "Content-Type", contentType)), Settings{})
		o := a.Connect(textConnector())
		got, err := readWith(t, o, textOf(o, ""))
		if err != nil {
			t.Errorf("%q: %v", contentType, err)
			continue
		}
		if text, ok := got.Value.(*string); !ok || *text != "a" {
			t.Errorf("%q: got %v", contentType, got.Value)
		}
	}
}

// What is remembered outlives the settings: one answer, which is fresh, is judged and mapped with some, with others, and
// with the first again.
func TestARememberedAnswerIsReadByTheSettingsOfToday(t *testing.T) {
	answers, err := cache.New(cache.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answers.Close(context.Background()) })
	fresh := upstreams.Config{Name: "shop", Cache: upstreams.Lifetimes{Policy: freshness.Policy{Fresh: new(time.Hour)}}}
	vendor := upstreamtest.Play(upstreamtest.Answer(200, `{"name":"a","state":"ok"}`))
	read := func(selection, isSuccess string, set Settings) (string, error) {
		t.Helper()
		client := upstreams.New(fresh, answers, vendor)
		defer func() { _ = client.Close(t.Context()) }()
		a, err := Source{Name: "shop", BaseURL: "https://shop.test"}.Open(client, set)
		if err != nil {
			t.Fatal(err)
		}
		c := textConnector()
		c.IsSuccess, c.Hash = mappingOf(isSuccess), selection
		o := a.Connect(c)
		answer, err := readWith(t, o, func(r upstreams.Reply) (any, error) {
			in, vars, err := o.Judge(&Inputs{}, r)
			if err != nil {
				return nil, err
			}
			text, _ := mapping.MustParse(selection).Apply(in, vars).Value.Str()
			return text, nil
		})
		if err != nil {
			return "", err
		}
		text, _ := answer.Value.(string)
		return text, nil
	}
	for _, step := range []struct{ prefix, want string }{{"x", "x-a"}, {"y", "y-a"}, {"x", "x-a"}} {
		got, err := read("$([$config.prefix, $.name])->joinNotNull('-')", "", Settings{Config: map[string]any{"prefix": step.prefix}})
		if err != nil || got != step.want {
			t.Errorf("with %s: got %v, %v", step.prefix, got, err)
		}
		got, err = read("$([$env.PREFIX, $.name])->joinNotNull('-')", "", Settings{Env: map[string]string{"PREFIX": step.prefix}})
		if err != nil || got != step.want {
			t.Errorf("with %s of the environment: got %v, %v", step.prefix, got, err)
		}
	}
	if n := vendor.Calls(); n != 1 {
		t.Errorf("%d calls for one answer that is fresh", n)
	}
	if _, err := read("$.name", "$.state->eq($config.good)", Settings{Config: map[string]any{"good": "ok"}}); err != nil {
		t.Error(err)
	}
	if got, err := read("$.name", "$.state->eq($config.good)", Settings{Config: map[string]any{"good": "fine"}}); err == nil {
		t.Errorf("it is no success any more: got %v", got)
	}
}

func TestWhichHeadersOfTheCallerAnAnswerDependsOn(t *testing.T) {
	tests := map[string]struct{ callers, forward, want []string }{
		"nothing of the caller":              {},
		"a header":                           {callers: []string{"$request.headers.x-tenant"}, want: []string{"X-Tenant"}},
		"two, and a credential that goes on": {callers: []string{"$request.headers.accept-language", "$request.headers.x-tenant"}, forward: []string{"authorization"}, want: []string{"Accept-Language", "X-Tenant", "authorization"}},
		"a credential that goes on":          {forward: []string{"Authorization", "Cookie"}, want: []string{"Authorization", "Cookie"}},
		"all headers":                        {callers: []string{"$request.headers"}, want: []string{"*"}},
		"what middleware found out":          {callers: []string{"$context.user"}, want: []string{"*"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := openAs(t, Source{}, upstreams.Config{Auth: credential.Auth{Forward: test.forward}}, http.DefaultTransport, Settings{})
			c := textConnector()
			c.Callers = test.callers
			o := a.Connect(c)
			if diff := cmp.Diff(test.want, o.Varies(false)); diff != "" {
				t.Error(diff)
			}
			if got := o.Varies(true); got != nil {
				t.Errorf("shared, it depends on %q", got)
			}
		})
	}
}

// A connector whose API says "not modified" maps nothing, but what it reads of the headers.
func TestWhatIsNotModifiedIsReadOnce(t *testing.T) {
	tests := map[string]struct {
		reads []string
		want  int // how often it was read
	}{
		"a selection that reads the body":           {want: 1},
		"one that reads a header that stays":        {reads: []string{"$response.headers.x-stays"}, want: 1},
		"one that reads a header that changes":      {reads: []string{"$response.headers.x-n"}, want: 3},
		"one that reads all headers":                {reads: []string{"$response.headers"}, want: 3},
		"one that reads arguments, settings, state": {reads: []string{"$args.id", "$config.x", "$status"}, want: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, reads := 0, 0
				c := textConnector()
				c.Reads = test.reads
				o := open(t, Source{}, upstreamtest.Play(func(r *http.Request) (*http.Response, error) {
					n++
					header := []string{"Etag", `"1"`, "X-N", strconv.Itoa(n), "X-Stays", "1"}
					if r.Header.Get("If-None-Match") == `"1"` {
						return upstreamtest.Answer(304, "", header...)(r)
					}
					return upstreamtest.Answer(200, `"here"`, header...)(r)
				}), Settings{}).Connect(c)
				for range 3 {
					if _, err := readWith(t, o, func(r upstreams.Reply) (any, error) { reads++; return textOf(o, "")(r) }); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Minute)
				}
				if reads != test.want || n != 3 {
					t.Errorf("read %d times in %d calls, want %d", reads, n, test.want)
				}
			})
		})
	}
}
