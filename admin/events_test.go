package admin

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// diary has two events.
type diary struct{ told []string }

func (*diary) Status() any { return map[string]int{"unknown": 3} }

func (d *diary) List(_ context.Context, f EventFilter, limit int) ([]Event, bool, error) {
	d.told = append(d.told, fmt.Sprintf("%+v %d", f, limit))
	return []Event{{ID: "b"}, {ID: "a"}}[:min(limit, 2)], limit < 2, nil
}

func (*diary) Show(_ context.Context, id string) (Event, error) {
	if id != "a" {
		return Event{}, NotFound("there is no such event")
	}
	return Event{ID: id, Values: &EventValues{Body: "secret"}}, nil
}

func (d *diary) Replay(_ context.Context, f EventFilter, dry bool) (any, error) {
	d.told = append(d.told, fmt.Sprintf("%+v %v", f, dry))
	return map[string]int{"found": 7}, nil
}

func TestEvents(t *testing.T) {
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		want, told         string
	}{
		"all":               {"GET", "/v1/events", ``, 200, `"id":"b"`, fmt.Sprintf("%+v 100", EventFilter{})},
		"some":              {"GET", "/v1/events?source=s&type=t&since=2h&failed=true&limit=1", ``, 200, `"more":true`, fmt.Sprintf("%+v 1", EventFilter{Source: "s", Type: "t", Since: 2 * time.Hour, Failed: true})},
		"since nonsense":    {"GET", "/v1/events?since=yesterday", ``, 400, `such as 2h`, ""},
		"since the future":  {"GET", "/v1/events?since=-2h", ``, 400, `such as 2h`, ""},
		"the status":        {"GET", "/v1/events/status", ``, 200, `"unknown":3`, ""},
		"one":               {"GET", "/v1/events/a", ``, 200, `{"id":"a","ageSeconds":0,"bytes":0}`, ""},
		"with values":       {"GET", "/v1/events/a?values=true", ``, 200, `"secret"`, ""},
		"none":              {"GET", "/v1/events/b", ``, 404, `NOT_FOUND`, ""},
		"replay":            {"POST", "/v1/events/replay", `{"since":"1h","source":"s","dryRun":true}`, 200, `"found":7`, fmt.Sprintf("%+v true", EventFilter{Source: "s", Since: time.Hour})},
		"replay one":        {"POST", "/v1/events/replay", `{"id":"a"}`, 200, `"found":7`, fmt.Sprintf("%+v false", EventFilter{ID: "a"})},
		"replay everything": {"POST", "/v1/events/replay", `{"source":"s"}`, 400, `expected id or since`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := &diary{}
			status, text := asked(t, OfEvents(d), test.method, test.path, test.body)
			if status != test.status || !strings.Contains(text, test.want) {
				t.Errorf("%d %s", status, text)
			}
			if got := strings.Join(d.told, "\n"); got != test.told {
				t.Errorf("told %q, want %q", got, test.told)
			}
		})
	}
}
