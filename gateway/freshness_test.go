package gateway_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"holdfast/gateway"
	"holdfast/upstreams"
)

// notes returns a resolver that tells what it learnt, as connect does.
func notes(parts ...upstreams.Part) resolver {
	return func(ctx context.Context, _ map[string]any) (any, error) {
		r := upstreams.ReportFrom(ctx)
		for _, p := range parts {
			r.Note(p)
			if p.Cache != "hit" {
				r.Called(p.Source)
			}
		}
		return "world", nil
	}
}

func TestFreshness(t *testing.T) {
	t.Parallel()
	fresh := upstreams.Part{
		Path: []any{"order"}, Source: "woocommerce", Connector: "Query.order",
		State: upstreams.StateFresh, Age: 3 * time.Second, TTL: 57 * time.Second, Shared: true, Cache: "hit",
	}
	asked := fresh
	asked.Age, asked.TTL, asked.Cache = 0, 60*time.Second, "miss"
	mine := fresh
	mine.Shared, mine.Vary = false, []string{"X-Tenant", "authorization"}
	theirs := fresh
	theirs.Shared, theirs.Vary = false, []string{"Authorization", "*"}
	confirmed := asked
	confirmed.Cache = "revalidated"
	brief := fresh
	brief.TTL = 900 * time.Millisecond
	old := upstreams.Part{
		Path: []any{"orders", 1, "payment"}, Source: "stripe", Connector: "Order.payment",
		State: upstreams.StateStandingIn, Reason: upstreams.ReasonTimeout, Age: 90 * time.Second, Shared: true, Cache: "stale",
	}
	older := old
	older.Path, older.Age = []any{"orders", 12, "payment"}, 2*time.Minute
	refused := old
	refused.Reason = upstreams.ReasonBreakerOpen
	refreshing := fresh
	refreshing.State, refreshing.TTL = upstreams.StateRefreshing, 0

	const payment = `{"path":["orders","*","payment"],"source":"stripe","state":"STANDING_IN","ageSeconds":`
	tests := map[string]struct {
		parts   []upstreams.Part
		query   string // "" is {hello}
		traced  bool
		want    string // extensions.freshness; "" is none
		control string
		age     string
		status  string
		vary    string // besides what all answers vary by
	}{
		"nothing was asked":                            {control: "no-store"},
		"all is fresh and remembered":                  {parts: []upstreams.Part{fresh}, control: "public, max-age=60", age: "3", status: "holdfast; hit"},
		"the shortest time counts":                     {parts: []upstreams.Part{asked, fresh}, control: "public, max-age=60", age: "3", status: "holdfast; fwd=miss"},
		"less than a second is none":                   {parts: []upstreams.Part{brief}, control: "no-store", age: "3", status: "holdfast; hit"},
		"one part is mine":                             {parts: []upstreams.Part{fresh, mine}, control: "private, max-age=60", age: "3", status: "holdfast; hit", vary: ", Authorization, X-Tenant"},
		"parts of several":                             {parts: []upstreams.Part{theirs, mine}, control: "private, max-age=60", age: "3", status: "holdfast; hit", vary: ", *, Authorization, X-Tenant"},
		"an API says that it is still good":            {parts: []upstreams.Part{confirmed}, control: "public, max-age=60", age: "0", status: "holdfast; fwd=stale; fwd-status=304"},
		"one is still good, another was asked for":     {parts: []upstreams.Part{confirmed, asked}, control: "public, max-age=60", age: "0", status: "holdfast; fwd=miss"},
		"a mutation is not stored":                     {parts: []upstreams.Part{asked}, query: "mutation{pay(order:1){id}}", control: "no-store", age: "0", status: "holdfast; fwd=miss"},
		"an answer with errors is not":                 {parts: []upstreams.Part{fresh}, query: `{hello order(id:1){id}}`, control: "no-store", age: "3", status: "holdfast; hit"},
		"one is being asked again":                     {parts: []upstreams.Part{refreshing}, want: `[{"path":["order"],"source":"woocommerce","state":"REFRESHING","ageSeconds":3}]`, control: "no-store", age: "3", status: "holdfast; hit"},
		"places in a list are one, oldest":             {parts: []upstreams.Part{fresh, older, old, old}, want: "[" + payment + `120,"reason":"TIMEOUT"}]`, control: "no-store", age: "120", status: "holdfast; fwd=stale"},
		"the reason that tells most stands for others": {parts: []upstreams.Part{old, refused}, want: "[" + payment + `90,"reason":"TIMEOUT"}]`, control: "no-store", age: "90", status: "holdfast; fwd=stale"},
		"tracing shows the fresh, too": {
			parts: []upstreams.Part{old, fresh}, traced: true,
			want: `[{"path":["order"],"source":"woocommerce","state":"FRESH","ageSeconds":3,"connector":"Query.order","cache":"hit"},` +
				payment + `90,"reason":"TIMEOUT","connector":"Order.payment","cache":"stale"}]`,
			control: "no-store", age: "90", status: "holdfast; fwd=stale",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resolve := notes(test.parts...)
			g, _ := serve(t, gateway.Config{}, map[string]resolver{
				"Query.hello": resolve,
				"Mutation.pay": func(ctx context.Context, args map[string]any) (any, error) {
					_, err := resolve(ctx, args)
					return nil, err
				},
				"Query.order": fails(&upstreams.Error{Kind: upstreams.Refused}),
			})
			text := test.query
			if text == "" {
				text = "{hello}"
			}
			r := query(t, text)
			if test.traced {
				r.Header.Set("X-Holdfast-Trace", "1")
			}
			got := do(t, g, r)
			if is := string(got.Extensions["freshness"]); is != test.want {
				t.Errorf("freshness\n%s, want\n%s", is, test.want)
			}
			for header, want := range map[string]string{
				"Cache-Control": test.control, "Age": test.age, "Cache-Status": test.status, "Vary": "Accept, X-Holdfast-Trace" + test.vary,
			} {
				if is := got.Header().Get(header); is != want {
					t.Errorf("%s: %q, want %q", header, is, want)
				}
			}
			if !test.traced && test.want == "" && strings.Contains(got.Body.String(), "extensions\":{\"f") {
				t.Errorf("there is nothing to say: %s", got.Body)
			}
		})
	}
}

func TestTracingTellsTheCost(t *testing.T) {
	t.Parallel()
	g, _ := serve(t, gateway.Config{}, map[string]resolver{
		"Query.hello": notes(upstreams.Part{Source: "stripe"}, upstreams.Part{Source: "stripe"}, upstreams.Part{Source: "zendesk"}),
	})
	var trace struct {
		Calls      map[string]int
		DurationMS *float64 `json:"durationMs"`
	}
	got := do(t, g, query(t, "{hello}", "X-Holdfast-Trace", "1"))
	if err := json.Unmarshal(got.Extensions["trace"], &trace); err != nil {
		t.Fatal(err)
	}
	if trace.Calls["stripe"] != 2 || trace.Calls["zendesk"] != 1 || trace.DurationMS == nil {
		t.Errorf("trace %s", got.Extensions["trace"])
	}
	if got := do(t, g, query(t, "{hello}")); got.Extensions["trace"] != nil {
		t.Errorf("nobody asked for %s", got.Body)
	}
}

// What did not go as mappings say is for those who run the gateway.
func TestATraceShowsTheProblemsOfMappingsWhereItMay(t *testing.T) {
	t.Parallel()
	const problems = `,"problems":[{"source":"shop","connector":"Query.hello","field":"Order.total","kind":"MISSING_KEY","message":"totl: there is no such key","count":3}]`
	found := func(ctx context.Context, _ map[string]any) (any, error) {
		p := upstreams.Problem{Source: "shop", Connector: "Query.hello", Field: "Order.total", Kind: "MISSING_KEY", Message: "totl: there is no such key", Count: 1}
		upstreams.ReportFrom(ctx).Found(p, p)
		upstreams.ReportFrom(ctx).Found(p)
		return "world", nil
	}
	tests := map[string]struct {
		trace  *bool
		header string
		want   bool
	}{
		"where it may and is asked for": {new(true), "1", true},
		"not unasked":                   {new(true), "", false},
		"nor where it may not":          {new(false), "1", false},
		"nor where nobody says":         {nil, "1", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := serve(t, gateway.Config{Trace: test.trace}, map[string]resolver{"Query.hello": found})
			got := do(t, g, query(t, "{hello}", "X-Holdfast-Trace", test.header)).Extensions["trace"]
			if has := strings.Contains(string(got), problems); has != test.want || !test.want && strings.Contains(string(got), "problems") {
				t.Errorf("trace %s", got)
			}
		})
	}
}
