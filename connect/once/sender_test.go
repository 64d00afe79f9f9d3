package once_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/once"
	"holdfast/freshness"
	"holdfast/outbox"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// generations are served one after the other.
type generations struct {
	mu    sync.Mutex
	now   *call.Registry
	users int
}

func (g *generations) newest() (*call.Registry, func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now == nil {
		return nil, nil
	}
	g.users++
	return g.now, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.users--
	}
}

func (g *generations) next(r *call.Registry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now = r
}

// shop is a source with one connector that pays, and one that reads what was paid.
type shop struct {
	generations

	t       *testing.T
	api     *upstreamtest.API
	answers *cache.Cache
	box     *outbox.Outbox

	said   sync.Mutex // guards what follows
	untold int
	rang   []outbox.Alarm
}

// from is what makes a generation of a shop.
type from struct {
	base   string // "" for https://shop.test/v1
	cfg    upstreams.Config
	gone   bool // the connector that pays
	moved  bool // it is another source's
	reads  bool // it only reads
	result call.Result
}

func (s *shop) generation(f from) *call.Registry {
	s.t.Helper()
	if f.base == "" {
		f.base = "https://shop.test/v1"
	}
	pay := &call.Connector{
		ID: "Mutation.pay", Source: "shop", Method: http.MethodPost, Writes: !f.reads, URL: mapping.MustTemplate("/payments"),
		Result: f.result, ReadsWrite: true, SendsKey: true,
		Invalidates: []call.Changed{
			{Template: mapping.MustTemplate("Order:{$args.order}")},
			{Template: mapping.MustTemplate("Payment:{$.id}"), Reply: true, Sources: []string{"shop"}},
		},
	}
	if f.moved {
		pay.Source = "other"
	}
	connectors := []*call.Connector{pay}
	if f.gone {
		connectors = nil
	}
	r, err := call.NewRegistry([]call.Source{{Name: "shop", BaseURL: f.base}, {Name: "other", BaseURL: f.base}}, connectors, func(src call.Source) (*call.API, error) {
		cfg := f.cfg
		cfg.Name, cfg.URL = src.Name, f.base
		if cfg.Retry.Max == nil {
			cfg.Retry.Max = new(0)
		}
		u := upstreams.New(cfg, s.answers, s.api, upstreams.WithRecovery(func(source string) { s.box.Well(source) }))
		s.t.Cleanup(func() { _ = u.Close(context.Background()) })
		return src.Open(u, call.Settings{})
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// openShop opens one whose outbox has no generation yet.
func openShop(t *testing.T, steps ...upstreamtest.Step) *shop {
	t.Helper()
	s := &shop{t: t, api: upstreamtest.Play(steps...)}
	var err error
	if s.answers, err = cache.New(cache.Config{}, cache.NewMemory(1<<20)); err != nil {
		t.Fatal(err)
	}
	sender := once.NewSender(s.newest)
	s.box = outbox.New(outbox.Config{
		Send: sender.Send, Gate: sender, Settled: s.settled(sender),
		Alarm: func(a outbox.Alarm) {
			s.said.Lock()
			defer s.said.Unlock()
			s.rang = append(s.rang, a)
		},
	}, outbox.NewMemory(outbox.Bounds{}))
	t.Cleanup(func() {
		_ = s.box.Close(context.Background())
		_ = s.answers.Close(context.Background())
		if s.users != 0 {
			t.Errorf("%d generations are used for ever", s.users)
		}
	})
	return s
}

func (s *shop) settled(sender *once.Sender) func(context.Context, *outbox.Record) {
	return func(ctx context.Context, r *outbox.Record) {
		if !sender.Settled(ctx, r) {
			s.said.Lock()
			defer s.said.Unlock()
			s.untold++
		}
	}
}

// alarms are those that rang so far.
func (s *shop) alarms() []outbox.Alarm {
	s.said.Lock()
	defer s.said.Unlock()
	return slices.Clone(s.rang)
}

// payment is one that was accepted to be sent later.
func payment(order string) *outbox.Write {
	id := outbox.IDOf("Mutation.pay", "", order)
	key := outbox.VendorKeyOf("shop", id)
	return &outbox.Write{
		ID: id, Field: "Mutation.pay", Connector: "Mutation.pay", Source: "shop", Key: order, Args: fmt.Appendf(nil, `{"order":%q}`, order),
		Queue: true, Later: true, Window: time.Hour,
		Request: outbox.Request{
			Method: http.MethodPost, PathAndQuery: "/v1/payments?order=" + order, Body: fmt.Appendf(nil, `{"order":%q}`, order),
			Header: map[string][]string{"Content-Type": {"application/json"}, "Idempotency-Key": {key}}, VendorKey: key,
		},
	}
}

// accept has a payment accepted.
func (s *shop) accept(w *outbox.Write) {
	s.t.Helper()
	if _, err := s.box.Do(s.t.Context(), w, nil); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) record(w *outbox.Write) *outbox.Record {
	s.t.Helper()
	r, err := s.box.Show(s.t.Context(), w.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// TestWhatIsSentLater is what was accepted, sent to where the source is now and judged as its connector does now.
func TestWhatIsSentLater(t *testing.T) {
	paid := upstreamtest.Answer(200, `{"id":"p1"}`)
	key := credential.Auth{Bearer: credential.Secret{Text: "sesame"}}
	tests := map[string]struct {
		from    from
		says    upstreamtest.Step // to the first try; nil: nothing is sent
		keyless bool
		want    outbox.State
		reason  string
		tries   int
		alarm   outbox.AlarmKind
		held    bool
	}{
		"it was made":                    {says: paid, want: outbox.Applied, tries: 1},
		"made, with a body that is none": {says: upstreamtest.Answer(201, `{"id":`), want: outbox.Applied, reason: "CONTRACT", tries: 1},
		"the source says no":             {says: upstreamtest.Answer(422, `{}`), want: outbox.Refused, reason: "REFUSED", tries: 1},
		"it is out":                      {says: upstreamtest.Refuse(), want: outbox.Applied, tries: 2},
		"it fails, and knows the key":    {says: upstreamtest.Answer(500, ``), want: outbox.Applied, tries: 2},
		"it fails, and knows none":       {says: upstreamtest.Answer(500, ``), keyless: true, want: outbox.Unknown, reason: "STATUS", tries: 1, alarm: outbox.AlarmUnknown},
		"a page is no answer":            {says: upstreamtest.Answer(200, `<html>`), keyless: true, want: outbox.Unknown, reason: "CONTRACT", tries: 1, alarm: outbox.AlarmUnknown},
		"it wants to be left alone":      {says: upstreamtest.Answer(429, ``, "Retry-After", "20"), want: outbox.Applied, tries: 2},
		"the connector knows better": {
			from: from{result: call.Result{IsSuccess: mapping.MustParse("$.ok")}}, says: upstreamtest.Answer(200, `{"ok":false}`),
			keyless: true, want: outbox.Unknown, reason: "CONTRACT", tries: 1, alarm: outbox.AlarmUnknown,
		},
		"our credential is not taken": {
			from: from{cfg: upstreams.Config{Auth: key}}, says: upstreamtest.Answer(401, `{}`),
			want: outbox.Queued, reason: "CREDENTIAL", tries: 1, alarm: outbox.AlarmCredential, held: true,
		},
		"the connector is gone":          {from: from{gone: true}, want: outbox.Dead, reason: "CONNECTOR_GONE", tries: 1, alarm: outbox.AlarmDead},
		"it is another source's":         {from: from{moved: true}, want: outbox.Dead, reason: "CONNECTOR_GONE", tries: 1, alarm: outbox.AlarmDead},
		"it changes nothing any more":    {from: from{reads: true}, want: outbox.Dead, reason: "CONNECTOR_GONE", tries: 1, alarm: outbox.AlarmDead},
		"the source is its callers' now": {from: from{cfg: upstreams.Config{Auth: credential.Auth{Forward: []string{"Authorization"}}}}, want: outbox.Dead, reason: "CONNECTOR_GONE", tries: 1, alarm: outbox.AlarmDead},
		"the source is elsewhere now":    {from: from{base: "https://new.test/v2", cfg: upstreams.Config{Auth: key}}, says: paid, want: outbox.Applied, tries: 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openShop(t, paid)
				if tt.says != nil {
					s.api.Now(tt.says, paid)
				}
				s.next(s.generation(tt.from))
				w := payment("7")
				if tt.keyless {
					w.Window = 0
				}
				s.accept(w)
				time.Sleep(time.Minute)
				r := s.record(w)
				if r.State != tt.want || r.Attempts != tt.tries || r.Last().Reason != tt.reason {
					t.Errorf("it is %s (%s: %s) after %d tries", r.State, r.Last().Reason, r.Last().Message, r.Attempts)
				}
				if tt.alarm == "" && len(s.alarms()) > 0 || tt.alarm != "" && (len(s.alarms()) != 1 || s.alarms()[0].Kind != tt.alarm) {
					t.Errorf("alarms: %+v", s.alarms())
				}
				if held := s.box.Shown(r) == outbox.Held; held != tt.held {
					t.Errorf("held: %t", held)
				}
				host := "https://shop.test"
				if tt.from.base != "" {
					host = "https://new.test"
				}
				for _, c := range s.api.Log() {
					if c.Method != http.MethodPost || c.URL != host+w.Request.PathAndQuery || c.Body != string(w.Request.Body) ||
						c.Header.Get("Idempotency-Key") != w.Request.VendorKey || (c.Header.Get("Authorization") != "") != (tt.from.cfg.Auth.Bearer == key.Bearer) {
						t.Errorf("sent: %+v", c)
					}
				}
				if n := s.api.Calls(); tt.want == outbox.Dead && n != 0 || tt.want != outbox.Dead && n != tt.tries {
					t.Errorf("%d calls", n)
				}
			})
		})
	}
}

// TestNothingIsSentBeforeThereIsAGeneration nor given up.
func TestNothingIsSentBeforeThereIsAGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, upstreamtest.Answer(200, `{"id":"p1"}`))
		w := payment("7")
		s.accept(w)
		time.Sleep(time.Hour / 2)
		if r := s.record(w); r.State != outbox.Queued || r.Attempts != 0 {
			t.Fatalf("it is %s after %d tries", r.State, r.Attempts)
		}
		s.next(s.generation(from{}))
		time.Sleep(time.Second)
		if r := s.record(w); r.State != outbox.Applied {
			t.Errorf("it is %s", r.State)
		}
	})
}

// TestTheNewestGenerationSends also what one before it has tried.
func TestTheNewestGenerationSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, upstreamtest.Refuse())
		s.next(s.generation(from{}))
		w := payment("7")
		s.accept(w)
		time.Sleep(time.Minute)
		s.next(s.generation(from{base: "https://new.test"}))
		s.api.Now(upstreamtest.Answer(200, `{"id":"p1"}`))
		time.Sleep(time.Minute)
		log := s.api.Log()
		if r := s.record(w); r.State != outbox.Applied || !strings.HasPrefix(log[0].URL, "https://shop.test/") || !strings.HasPrefix(log[len(log)-1].URL, "https://new.test/") {
			t.Errorf("it is %s, sent to %+v", r.State, log)
		}
	})
}

// TestATokenEndpointThatSaysNo holds the source; one that is out does not.
func TestATokenEndpointThatSaysNo(t *testing.T) {
	for name, tt := range map[string]struct {
		token upstreamtest.Step
		held  bool
	}{
		"no":  {token: upstreamtest.Answer(400, `{"error":"invalid_client"}`), held: true},
		"out": {token: upstreamtest.Answer(503, ``)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openShop(t, tt.token)
				auth := credential.Auth{OAuth2: &credential.OAuth2{TokenURL: "https://login.test/token", ClientID: credential.Secret{Text: "us"}, ClientSecret: credential.Secret{Text: "s"}}}
				s.next(s.generation(from{cfg: upstreams.Config{Auth: auth}}))
				w := payment("7")
				s.accept(w)
				time.Sleep(10 * time.Second)
				if r := s.record(w); (s.box.Shown(r) == outbox.Held) != tt.held || r.State != outbox.Queued {
					t.Fatalf("it is %s (%s)", s.box.Shown(r), r.Last().Reason)
				}
				if tt.held != (len(s.alarms()) == 1) {
					t.Errorf("alarms: %+v", s.alarms())
				}
				s.api.Now(func(req *http.Request) (*http.Response, error) {
					if req.URL.Host == "login.test" {
						return upstreamtest.Answer(200, `{"access_token":"t","token_type":"Bearer","expires_in":3600}`)(req)
					}
					return upstreamtest.Answer(200, `{"id":"p1"}`)(req)
				})
				if err := s.box.Resume(t.Context(), "shop", "me"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Minute)
				if r := s.record(w); r.State != outbox.Applied {
					t.Errorf("it is %s (%s)", r.State, r.Last().Reason)
				}
			})
		})
	}
}

// TestManyRefusedCredentials are one alarm.
func TestManyRefusedCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, upstreamtest.After(time.Second, upstreamtest.Answer(401, `{}`)))
		s.next(s.generation(from{}))
		for i := range 20 {
			s.accept(payment(fmt.Sprint("order ", i)))
		}
		time.Sleep(time.Hour / 4)
		if n := s.api.Calls(); n != 4 || len(s.alarms()) != 1 { // four at a time
			t.Errorf("%d calls, alarms %+v", n, s.alarms())
		}
	})
}

// TestADirectTryWhoseCredentialIsRefused is accepted all the same, and holds the source.
func TestADirectTryWhoseCredentialIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, upstreamtest.Answer(401, `{}`))
		s.next(s.generation(from{}))
		for _, order := range []string{"7", "8"} {
			w := payment(order)
			w.Later = false
			a, err := s.box.Do(t.Context(), w, nil)
			if err != nil || a.Record.State != outbox.Queued {
				t.Fatalf("%+v, %v", a, err)
			}
		}
		time.Sleep(time.Hour / 4)
		if n := s.api.Calls(); n != 1 || len(s.alarms()) != 1 || s.alarms()[0].Kind != outbox.AlarmCredential {
			t.Errorf("%d calls, alarms %+v", n, s.alarms())
		}
	})
}

// TestDrain has a source out for two hours, in which 10,000 writes are accepted in 500 lanes: nothing is tried while it is
// known to be out, but for one at a time that looks. Once it is back, what waits is sent in the order of its lane and within
// the quota; people do not wait for it, and of one lane in ten the source refuses a write, which holds up nobody.
func TestDrain(t *testing.T) {
	lanes, each := 500, 20
	if testing.Short() {
		lanes, each = 50, 6
	}
	const rate = 50
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, upstreamtest.Refuse())
		g := s.generation(from{cfg: upstreams.Config{Quota: quota.Config{Rate: rate, Burst: rate}, Cache: upstreams.Lifetimes{Policy: freshness.Policy{Fresh: new(time.Duration)}}}})
		s.next(g)
		all := map[string]*outbox.Write{}
		for n := range each {
			for lane := range lanes {
				w := payment(fmt.Sprintf("%03d-%02d", lane, n))
				w.Lane, w.Expires = fmt.Sprintf("%03d", lane), time.Now().Add(24*time.Hour)
				s.accept(w)
				all[w.Key] = w
			}
			time.Sleep(2 * time.Hour / time.Duration(each))
		}
		down := s.api.Calls()
		if most := 2*3600/5 + 100; down > most || down < 100 {
			t.Errorf("%d calls of a source that is out for two hours", down)
		}
		tries := 0
		for _, w := range all {
			tries += s.record(w).Attempts
		}
		if burnt := tries - down; burnt < 0 || burnt > 4 { // that were on their way when the breaker opened
			t.Errorf("%d tries, and %d were sent", tries, down)
		}

		var mu sync.Mutex
		var times []time.Time
		last := map[string]string{} // by lane
		s.api.Now(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			times = append(times, time.Now())
			order := req.URL.Query().Get("order")
			if lane, _, is := strings.Cut(order, "-"); is {
				if order <= last[lane] {
					t.Errorf("%s after %s", order, last[lane])
				}
				last[lane] = order
				if strings.HasSuffix(lane, "7") && strings.HasSuffix(order, "-03") {
					return upstreamtest.Answer(422, `{}`)(req)
				}
			}
			return upstreamtest.Answer(200, `{"id":"p1"}`)(req)
		})
		began := time.Now()
		for time.Since(began) < time.Duration(len(all)/rate)*3/2*time.Second+10*time.Second {
			asked := time.Now()
			_, err := g.Source("shop").Read(t.Context(), reading())
			if waited := time.Since(asked); err != nil || waited > 100*time.Millisecond {
				t.Fatalf("a person waited %v: %v", waited, err)
			}
			time.Sleep(time.Second)
		}
		states := map[outbox.State]int{}
		for _, w := range all {
			states[s.record(w).State]++
		}
		if refused := lanes / 10; states[outbox.Applied] != len(all)-refused || states[outbox.Refused] != refused {
			t.Errorf("it ended with %v", states)
		}
		for i := range times {
			if i >= 2*rate && times[i].Sub(times[i-2*rate]) < time.Second*9/10 { // what was saved up, and a second's
				t.Fatalf("%d calls within %v", 2*rate, times[i].Sub(times[i-2*rate]))
			}
		}
		if n := s.api.Calls() - down; n < len(all) {
			t.Errorf("%d calls for %d writes", n, len(all))
		}
	})
}

// TestItIsSentAtOnceWhenTheSourceAnswers somebody else again.
func TestItIsSentAtOnceWhenTheSourceAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, upstreamtest.Refuse())
		g := s.generation(from{})
		s.next(g)
		w := payment("7")
		s.accept(w)
		time.Sleep(20 * time.Minute)
		r := s.record(w)
		time.Sleep(time.Until(r.NextTry) - 10*time.Second)
		s.api.Now(upstreamtest.Answer(200, `{"id":"p1"}`))
		if _, err := g.Source("shop").Read(t.Context(), reading()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if r := s.record(w); r.State != outbox.Applied {
			t.Errorf("it is %s", r.State)
		}
	})
}

// reading reads what has been paid.
func reading(tags ...string) *upstreams.Request {
	return &upstreams.Request{
		Connector: "Query.paid", Method: http.MethodGet, URL: "https://shop.test/v1/paid/" + strings.Join(tags, ","),
		Policy: freshness.Policy{Fresh: new(24 * time.Hour)},
		Accept: func(upstreams.Reply) (any, error) { return tagged(tags), nil },
	}
}

type tagged []string

func (t tagged) Tags() (tags []cache.Tag) {
	for _, text := range t {
		tags = append(tags, cache.TagOf(text))
	}
	return tags
}

// TestWhatIsSettledIsUnfresh has answers asked for again of which some may have changed, whoever made the change and however
// long ago it was sent.
func TestWhatIsSettledIsUnfresh(t *testing.T) {
	paid := upstreamtest.Answer(200, `{"id":"p1"}`)
	for name, tt := range map[string]struct {
		says   upstreamtest.Step
		settle func(*shop, *outbox.Write) error
		gone   bool
		fresh  map[string]bool // by tag, in the end
		untold int             // of which the sender does not know what they changed
	}{
		"made hours later": {says: paid, fresh: map[string]bool{"Order:7": false, "Payment:p1": false, "Order:8": true, "Payment:p2": true}},
		"a person says that it was": {
			says:   upstreamtest.Answer(500, ``),
			settle: func(s *shop, w *outbox.Write) error { return s.box.Resolve(s.t.Context(), w.ID, true, "me") },
			fresh:  map[string]bool{"Order:7": false, "Payment:p1": false, "Payment:p2": false},
		},
		"that it was not": {
			says:   upstreamtest.Answer(500, ``),
			settle: func(s *shop, w *outbox.Write) error { return s.box.Resolve(s.t.Context(), w.ID, false, "me") },
			fresh:  map[string]bool{"Order:8": true, "Payment:p2": true},
		},
		"that it was, and its connector is gone": {
			says:   upstreamtest.Answer(500, ``),
			settle: func(s *shop, w *outbox.Write) error { return s.box.Resolve(s.t.Context(), w.ID, true, "me") },
			gone:   true, fresh: map[string]bool{"Order:7": true, "Order:8": true}, untold: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openShop(t, paid)
				g := s.generation(from{})
				w := payment("7")
				w.Window = 0
				s.accept(w)
				time.Sleep(time.Hour)
				ask := func() map[string]bool {
					fresh := map[string]bool{}
					for tag := range tt.fresh {
						a, err := g.Source("shop").Read(t.Context(), reading(tag))
						if err != nil {
							t.Fatal(err)
						}
						fresh[tag] = a.Cache == "hit"
					}
					return fresh
				}
				if tt.settle == nil {
					ask()
				}
				s.api.Now(tt.says)
				s.next(g)
				time.Sleep(time.Minute)
				s.api.Now(paid)
				if tt.settle != nil {
					ask() // after the try, which bumped all that it may have changed
					if tt.gone {
						s.next(s.generation(from{gone: true}))
					}
					if err := tt.settle(s, w); err != nil {
						t.Fatal(err)
					}
				}
				s.said.Lock()
				if s.untold != tt.untold {
					t.Errorf("%d untold", s.untold)
				}
				s.said.Unlock()
				for tag, fresh := range ask() {
					if fresh != tt.fresh[tag] {
						t.Errorf("%s: fresh %t", tag, fresh)
					}
				}
			})
		})
	}
}

// TestWhatWasBeingSentIsUnfresh has the sender gone before he could say what was changed.
func TestWhatWasBeingSentIsUnfresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, upstreamtest.Answer(200, `{"id":"p1"}`))
		g := s.generation(from{})
		s.next(g)
		w := payment("7")
		journal := outbox.NewMemory(outbox.Bounds{})
		died := outbox.New(outbox.Config{}, journal)
		defer func() { _ = died.Close(t.Context()) }()
		buried := make(chan struct{})
		defer close(buried)
		w.Later = false
		go func() {
			_, _ = died.Do(t.Context(), w, func(context.Context, outbox.Attempt) outbox.Result {
				<-buried
				return outbox.Result{}
			})
		}()
		synctest.Wait()
		tag := "Payment:p1"
		read := func() string {
			a, err := g.Source("shop").Read(t.Context(), reading(tag))
			if err != nil {
				t.Fatal(err)
			}
			return a.Cache
		}
		if read() != "miss" || read() != "hit" {
			t.Fatal("it is not remembered")
		}
		var states []outbox.State
		settled := s.settled(once.NewSender(s.newest))
		next := outbox.New(outbox.Config{Settled: func(ctx context.Context, r *outbox.Record) {
			states = append(states, r.State)
			settled(ctx, r)
		}}, journal)
		time.Sleep(time.Minute) // others wait for what he may be doing yet
		if err := next.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(states) != "[QUEUED]" || read() != "miss" {
			t.Errorf("%v, and what may have changed is fresh", states)
		}
	})
}
