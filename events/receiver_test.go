package events_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/events"
	"holdfast/events/signature"
)

// A post is an inbox behind a receiver, over HTTP, with a source for each scheme.
type post struct {
	*httptest.Server

	inbox   *events.Inbox
	journal *events.Memory
	world   *world
}

const (
	current  = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // base64, for those who want that
	previous = "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	theirs   = "cGxlYXNlIGxldCBtZSBpbiwgd2lsbCB5b3U="
	public   = "https://hooks.example.com/webhooks/x?a=b"
)

func openPost(t *testing.T) *post {
	t.Helper()
	w, j := newWorld(), events.NewMemory(events.Bounds{})
	g := begin(t, w, j, nil)
	sources := map[string]*events.Source{}
	for _, name := range signature.Names() {
		s := signature.Named(name)
		sources[name] = &events.Source{Name: name, Scheme: s, URL: public, Keys: func() []signature.Key {
			return []signature.Key{key(t, s, current), key(t, s, previous)}
		}}
	}
	p := &post{inbox: g.Inbox, journal: j, world: w}
	p.Server = httptest.NewServer(events.NewReceiver(g.Inbox, func(name string) *events.Source { return sources[name] }))
	t.Cleanup(p.Close)
	return p
}

func key(t *testing.T, s *signature.Scheme, secret string) signature.Key {
	t.Helper()
	k, err := s.Key(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A letter is a delivery, and what is done to it.
type letter struct {
	body   string
	secret string        // "": not signed
	age    time.Duration // of the signature
	after  func(*http.Request)
}

// send returns the status, and the code in the answer.
func (p *post) send(t *testing.T, source string, l letter) (status int, code string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+events.Path+source, strings.NewReader(l.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for _, name := range []string{"Webhook-Id", "X-WC-Webhook-Delivery-ID"} {
		req.Header.Set(name, "delivery of "+l.body[:min(len(l.body), 100)])
	}
	if l.secret != "" {
		s := signature.Named(source)
		d := &signature.Delivery{Method: http.MethodPost, URL: public, Header: req.Header, Body: []byte(l.body)}
		s.Sign(req.Header, d, key(t, s, l.secret), time.Now().Add(-l.age))
	}
	if l.after != nil {
		l.after(req)
	}
	res, err := p.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, rest, found := strings.Cut(string(text), `"code":"`); found {
		code, _, _ = strings.Cut(rest, `"`)
	}
	return res.StatusCode, code
}

// letters are good bodies by scheme: the second tells of something else than the first.
func letters(scheme string) (first, second string) {
	first = map[string]string{
		"stripe":      `{"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1"}}}`,
		"woocommerce": `{"id":1001,"status":"completed"}`,
		"hubspot":     `[{"eventId":1,"objectId":7,"occurredAt":1700000000000,"subscriptionType":"contact.creation"}]`,
		"zendesk":     `{"id":"1","type":"zen:event-type:ticket.created","detail":{"id":"35"}}`,
		"easypost":    `{"id":"evt_1","description":"tracker.updated","result":{"id":"trk_1"}}`,
		"square":      `{"event_id":"1","type":"inventory.count.updated"}`,
		"aftership":   `{"event_id":"1","event":"tracking_update","msg":{"id":"x"}}`,
		"mastodon":    `{"event":"status.created","object":{"id":"1"}}`,
		"standard":    `{"type":"order.updated","data":{"id":"1"}}`,
	}[scheme]
	return first, strings.ReplaceAll(strings.Replace(first, "1", "2", 1), `"1"`, `"2"`)
}

// timed are schemes that sign when it was.
func timed(scheme string) bool {
	switch scheme {
	case "stripe", "hubspot", "zendesk", "standard":
		return true
	}
	return false
}

func TestDeliveriesOfEveryScheme(t *testing.T) {
	t.Parallel()
	for _, scheme := range signature.Names() {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			p := openPost(t)
			first, second := letters(scheme)
			late, early := 200, 200
			if timed(scheme) {
				late, early = 401, 401
			}
			for _, test := range []struct {
				name   string
				letter letter
				status int
				kept   uint64 // events, after it
			}{
				{"not signed", letter{body: first}, 401, 0},
				{"of another secret", letter{body: first, secret: theirs}, 401, 0},
				{"changed", letter{body: first, secret: current, after: func(r *http.Request) {
					r.Body = io.NopCloser(strings.NewReader(strings.Replace(first, "1", "3", 1)))
				}}, 401, 0},
				{"signed long ago", letter{body: first, secret: current, age: 6 * time.Minute}, late, b2u(!timed(scheme))},
				{"of the future", letter{body: first, secret: current, age: -6 * time.Minute}, early, b2u(!timed(scheme))},
				{"as it should be", letter{body: first, secret: current}, 200, 1},
				{"again", letter{body: first, secret: current}, 200, 1},
				{"something else, of the previous secret", letter{body: second, secret: previous}, 200, 2},
				{"too large", letter{body: strings.Repeat(" ", 1<<20) + first, secret: current}, 413, 2},
				{"too large, and nobody says how", letter{body: strings.Repeat(" ", 1<<20) + first, secret: current, after: func(r *http.Request) {
					r.ContentLength = -1
				}}, 413, 2},
				{"no JSON", letter{body: "id=1", secret: current}, 200, 3},
				{"another shape", letter{body: "7", secret: current}, 200, 4},
			} {
				if status, code := p.send(t, scheme, test.letter); status != test.status {
					t.Errorf("%s: %d %s, want %d", test.name, status, code, test.status)
				}
				if n := p.inbox.Status().Sources[0].Kept; n != test.kept {
					t.Errorf("%s: %d events are kept, want %d", test.name, n, test.kept)
				}
			}
			until(t, func() bool { s := p.inbox.Status().Sources[0]; return s.Worked == 2 && s.Failed == 2 })
		})
	}
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not within half a minute")
		}
	}
}

func TestManyEventsInOneDelivery(t *testing.T) {
	t.Parallel()
	p := openPost(t)
	var all []string
	for id := range strings.SplitSeq("abcdefghij", "") {
		all = append(all, `{"eventId":"`+id+`","objectId":7,"occurredAt":1,"subscriptionType":"contact.creation"}`)
	}
	for range 2 {
		if status, code := p.send(t, "hubspot", letter{body: "[" + strings.Join(all, ",") + "]", secret: current}); status != 200 {
			t.Fatal(status, code)
		}
	}
	until(t, func() bool {
		s := p.inbox.Status().Sources[0]
		return s.Worked == 10 && s.Kept == 10 && s.Duplicates == 10
	})
}

func TestPingsAreAnsweredAndNotKept(t *testing.T) {
	t.Parallel()
	p := openPost(t)
	form := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	if status, code := p.send(t, "woocommerce", letter{body: "webhook_id=12", after: form}); status != 200 {
		t.Error(status, code)
	}
	if status, code := p.send(t, "woocommerce", letter{body: "webhook_id=12&id=7", after: form}); status != 401 {
		t.Error("it is no ping:", status, code)
	}
	if s := p.inbox.Status().Sources[0]; s.Pings != 1 || s.Kept != 0 || s.Verified != 0 {
		t.Errorf("%+v", s)
	}
}

func TestWhoIsCalledAndHow(t *testing.T) {
	t.Parallel()
	p := openPost(t)
	first, _ := letters("stripe")
	for _, path := range []string{"shop", "", "stripe/", "stripe/account", "Stripe", "stripe%2Faccount", "../webhooks/shop"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+events.Path+path, strings.NewReader(first))
		if err != nil {
			t.Fatal(err)
		}
		res, err := p.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %s", path, res.Status)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodOptions, http.MethodHead} {
		status, _ := p.send(t, "stripe", letter{body: first, secret: current, after: func(r *http.Request) { r.Method = method }})
		if status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, status)
		}
	}
	if s := p.inbox.Status(); s.Unknown != 7 || p.journal.State().Events != 0 {
		t.Errorf("%+v", s)
	}
}

// Who signs nothing is refused before anything of the body is read.
func TestWhatIsNotSignedIsNotRead(t *testing.T) {
	t.Parallel()
	p := openPost(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+events.Path+"stripe", &endless{until: t.Context()})
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 1 << 19
	res, err := p.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Error(res.Status)
	}
}

// endless is a body of which nothing comes.
type endless struct {
	until context.Context //nolint:containedctx // a body has no other
}

func (e *endless) Read([]byte) (int, error) { <-e.until.Done(); return 0, io.ErrUnexpectedEOF }

func TestABodyThatIsCut(t *testing.T) {
	t.Parallel()
	p := openPost(t)
	first, _ := letters("stripe")
	r := httptest.NewRequest(http.MethodPost, events.Path+"stripe", io.MultiReader(strings.NewReader(first[:20]), broken{}))
	s := signature.Named("stripe")
	s.Sign(r.Header, &signature.Delivery{Body: []byte(first)}, key(t, s, current), time.Now())
	w := httptest.NewRecorder()
	p.Config.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || p.inbox.Status().Sources[0].Refused[events.Cut] != 1 {
		t.Error(w.Code, w.Body)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("reset") }

// Of those who are slow there are no more at a time than the gateway has room for; who signs nothing takes none of it.
func TestSoManyAreReadAtATime(t *testing.T) {
	t.Parallel()
	p := openPost(t)
	first, second := letters("stripe")
	held, release := make(chan struct{}, 64), make(chan struct{})
	var all sync.WaitGroup
	s := signature.Named("stripe")
	signed := func(body string, r io.Reader) *http.Request {
		req := httptest.NewRequest(http.MethodPost, events.Path+"stripe", r)
		s.Sign(req.Header, &signature.Delivery{Body: []byte(body)}, key(t, s, current), time.Now())
		return req
	}
	answers := make(chan int, 64)
	for range 64 {
		all.Go(func() {
			w := httptest.NewRecorder()
			p.Config.Handler.ServeHTTP(w, signed(first, &slow{held, release, strings.NewReader(first)}))
			answers <- w.Code
		})
	}
	for range 64 {
		<-held
	}
	w := httptest.NewRecorder()
	p.Config.Handler.ServeHTTP(w, signed(second, strings.NewReader(second)))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Error(w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	p.Config.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, events.Path+"stripe", strings.NewReader(second)))
	if w.Code != http.StatusUnauthorized {
		t.Error("not signed:", w.Code)
	}
	close(release)
	all.Wait()
	for range 64 {
		if code := <-answers; code != 200 {
			t.Error(code)
		}
	}
	w = httptest.NewRecorder()
	p.Config.Handler.ServeHTTP(w, signed(second, strings.NewReader(second)))
	if w.Code != 200 {
		t.Error("afterwards:", w.Code)
	}
}

// slow says that it is read, and waits.
type slow struct {
	held    chan<- struct{}
	release <-chan struct{}
	rest    io.Reader
}

func (s *slow) Read(b []byte) (int, error) {
	if s.held != nil {
		s.held <- struct{}{}
		s.held = nil
		<-s.release
	}
	return s.rest.Read(b)
}

func TestNothingOfASenderIsRepeated(t *testing.T) {
	t.Parallel()
	p := openPost(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+events.Path+"stripe", strings.NewReader(`{"a":"<script>"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Stripe-Signature", "t=1,v1=<script>")
	res, err := p.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || bytes.Contains(text, []byte("script")) || res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s, %v", text, err)
	}
}

func BenchmarkNotSigned(b *testing.B) {
	x := events.New(events.Config{}, events.NewMemory(events.Bounds{}))
	s := &events.Source{Name: "stripe", Scheme: signature.Named("stripe"), Keys: func() []signature.Key { return nil }}
	v := events.NewReceiver(x, func(string) *events.Source { return s })
	for b.Loop() {
		v.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, events.Path+"stripe", http.NoBody))
	}
}
