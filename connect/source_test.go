package connect

import (
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/connect/mapping"
	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// What is remembered outlives the settings: one answer, which is fresh, is read with
// some, with others, and with the first again.
func TestARememberedAnswerIsMappedByTheSettingsOfToday(t *testing.T) {
	answers, err := cache.New(cache.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(answers.Close)
	fresh := upstreams.Config{Name: "shop", Cache: upstreams.Lifetimes{Policy: freshness.Policy{Fresh: new(time.Hour)}}}
	vendor := upstreamtest.Play(upstreamtest.Answer(200, `{"name":"a","state":"ok"}`))
	read := func(c *Connector[*string], set Settings) (*string, error) {
		t.Helper()
		client := upstreams.New(fresh, answers, vendor)
		defer func() { _ = client.Close(t.Context()) }()
		a, err := Source{Name: "shop", BaseURL: "https://shop.test"}.Open(client, set)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.answer(t.Context(), a, Value{}, Value{})
		if err != nil {
			return nil, err
		}
		m, _ := got.Value.(*mapped[*string])
		return m.value, nil
	}
	connector := func(selection, isSuccess string) *Connector[*string] {
		c := textConnector()
		c.Method, c.URL, c.IsSuccess = "GET", mapping.MustTemplate("/x"), mappingOf(isSuccess)
		expr := mapping.MustParse(selection)
		c.Map = func(m *Mapper, in Value) *string {
			return Want(m.Answer(), "", m.Answer().Eval("", expr, in), String)
		}
		return c
	}
	named := connector("$([$config.prefix, $.name])->joinNotNull('-')", "")
	for _, step := range []struct{ prefix, want string }{{"x", "x-a"}, {"y", "y-a"}, {"x", "x-a"}} {
		got, err := read(named, Settings{Config: map[string]any{"prefix": step.prefix}})
		if err != nil || got == nil || *got != step.want {
			t.Errorf("with %s: got %v, %v", step.prefix, got, err)
		}
	}
	fromEnvironment := connector("$([$env.PREFIX, $.name])->joinNotNull('-')", "")
	for _, step := range []struct{ prefix, want string }{{"x", "x-a"}, {"y", "y-a"}} {
		got, err := read(fromEnvironment, Settings{Env: map[string]string{"PREFIX": step.prefix}})
		if err != nil || got == nil || *got != step.want {
			t.Errorf("with %s of the environment: got %v, %v", step.prefix, got, err)
		}
	}
	if n := vendor.Calls(); n != 1 {
		t.Errorf("%d calls for one answer that is fresh", n)
	}
	judged := connector("$.name", "$.state->eq($config.good)")
	if _, err := read(judged, Settings{Config: map[string]any{"good": "ok"}}); err != nil {
		t.Error(err)
	}
	if got, err := read(judged, Settings{Config: map[string]any{"good": "fine"}}); err == nil {
		t.Errorf("it is no success any more: got %v", *got)
	}
}
