package main

import (
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/sandbox"
)

// shopAPIs are the APIs of the shop, in this process: they outlive the programs that ask them.
type shopAPIs struct {
	*httptest.Server

	box *sandbox.Sandbox
}

func startAPIs(tb testing.TB) *shopAPIs {
	tb.Helper()
	v := &shopAPIs{box: sandbox.New(sandbox.Config{})}
	v.Server = httptest.NewServer(v.box)
	tb.Cleanup(v.gone)
	return v
}

// gone has nobody listen there any more.
func (v *shopAPIs) gone() {
	v.box.Close()
	v.CloseClientConnections()
	v.Close()
}

// sources are the flags of a program that asks v, with more settings.
func (v *shopAPIs) sources(settings ...string) []string {
	args := []string{"-sandbox", "off"}
	for _, set := range append([]string{
		"sources.woocommerce.url=" + v.URL + "/woocommerce/wp-json/wc/v3",
		"sources.stripe.url=" + v.URL + "/stripe/v1",
		"sources.zendesk.url=" + v.URL + "/zendesk/api/v2",
	}, settings...) {
		args = append(args, "-set", set)
	}
	return args
}

// neverFresh has every read ask its API.
func neverFresh() []string {
	return []string{"sources.woocommerce.cache.fresh=0s", "sources.stripe.cache.fresh=0s", "sources.zendesk.cache.fresh=0s"}
}

// A lasting program is a process that may die and be started again.
type lasting struct {
	*process

	v    *shopAPIs
	args []string
}

// spawnOn starts a process that asks v. Its data directory is among args, after v's.
func spawnOn(tb testing.TB, v *shopAPIs, args ...string) *lasting {
	tb.Helper()
	l := &lasting{v: v, args: args}
	l.spawn(tb)
	return l
}

func (l *lasting) spawn(tb testing.TB) {
	tb.Helper()
	l.process = spawn(tb, l.args...)
	l.sandbox = l.v.URL
}

// again starts the process once more, in place of the one that has ended, and returns when it began.
func (l *lasting) again() time.Time {
	l.t.Helper()
	began := time.Now()
	l.spawn(l.t)
	return began
}

// kill ends the process as a crash does.
func (l *lasting) kill() {
	l.t.Helper()
	l.signal(syscall.SIGKILL)
	<-l.ended
	http.DefaultClient.CloseIdleConnections()
}

// seenQueries read of all three APIs: by key, in batches, by pages, by hand.
func seenQueries() []string {
	queries := []string{
		orderQuery,
		`{ orders(first: 20) { edges { node { number total { amount currency } customer { displayName } payment { status } } } pageInfo { hasNextPage endCursor } } }`,
		`{ customer(email: "ada.okafor@example.com") { displayName lifetimeValue { amount currency } orders(first: 3) { edges { node { number } } } } }`,
		`{ customer(email: "ada.okafor@example.com") { supportUser { name tickets(first: 2) { edges { node { subject status } } } } } }`,
		`{ order(id: "999999") { number } }`, // that it is not there is an answer, too, for a while
	}
	for _, order := range seenOrders() {
		queries = append(queries, paymentQuery(order))
	}
	return queries
}

// A memory is what a query was answered with once, between two moments.
type memory struct {
	query    string
	data     map[string]any
	from, to time.Time
}

// see asks queries until each has an answer that is whole and new.
func (p *program) see(queries ...string) (seen []memory) {
	p.t.Helper()
	for _, q := range queries {
		from := time.Now()
		a := p.eventually(q, isFresh)
		seen = append(seen, memory{q, a.Data, from, time.Now()})
	}
	return seen
}

// notThere is how long it is remembered that something is not there.
const notThere = 30 * time.Second

// recall asks again what was seen, while no API can be reached: every answer is the same, and says how old it is.
func (p *program) recall(seen []memory) {
	p.t.Helper()
	first, last := seen[0].from, seen[len(seen)-1].to // what one query read may be part of the answer to another
	for _, m := range seen {
		least := time.Since(last).Truncate(time.Second)
		a := p.ask(m.query)
		most := time.Since(first)
		if most >= notThere && cmp.Equal(m.data, map[string]any{"order": nil}) {
			continue
		}
		if a.Errors != nil || !cmp.Equal(a.Data, m.data) {
			p.t.Errorf("%s\nerrors %+v\n%s", m.query, a.Errors, cmp.Diff(m.data, a.Data))
			continue
		}
		if a.Extensions.Freshness == nil {
			p.t.Errorf("%s\nis taken for fresh", m.query)
		}
		for _, f := range a.Extensions.Freshness {
			if f.State != "STANDING_IN" || f.AgeSeconds == nil || *f.AgeSeconds < least.Seconds() || *f.AgeSeconds > most.Seconds() {
				p.t.Errorf("%s\n%s of %s is %s because of %s, %v s old; want STANDING_IN, of %v to %v",
					m.query, f.Path, f.Source, f.State, f.Reason, f.AgeSeconds, least, most)
			}
		}
	}
}

// TestAfterAnOutageAndACrashAllThatWasSeenIsAnswered goes on where the README's outage ends: the program dies in it.
func TestAfterAnOutageAndACrashAllThatWasSeenIsAnswered(t *testing.T) {
	t.Parallel()
	v := startAPIs(t)
	p := spawnOn(t, v, append(v.sources(neverFresh()...), "-data", shortDir(t))...)
	seen := p.see(seenQueries()...)
	p.keeping()
	v.gone()
	p.recall(seen)
	for range 2 {
		<-time.After(time.Second) // so that ages show
		p.kill()
		began := p.again()
		p.recall(seen)
		t.Logf("%d queries answered %v after the start", len(seen), time.Since(began).Round(time.Millisecond))
	}
}
