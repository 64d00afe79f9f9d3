package admin

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// book has one write, of which nobody knows the end.
type book struct{ told []string }

func (b *book) List(_ context.Context, f WriteFilter) (WriteList, error) {
	b.told = append(b.told, fmt.Sprintf("%+v", f))
	return WriteList{Writes: []Write{{ID: "a", State: "UNKNOWN"}, {ID: "b", State: "UNKNOWN"}}[:min(f.Limit, 2)], More: f.Limit < 2, Next: "7"}, nil
}

func (b *book) Many(_ context.Context, verb Verb, f WriteFilter, who string) (WritesDone, error) {
	return WritesDone{Found: 3, Done: 2, Failures: 1, Failed: []WriteFailed{{"c", "it is SENDING"}}}, b.tell(verb, fmt.Sprintf("%+v", f), who)
}

func (b *book) Status(context.Context) (any, error) { return map[string]int{"turnedAway": 3}, nil }

func (b *book) Hold(_ context.Context, source, who string) (any, error) {
	return map[string]string{"held": "OPERATOR"}, b.tell("hold", source, who)
}

func (b *book) Resume(_ context.Context, source, who string) (any, error) {
	return map[string]string{}, b.tell("resume", source, who)
}

func (b *book) ResumeAll(_ context.Context, who string) (any, error) {
	return map[string]string{}, b.tell("resume all", who)
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

func meant(f WriteFilter) string { return fmt.Sprintf("%+v", f) }

func TestWrites(t *testing.T) {
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		want, told         string
	}{
		"all": {"GET", "/v1/writes", ``, 200, `"id":"b"`, meant(WriteFilter{Limit: 100})},
		"some": {
			"GET", "/v1/writes?source=s&field=f&state=UNKNOWN,DEAD&lane=l&older=10m&limit=1&after=5&full=true", ``, 200, `"more":true,"next":"7"`,
			meant(WriteFilter{Source: "s", Field: "f", States: []string{"UNKNOWN", "DEAD"}, Lane: "l", Age: 10 * time.Minute, After: "5", Limit: 1, Full: true}),
		},
		"the newest first":      {"GET", "/v1/writes?order=newest", ``, 200, `"id":"b"`, meant(WriteFilter{Newest: true, Limit: 100})},
		"in no such order":      {"GET", "/v1/writes?order=best", ``, 400, "expected oldest or newest", ""},
		"an age that is none":   {"GET", "/v1/writes?older=10", ``, 400, "expected a duration", ""},
		"a limit that is none":  {"GET", "/v1/writes?limit=0", ``, 400, "from 1 to 1000", ""},
		"how many":              {"GET", "/v1/writes/status", ``, 200, `{"turnedAway":3}`, ""},
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
		"many": {
			"POST", "/v1/writes/cancel", `{"source": "s", "lane": "l", "older": "1h", "after": "9"}`, 200, `{"found":3,"done":2,"failures":1,"failed":[{"id":"c","message":"it is SENDING"}]}`,
			"cancel " + meant(WriteFilter{Source: "s", Lane: "l", Age: time.Hour, After: "9", Limit: 100}) + " uid 7",
		},
		"many were not made": {"POST", "/v1/writes/resolve", `{"state": "UNKNOWN", "made": false}`, 200, `"done":2`, "not-made " + meant(WriteFilter{States: []string{"UNKNOWN"}, Limit: 100}) + " uid 7"},
		"many were made":     {"POST", "/v1/writes/resolve", `{"field": "f", "made": true, "limit": 5}`, 200, `"done":2`, "made " + meant(WriteFilter{Field: "f", Limit: 5}) + " uid 7"},
		"many are counted":   {"POST", "/v1/writes/erase", `{"field": "f", "dryRun": true}`, 200, `"found":3`, "erase " + meant(WriteFilter{Field: "f", Limit: 100, DryRun: true}) + " uid 7"},

		"many, of which nobody says what": {"POST", "/v1/writes/resolve", `{"source": "s"}`, 400, "expected made: true or false", ""},
		"many that cannot be made":        {"POST", "/v1/writes/retry", `{"source": "s", "made": true}`, 400, "only what is resolved", ""},
		"everything at once":              {"POST", "/v1/writes/erase", `{"dryRun": false}`, 400, "expected source, field, state, lane or older", ""},
		"far too many":                    {"POST", "/v1/writes/erase", `{"source": "s", "limit": 5000}`, 400, "from 1 to 1000", ""},
		"many of an age that is none":     {"POST", "/v1/writes/erase", `{"older": "-1h"}`, 400, "expected a duration", ""},

		"a source is held":       {"POST", "/v1/writes/hold", `{"source": "s"}`, 200, `{"held":"OPERATOR"}`, "hold s uid 7"},
		"none is":                {"POST", "/v1/writes/hold", `{}`, 400, "expected source", ""},
		"all are":                {"POST", "/v1/writes/hold", `{"all": true}`, 400, "expected source", ""},
		"a source is resumed":    {"POST", "/v1/writes/resume", `{"source": "s"}`, 200, `{}`, "resume s uid 7"},
		"all are resumed":        {"POST", "/v1/writes/resume", `{"all": true}`, 200, `{}`, "resume all uid 7"},
		"nobody says which":      {"POST", "/v1/writes/resume", `{}`, 400, "either source, or all", ""},
		"somebody says too much": {"POST", "/v1/writes/resume", `{"source": "s", "all": true}`, 400, "either source, or all", ""},
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
