package admin

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// book has one write, of which nobody knows the end.
type book struct{ told []string }

func (b *book) List(_ context.Context, f WriteFilter) ([]Write, error) {
	b.told = append(b.told, fmt.Sprintf("%+v", f))
	return []Write{{ID: "a", State: "UNKNOWN"}, {ID: "b", State: "UNKNOWN"}}[:min(f.Limit, 2)], nil
}

func (b *book) Show(_ context.Context, id string) (Write, error) {
	if id != "a" {
		return Write{}, NotFound("there is no such write")
	}
	return Write{ID: id, State: "UNKNOWN", Values: &WriteValues{Message: "secret"}}, nil
}

func (b *book) Resolve(_ context.Context, id string, made bool, who string) error {
	return b.tell("resolve", id, made, who)
}

func (b *book) Cancel(_ context.Context, id, who string) error { return b.tell("cancel", id, who) }
func (b *book) Retry(context.Context, string, string) error    { return Conflict("it is UNKNOWN") }
func (b *book) Erase(_ context.Context, id, who string) error  { return b.tell("erase", id, who) }

func (b *book) tell(what ...any) error {
	b.told = append(b.told, strings.TrimSpace(fmt.Sprintln(what...)))
	return nil
}

func TestWrites(t *testing.T) {
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		want, told         string
	}{
		"all":                   {"GET", "/v1/writes", ``, 200, `"id":"b"`, "{Source: Field: State: Age:0s Limit:101}"},
		"some":                  {"GET", "/v1/writes?source=s&field=f&state=UNKNOWN&age=10m&limit=1", ``, 200, `"more":true`, "{Source:s Field:f State:UNKNOWN Age:10m0s Limit:2}"},
		"an age that is none":   {"GET", "/v1/writes?age=10", ``, 400, "expected a duration", ""},
		"a limit that is none":  {"GET", "/v1/writes?limit=0", ``, 400, "from 1 to 1000", ""},
		"one":                   {"GET", "/v1/writes/a", ``, 200, `{"id":"a","state":"UNKNOWN"`, ""},
		"one with its values":   {"GET", "/v1/writes/a?values=true", ``, 200, `"message":"secret"`, ""},
		"none":                  {"GET", "/v1/writes/c", ``, 404, "no such write", ""},
		"it was made":           {"POST", "/v1/writes/a/resolve", `{"made": true}`, 200, `{"id":"a","state":"UNKNOWN"}`, "resolve a true uid 7"},
		"it was not":            {"POST", "/v1/writes/a/resolve", `{"made": false}`, 200, `{"id":"a","state":"UNKNOWN"}`, "resolve a false uid 7"},
		"it was something":      {"POST", "/v1/writes/a/resolve", `{}`, 400, "expected made: true or false", ""},
		"it is not to be sent":  {"POST", "/v1/writes/a/cancel", ``, 200, `{"id":"a","state":"UNKNOWN"}`, "cancel a uid 7"},
		"what cannot be done":   {"POST", "/v1/writes/a/retry", ``, 409, `{"error":{"code":"CONFLICT","message":"it is UNKNOWN"}}`, ""},
		"it is to be gone":      {"POST", "/v1/writes/a/erase", ``, 200, `{"id":"a","erased":true}`, "erase a uid 7"},
		"a word for what to do": {"POST", "/v1/writes/a/forget", ``, 404, "there is no", ""},
		"to look at a change":   {"GET", "/v1/writes/a/erase", ``, 405, "expected POST", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := &book{}
			status, text := asked(t, OfWrites(b), test.method, test.path, test.body)
			if status != test.status || !strings.Contains(text, test.want) || strings.Join(b.told, " ") != test.told {
				t.Errorf("got %d %s, told %q", status, text, b.told)
			}
			if strings.Contains(text, "secret") != strings.Contains(test.path, "values") {
				t.Errorf("values: %s", text)
			}
		})
	}
}
