package connect

import (
	"errors"
	"net/http"
	"testing"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
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

// An API that answers 200 with an error is covered by what it said before, which
// the error does not replace.
func TestAnAnswerThatIsSuccessRefusesIsCoveredAndNotRemembered(t *testing.T) {
	api := upstreamtest.Play(
		upstreamtest.Answer(200, `{"ok":true,"v":"good"}`), upstreamtest.Answer(200, `{"ok":false,"why":"maintenance"}`))
	a := open(t, Source{Result: Result{IsSuccess: mappingOf("$.ok"), Message: mappingOf("$.why")}}, api, Settings{})
	c := textConnector()
	c.Method, c.URL = "GET", mapping.MustTemplate("/a")
	c.Map = func(m *Mapper, in Value) *string { return Want(m.Answer(), "", in.Key("v"), String) }
	for i, state := range []upstreams.State{"FRESH", "STANDING_IN", "STANDING_IN"} {
		answer, err := c.answer(asking(t, `{ orders { id } }`, nil), a, Args{}.value(t.Context()), Value{})
		if err != nil || answer.State != state {
			t.Fatalf("answer %d: %+v, %v, want %s", i, answer, err, state)
		}
		m, ok := answer.Value.(*mapped[*string])
		if !ok || *m.value != "good" || i > 0 && answer.Reason != upstreams.ReasonContract {
			t.Errorf("answer %d: %+v", i, answer)
		}
	}
	other := textConnector()
	other.Method, other.URL = "GET", mapping.MustTemplate("/never-asked")
	_, err := other.answer(asking(t, `{ orders { id } }`, nil), a, Args{}.value(t.Context()), Value{})
	if e, ok := errors.AsType[*upstreams.Error](err); !ok || e.Kind != upstreams.Refused || e.Message != "maintenance" {
		t.Errorf("without an old answer: %v", err)
	}
}

// Where a field has several connectors, such an answer is no reason to stop.
func TestAnAnswerThatIsSuccessRefusesLeadsToTheNextConnector(t *testing.T) {
	says := func(word string) (*API, *Connector[*string]) {
		c := textConnector()
		c.Method, c.URL, c.IsSuccess = "GET", mapping.MustTemplate("/a"), mapping.MustParse(`$->eq("good")`)
		return open(t, Source{Name: word}, upstreamtest.Play(upstreamtest.Answer(200, `"`+word+`"`)), Settings{}), c
	}
	badAPI, bad := says("bad")
	goodAPI, good := says("good")
	got, err := OneOf(asking(t, `{ orders { id } }`, nil), []Choice[*string]{{badAPI, bad}, {goodAPI, good}}, nil)
	if err != nil || got == nil || *got != "good" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestJSONAlways(t *testing.T) {
	for _, contentType := range []string{"text/html", "text/javascript; charset=utf-8", "application/octet-stream", "text/plain", "application/json", ""} {
		a := openWith(t, upstreams.Config{JSON: "always"}, upstreamtest.Play(upstreamtest.Answer(200, "\ufeff\"a\"", "Content-Type", contentType)))
		c := textConnector()
		c.Method, c.URL = "GET", mapping.MustTemplate("/x")
		got, err := c.answer(t.Context(), a, Value{}, Value{})
		if err != nil {
			t.Errorf("%q: %v", contentType, err)
			continue
		}
		if m, ok := got.Value.(*mapped[*string]); !ok || *m.value != "a" {
			t.Errorf("%q: got %v", contentType, got.Value)
		}
	}
}
