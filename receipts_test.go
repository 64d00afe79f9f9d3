package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// queueing is a graph over the till whose writes are queued.
func (v *till) queueing(tb testing.TB, settings string) (folder, []string) {
	tb.Helper()
	return v.serves(tb, `
type Sale { id: ID! note: String cents: Int }
type Sold { sale: Sale write: Write }
type Query { sale(id: ID!): Sale @connect(source: "till", http: {GET: "/sales/{$args.id}"}, selection: "id note cents") @cache(fresh: "1h") }
type Mutation {
  order(note: String!, lane: String): Sold @queue(order: "$args.lane")
    @connect(source: "till", http: {POST: "/orders", body: "note: $args.note"}, selection: "sale: { id note cents }")
  pay(note: String!): Sold @queue @idempotent(window: "1h")
    @connect(source: "till", http: {POST: "/payments", headers: {name: "Idempotency-Key", value: "{$write.key}"}, body: "note: $args.note"}, selection: "sale: { id note cents }")
  ship(note: String!): Sold @queue(when: ALWAYS, expires: "1h")
    @connect(id: "shipping", source: "till", http: {POST: "/shipments", body: "note: $args.note"}, selection: "sale: { id note cents }")
}
`, "sources: {till: {timeout: 2s, breaker: {off: true}, retry: {max: 0}}}\ngateway: {caller: X-Caller}\n"+settings)
}

const receipt = "sale { id } write { id state attempts reason }"

// asked asks for a change of the till.
func asked(field, note, selection string) string {
	return fmt.Sprintf(`mutation { %s(note: %q) { %s } }`, field, note, selection)
}

// receiptOf is what is told of the change that an answer of a field is about.
func receiptOf(t *testing.T, a answer, field string) (id, state string) {
	t.Helper()
	if a.Errors != nil {
		t.Fatalf("%+v", a)
	}
	id, _ = at(t, a.Data, field, "write", "id").(string)
	state, _ = at(t, a.Data, field, "write", "state").(string)
	return id, state
}

// write is what is told of the change with that id.
func (p *program) write(id string) map[string]any {
	p.t.Helper()
	a := p.ask(fmt.Sprintf(`{ write(id: %q) { id state key field source attempts acceptedAt expiresAt nextTryAt settledAt reason message } }`, id))
	if a.Errors != nil {
		p.t.Fatalf("%+v", a)
	}
	is, _ := a.Data["write"].(map[string]any)
	return is
}

// becomes waits until a change is in that state.
func (p *program) becomes(id, state string) (is map[string]any) {
	p.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		is = p.write(id)
		if is["state"] == state {
			return is
		}
		if time.Now().After(end) {
			p.t.Fatalf("it is %v, want %s", is, state)
		}
	}
}

// cancel takes a change back.
func (p *program) cancel(id string) any {
	p.t.Helper()
	a := p.ask(fmt.Sprintf(`mutation { cancelWrite(id: %q) { state reason } }`, id))
	if a.Errors != nil {
		p.t.Fatalf("%+v", a)
	}
	return a.Data["cancelWrite"]
}

func TestAWriteThatIsQueuedTellsWhatBecameOfIt(t *testing.T) {
	v := openTill(t)
	g, args := v.queueing(t, "")
	p := startGraph(t, g, args...)
	out := status(http.StatusTooEarly, 1000)
	for name, test := range map[string]struct {
		how  func(http.ResponseWriter, int) bool
		ask  func(t *testing.T, note string)
		made int
	}{
		"while its source is well the answer is there, and that it was made": {made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			a := p.ask(asked("order", note, receipt))
			id, state := receiptOf(t, a, "order")
			if at(t, a.Data, "order", "sale", "id") != note+"-1" || state != "APPLIED" || at(t, a.Data, "order", "write", "attempts") != 1.0 {
				t.Errorf("%+v", a)
			}
			if is := p.write(id); is["state"] != "APPLIED" || is["settledAt"] == nil || is["field"] != "Mutation.order" || is["source"] != "till" || is["key"] != nil {
				t.Errorf("%v", is)
			}
		}},
		"any selection of it is served": {made: 2, ask: func(t *testing.T, note string) {
			t.Helper()
			a := p.ask(fmt.Sprintf(`
				mutation { a: order(note: %q) { ...on Sold { __typename w: write { ...W } write { __typename source } } } b: order(note: %[1]q) { __typename } }
				fragment W on Write { s: state __typename e: expiresAt @skip(if: true) }`, note))
			want := map[string]any{
				"a": map[string]any{
					"__typename": "Sold", "w": map[string]any{"s": "APPLIED", "__typename": "Write"}, "write": map[string]any{"__typename": "Write", "source": "till"},
				},
				"b": map[string]any{"__typename": "Sold"},
			}
			if diff := cmp.Diff(want, a.Data); diff != "" || a.Errors != nil {
				t.Errorf("(-want +got):\n%s%v", diff, a.Errors)
			}
		}},
		"while its source is out it is accepted, and made later": {how: out, made: 0, ask: func(t *testing.T, note string) {
			t.Helper()
			a := p.ask(asked("pay", note, receipt))
			id, state := receiptOf(t, a, "pay")
			if at(t, a.Data, "pay", "sale") != nil || state != "QUEUED" || len(id) != 53 {
				t.Errorf("%+v", a)
			}
			is := p.write(id)
			if is["state"] != "QUEUED" || is["acceptedAt"] == nil || is["expiresAt"] == nil || is["nextTryAt"] == nil || is["settledAt"] != nil {
				t.Errorf("%v", is)
			}
			v.answers(nil)
			if is := p.becomes(id, "APPLIED"); is["nextTryAt"] != nil || is["settledAt"] == nil {
				t.Errorf("%v", is)
			}
			if keys := v.keys[note]; len(keys) < 2 || len(slices.Compact(slices.Clone(keys))) != 1 {
				t.Errorf("it was sent with %q", keys)
			}
		}},
		"one that is always queued is answered before it is made": {made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			id, state := receiptOf(t, p.ask(asked("ship", note, receipt)), "ship")
			if state == "APPLIED" {
				t.Errorf("it is %s", state)
			}
			if is := p.becomes(id, "APPLIED"); is["field"] != "Mutation.ship" {
				t.Errorf("%v", is)
			}
		}},
		"who comes with the same key has the same write, and its answer when it is made": {how: status(http.StatusTooEarly, 2), made: 3, ask: func(t *testing.T, note string) {
			t.Helper()
			first, state := receiptOf(t, p.keyed(asked("order", note, receipt), note), "order")
			again, later := receiptOf(t, p.keyed(asked("order", note, receipt), note), "order")
			if first != again || state != "QUEUED" || later != "QUEUED" && later != "SENDING" && later != "APPLIED" {
				t.Errorf("%s is %s, then %s is %s", first, state, again, later)
			}
			if a := p.keyed(asked("order", note+"!", receipt), note); failed(a) != "IDEMPOTENCY_CONFLICT NONE" {
				t.Errorf("other arguments: %+v", a)
			}
			if a := p.keyed(asked("order", note, receipt), note, "X-Caller", "bob"); failed(a) != "IDEMPOTENCY_CONFLICT NONE" {
				t.Errorf("another caller: %+v", a)
			}
			if is := p.becomes(first, "APPLIED"); is["key"] != note {
				t.Errorf("%v", is)
			}
			for _, selection := range []string{receipt, "sale { note } write { id state }"} {
				a := p.keyed(asked("order", note, selection), note)
				if id, state := receiptOf(t, a, "order"); id != first || state != "APPLIED" || at(t, a.Data, "order", "sale") == nil {
					t.Errorf("%+v", a)
				}
			}
		}},
		"what the source refuses is an error, with the id": {how: status(http.StatusUnprocessableEntity, 1), made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			for range 2 {
				a := p.keyed(asked("order", note, receipt), note)
				if failed(a) != "UPSTREAM_REFUSED NONE" || a.Errors[0].Extensions["status"] != 422.0 {
					t.Fatalf("%+v", a)
				}
				id, _ := a.Errors[0].Extensions["write"].(string)
				if is := p.write(id); is["state"] != "REFUSED" || is["settledAt"] == nil || is["reason"] == nil {
					t.Errorf("%v", is)
				}
			}
		}},
		"of what nobody knows the end of, the error has the id": {how: cut, made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			for _, code := range []string{"UPSTREAM_UNAVAILABLE UNKNOWN", "WRITE_UNKNOWN UNKNOWN"} {
				a := p.keyed(asked("order", note, receipt), note)
				if failed(a) != code {
					t.Fatalf("%+v", a)
				}
				id, _ := a.Errors[0].Extensions["write"].(string)
				if is := p.write(id); is["state"] != "UNKNOWN" || is["settledAt"] != nil {
					t.Errorf("%v", is)
				}
				if got := p.cancel(id); !cmp.Equal(got, map[string]any{"state": "UNKNOWN", "reason": p.write(id)["reason"]}) {
					t.Errorf("cancelled it is %v", got)
				}
			}
		}},
		"within its window it is sent again": {how: first(cut), made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			id, state := receiptOf(t, p.ask(asked("pay", note, receipt)), "pay")
			if state != "QUEUED" {
				t.Errorf("it is %s", state)
			}
			p.becomes(id, "APPLIED")
		}},
		"what was not sent is taken back": {how: out, made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			id, _ := receiptOf(t, p.keyed(asked("order", note, receipt), note), "order")
			for range 2 {
				if got := p.cancel(id); !cmp.Equal(got, map[string]any{"state": "CANCELLED", "reason": "CALLER"}) {
					t.Errorf("it is %v", got)
				}
			}
			if a := p.keyed(fmt.Sprintf(`mutation { cancelWrite(id: %q) { state } }`, id), note); at(t, a.Data, "cancelWrite", "state") != "CANCELLED" {
				t.Errorf("with a key of its own: %+v", a)
			}
			v.answers(nil)
			a := p.keyed(asked("order", note, receipt), note)
			if failed(a) != "WRITE_NOT_MADE NONE" || a.Errors[0].Extensions["write"] != id {
				t.Errorf("asked for again: %+v", a)
			}
		}},
		"what was made is not taken back": {made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			id, _ := receiptOf(t, p.ask(asked("order", note, receipt)), "order")
			if got := p.cancel(id); !cmp.Equal(got, map[string]any{"state": "APPLIED", "reason": nil}) {
				t.Errorf("it is %v", got)
			}
		}},
		"who does not know its id sees nothing and takes nothing back": {how: out, made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			id, _ := receiptOf(t, p.ask(asked("order", note, receipt)), "order")
			other, _ := receiptOf(t, p.ask(asked("ship", "other", receipt)), "ship")
			name, _, _ := strings.Cut(id, "-")
			_, token, _ := strings.Cut(other, "-")
			for _, id := range []string{name + "-" + token, name, "", id + "a", strings.ToUpper(id)} {
				if is := p.write(id); is != nil {
					t.Errorf("%q shows %v", id, is)
				}
				if is := p.cancel(id); is != nil {
					t.Errorf("%q is cancelled: %v", id, is)
				}
			}
			if is := p.cancel(id); !cmp.Equal(is, map[string]any{"state": "CANCELLED", "reason": "CALLER"}) {
				t.Errorf("%v", is)
			}
			p.cancel(other)
		}},
		"several of one operation are each a write": {how: first(status(http.StatusTooEarly, 1)), made: 4, ask: func(t *testing.T, note string) {
			t.Helper()
			a := p.ask(fmt.Sprintf(`mutation { a: order(note: %q) { %s } b: order(note: %[1]q) { %[2]s } c: ship(note: %[1]q) { %[2]s } }`, note, receipt))
			var ids []string
			for field, states := range map[string][]string{"a": {"QUEUED"}, "b": {"APPLIED"}, "c": {"QUEUED", "SENDING"}} {
				id, state := receiptOf(t, a, field)
				if ids = append(ids, id); !slices.Contains(states, state) {
					t.Errorf("%s is %s", field, state)
				}
				p.becomes(id, "APPLIED")
			}
			if slices.Sort(ids); len(slices.Compact(ids)) != 3 {
				t.Errorf("%q", ids)
			}
		}},
		"of one lane the second waits for the first": {how: first(status(http.StatusTooEarly, 1)), made: 3, ask: func(t *testing.T, note string) {
			t.Helper()
			a := p.ask(fmt.Sprintf(`mutation { a: order(note: %q, lane: "l") { %s } b: order(note: %[1]q, lane: "l") { %[2]s } }`, note, receipt))
			one, first := receiptOf(t, a, "a")
			two, second := receiptOf(t, a, "b")
			if first != "QUEUED" || second != "QUEUED" {
				t.Errorf("they are %s and %s", first, second)
			}
			settled := func(id string) time.Time {
				text, _ := p.becomes(id, "APPLIED")["settledAt"].(string)
				at, err := time.Parse(time.RFC3339, text)
				if err != nil {
					t.Error(err)
				}
				return at
			}
			if before, after := settled(one), settled(two); before.After(after) {
				t.Errorf("%s, then %s", before, after)
			}
		}},
		"100 at once with one key have one write": {made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			var all sync.WaitGroup
			ids := make([]string, 100)
			for i := range ids {
				all.Go(func() {
					a := p.keyed(asked("order", note, receipt), note)
					if at(t, a.Data, "order", "sale", "id") != note+"-1" {
						t.Errorf("%+v", a)
					}
					ids[i], _ = receiptOf(t, a, "order")
				})
			}
			all.Wait()
			if ids = slices.Compact(ids); len(ids) != 1 {
				t.Errorf("%q", ids)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			note := strings.ReplaceAll(name, " ", "_")
			v.answers(test.how)
			defer v.answers(nil)
			test.ask(t, note)
			if n := v.times(note); test.made > 0 && n != test.made {
				t.Errorf("it was made %d times, want %d", n, test.made)
			}
		})
	}
}

// TestWhoLeavesHasHisWriteMade leaves while the source makes it.
func TestWhoLeavesHasHisWriteMade(t *testing.T) {
	v := openTill(t)
	g, args := v.queueing(t, "")
	p := startGraph(t, g, args...)
	came, goOn := make(chan struct{}), make(chan struct{})
	v.answers(func(http.ResponseWriter, int) bool {
		close(came)
		<-goOn
		return false
	})
	ctx, leave := context.WithCancel(t.Context())
	body, err := json.Marshal(map[string]any{"query": asked("order", "left", receipt)})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", "left")
	left := make(chan struct{})
	go func() {
		defer close(left)
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			t.Error("he has his answer")
		}
	}()
	<-came
	leave()
	<-left
	v.answers(nil)
	close(goOn)
	a := p.keyed(asked("order", "left", receipt), "left")
	id, _ := receiptOf(t, a, "order")
	p.becomes(id, "APPLIED")
	if n := v.times("left"); n != 1 {
		t.Errorf("it was made %d times", n)
	}
}

// TestWhatIsToldOfAWriteIsStoredNowhere asks for it beside what may be stored.
func TestWhatIsToldOfAWriteIsStoredNowhere(t *testing.T) {
	v := openTill(t)
	g, args := v.queueing(t, "")
	p := startGraph(t, g, args...)
	for query, stored := range map[string]bool{
		`{ sale(id: "1") { id } }`:                          true,
		`{ sale(id: "1") { id } write(id: "x") { state } }`: false,
		`{ write(id: "x") { state } }`:                      false,
	} {
		res, err := http.Post(p.url+"/graphql", "application/json", strings.NewReader(fmt.Sprintf(`{"query": %q}`, query)))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Cache-Control"); (got != "no-store") != stored {
			t.Errorf("%s: Cache-Control is %q", query, got)
		}
	}
}
