package upstreams_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

const (
	tenantCount = 100
	thingCount  = 8
)

// owned is what the source has: every body says whose it is, and what.
type owned struct {
	Tenant, Thing int
	For           string // the connector that mapped it
}

// mapped is an Accept of the named connector.
func mapped(connector string) func(upstreams.Reply) (any, error) {
	return func(r upstreams.Reply) (any, error) {
		if err := upstreams.StatusError(r.Status, r.Header); err != nil {
			return nil, err
		}
		v := owned{For: connector}
		if err := json.Unmarshal(r.Body, &v); err != nil {
			return nil, err
		}
		return v, nil
	}
}

// landlord answers whoever asks with what is his, if it answers at all.
func landlord(req *http.Request) (*http.Response, error) {
	tenant := req.Header.Get("Authorization") + req.Header.Get("X-Tenant")
	one := func(thing string) string { return fmt.Sprintf(`{"Tenant":%s,"Thing":%s}`, tenant, thing) }
	body := one(strings.TrimPrefix(req.URL.Path, "/things/"))
	if ids := req.URL.Query().Get("ids"); ids != "" {
		var all []string
		for id := range strings.SplitSeq(ids, ",") {
			all = append(all, strconv.Quote(id)+":"+one(id))
		}
		body = "{" + strings.Join(all, ",") + "}"
	}
	good := upstreamtest.Answer(http.StatusOK, body)
	switch n := rand.IntN(100); {
	case n < 80:
		return upstreamtest.After(time.Duration(rand.IntN(60))*time.Millisecond, good)(req)
	case n < 90: // longer than patience, and than a caller who leaves
		return upstreamtest.After(time.Second, good)(req)
	case n < 95:
		return upstreamtest.Answer(http.StatusServiceUnavailable, body)(req)
	case n < 97:
		return upstreamtest.Truncate(http.StatusOK, body)(req)
	case n < 99:
		return upstreamtest.Refuse()(req)
	default:
		return upstreamtest.Hang()(req)
	}
}

// names gives entries names that collide, and counts how often a name was another's before.
type names struct {
	mu      sync.Mutex
	last    map[[sha256.Size]byte]string
	memory  int // in the part that memory looks at
	store   int // in all of it
	lastFew map[[8]byte]string
}

// name leaves a third of all things alone, has all tenants collide in memory over another third, and puts
// everything else under four names.
func (n *names) name(key, scope string) [sha256.Size]byte {
	whole, thing := sha256.Sum256([]byte(key+"\x00"+scope)), sha256.Sum256([]byte(key))
	switch thing[0] % 3 {
	case 1:
		copy(whole[:8], thing[:8])
	case 2:
		whole = [sha256.Size]byte{thing[1] % 4}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	few, owner := [8]byte(whole[:8]), key+"\x00"+scope
	if before, ok := n.last[whole]; ok && before != owner {
		n.store++
	}
	if before, ok := n.lastFew[few]; ok && before != owner {
		n.memory++
	}
	n.last[whole], n.lastFew[few] = owner, owner
	return whole
}

// building is two sources with one cache: one knows its tenants by the credentials they send, which are in
// the scope only, the other by what their requests hold.
type building struct {
	byCredential, byScope *upstreams.Client
	names                 *names

	mu      sync.Mutex
	came    map[string]int // by kind of answer
	foreign atomic.Int64   // answers that are another's
}

func openBuilding(t *testing.T) *building {
	t.Helper()
	b := &building{names: &names{last: map[[sha256.Size]byte]string{}, lastFew: map[[8]byte]string{}}, came: map[string]int{}}
	c, err := cache.New(cache.Config{Memory: 1 << 20}, cache.NewMemory(1<<20), cache.WithID(b.names.name))
	if err != nil {
		t.Fatal(err)
	}
	follow, stop := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() {
		if err := c.Run(follow); err != nil {
			t.Error(err)
		}
	})
	cfg := upstreams.Config{
		Timeout: 3 * time.Second, Cache: upstreams.Cache{Respect: freshness.StandIn},
		Breaker: upstreams.Breaker{Share: 0.9}, Quota: upstreams.Quota{Concurrent: 150},
	}
	rt := rounds(landlord)
	cfg.Name = "by scope"
	b.byScope = upstreams.New(cfg, c, rt)
	cfg.Name, cfg.Auth.Forward = "by credential", []string{"Authorization"}
	b.byCredential = upstreams.New(cfg, c, rt)
	t.Cleanup(func() {
		if err := errors.Join(b.byScope.Close(context.WithoutCancel(t.Context())), b.byCredential.Close(context.WithoutCancel(t.Context()))); err != nil {
			t.Error(err)
		}
		stop()
		following.Wait()
		c.Close()
	})
	return b
}

// rounds is an [http.RoundTripper] of one function, which keeps no log.
type rounds func(*http.Request) (*http.Response, error)

func (f rounds) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// ask makes one random request of a random tenant, some of whom ask more than others.
func (b *building) ask(ctx context.Context) {
	tenant, connector := int(tenantCount*rand.Float64()*rand.Float64()), [...]string{"Query.thing", "Query.other"}[rand.IntN(2)]
	policy := freshness.Policy{Fresh: new(time.Second), Refresh: new(2 * time.Second), Stale: new(time.Hour)}
	u, scope, header := b.byScope, fmt.Sprint("tenant ", tenant), http.Header{"X-Tenant": {strconv.Itoa(tenant)}}
	if rand.IntN(2) == 0 {
		u, scope, header = b.byCredential, "", nil
		ctx = upstreams.WithCaller(ctx, http.Header{"Authorization": {strconv.Itoa(tenant)}})
	}
	if rand.IntN(20) == 0 { // leaves, perhaps before the others
		var leave context.CancelFunc
		ctx, leave = context.WithTimeout(ctx, time.Duration(1+rand.IntN(500))*time.Millisecond)
		defer leave()
	}
	if rand.IntN(5) == 0 {
		keys := make([]string, 1+rand.IntN(5))
		for i, thing := range rand.Perm(thingCount)[:len(keys)] {
			keys[i] = strconv.Itoa(thing)
		}
		batch := orders(keys...)
		batch.Connector, batch.Slot, batch.Scope, batch.Policy, batch.Accept = connector, connector, scope, policy, mapped(connector)
		batch.Inputs = header.Get("X-Tenant")
		build := batch.Build
		batch.Build = func(keys []string) (*upstreams.Request, error) {
			r, err := build(keys)
			r.Header = header
			return r, err
		}
		for i, item := range u.ReadBatch(ctx, batch) {
			b.see("batch", owned{tenant, i, connector}, keys[i], item.Answer, item.Err)
		}
		return
	}
	thing := strconv.Itoa(int(thingCount * rand.Float64() * rand.Float64()))
	r := &upstreams.Request{
		Connector: connector, Slot: connector, Method: http.MethodGet, URL: "https://shop.test/things/" + thing,
		Header: header, Scope: scope, Policy: policy, Accept: mapped(connector),
	}
	what, read := "read", u.Read
	if rand.IntN(2000) == 0 {
		what, read = "write", u.Write
	}
	a, err := read(ctx, r)
	b.see(what, owned{tenant, 0, connector}, thing, a, err)
}

// see compares an answer with what it ought to be.
func (b *building) see(what string, want owned, thing string, a *upstreams.Answer, err error) {
	want.Thing, _ = strconv.Atoi(thing)
	if err == nil {
		what += " " + string(a.State) + " " + a.Cache + " " + string(a.Reason)
		if a.Value != want {
			b.foreign.Add(1)
		}
	} else {
		what += " error " + string(reasonOf(err))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.came[strings.TrimSpace(what)]++
}

// TestNoTenantGetsWhatIsAnothers has a hundred tenants ask for the same things in every way there is, under
// names that collide in memory and in the store. Not a byte of an answer may be another's.
func TestNoTenantGetsWhatIsAnothers(t *testing.T) {
	requests := 100_000
	if testing.Short() {
		requests = 10_000
	}
	synctest.Test(t, func(t *testing.T) {
		b := openBuilding(t)
		const callers = 200
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				for range requests / callers {
					b.ask(t.Context())
					time.Sleep(time.Duration(rand.IntN(200)) * time.Millisecond)
				}
			})
		}
		all.Wait()
		if n := b.foreign.Load(); n > 0 {
			t.Errorf("%d answers were another's", n)
		}
		for _, what := range slices.Sorted(maps.Keys(b.came)) {
			t.Log(b.came[what], what)
		}
		t.Log(b.names.memory, b.names.store)
	})
}
