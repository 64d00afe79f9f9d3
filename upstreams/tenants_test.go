package upstreams_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

var each = flag.Int("each", 100, "how many requests each of 600 callers makes for its tenants")

// TestNoTenantGetsWhatIsAnothers has a hundred tenants ask for the same things in every way there is: alone
// and in batches, at the same instant, patiently or not, of an API that fails now and then, and under names
// that collide. That is 60,000 requests, with -each 1000 more. Not a byte may be another's.
func TestNoTenantGetsWhatIsAnothers(t *testing.T) {
	t.Parallel()
	const callers = 200
	each := *each
	if testing.Short() {
		each = 17
	}
	tests := map[string]identify{
		"known by the credentials they send": func(ctx context.Context, tenant string) (context.Context, string, http.Header) {
			return upstreams.WithCaller(ctx, http.Header{"X-Tenant": {tenant}}), "", nil
		},
		"known by what their requests hold": func(ctx context.Context, tenant string) (context.Context, string, http.Header) {
			return ctx, tenant, http.Header{"X-Tenant": {tenant}}
		},
		"known by the scope alone": func(ctx context.Context, tenant string) (context.Context, string, http.Header) {
			return context.WithValue(ctx, tenantKey{}, tenant), tenant, nil
		},
	}
	for name, as := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m, counts := meters(t)
				b := openBuilding(t, as, upstreams.WithMetrics(m))
				var all sync.WaitGroup
				for range callers {
					all.Go(func() {
						for range each {
							b.ask(t)
							time.Sleep(time.Duration(rand.IntN(4)) * 50 * time.Millisecond) // many wake at once
						}
					})
				}
				all.Wait()
				if !testing.Short() {
					b.verify(t, callers*each, strings.Join(counts(), "\n"))
				}
			})
		})
	}
}

// identify returns how a request says which tenant makes it: by its context, scope and header.
type identify func(ctx context.Context, tenant string) (context.Context, string, http.Header)

type tenantKey struct{}

// building is a source of many tenants, and what came of their requests.
type building struct {
	*upstreams.Client
	as    identify
	names *names

	mu   sync.Mutex
	came map[string]int // how often, by state and reason
}

func openBuilding(t *testing.T, as identify, options ...upstreams.Option) *building {
	t.Helper()
	n := &names{owners: map[cache.ID]string{}}
	c, err := cache.New(cache.Config{Memory: 4 << 20}, cache.NewMemory(1<<20), cache.WithID(n.name))
	if err != nil {
		t.Fatal(err)
	}
	cfg := upstreams.Config{
		Name: "building", Timeout: 3 * time.Second, Cache: upstreams.Lifetimes{Respect: freshness.StandIn},
		Breaker: upstreams.Breaker{Share: 0.9}, Quota: quota.Config{Concurrent: 150},
	}
	if _, scope, _ := as(t.Context(), "any"); scope == "" {
		cfg.Auth.Forward = []string{"X-Tenant"}
	}
	u := upstreams.New(cfg, c, landlord{}, options...)
	t.Cleanup(func() {
		if err := u.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		_ = c.Close(context.Background())
	})
	return &building{Client: u, as: as, names: n, came: map[string]int{}}
}

// landlord answers whoever asks with what is his, if it answers at all.
type landlord struct{}

func (landlord) RoundTrip(req *http.Request) (*http.Response, error) {
	tenant := req.Header.Get("X-Tenant")
	if tenant == "" {
		tenant, _ = req.Context().Value(tenantKey{}).(string)
	}
	one := func(thing string) string { return fmt.Sprintf(`{"tenant":%q,"thing":%q}`, tenant, thing) }
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
		return upstreamtest.After(time.Duration(rand.IntN(4))*20*time.Millisecond, good)(req)
	case n < 90: // longer than patience, and than some callers stay
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

// owned is what the landlord's bodies say.
type owned struct {
	Tenant, Thing string
	By            string // the connector that mapped it
}

// ask makes one random request. Some tenants ask more than others, and some things are asked for more.
func (b *building) ask(t *testing.T) {
	t.Helper()
	tenant := strconv.Itoa(int(100 * rand.Float64() * rand.Float64()))
	ctx, scope, header := b.as(t.Context(), tenant)
	if rand.IntN(20) == 0 { // leaves, perhaps before the others
		var leave context.CancelFunc
		ctx, leave = context.WithTimeout(ctx, time.Duration(1+rand.IntN(500))*time.Millisecond)
		defer leave()
	}
	connector := [...]string{"Query.thing", "Query.other"}[rand.IntN(2)]
	policy := freshness.Policy{Fresh: new(time.Second), Refresh: new(2 * time.Second), Stale: new(time.Hour)}
	accept := func(r upstreams.Reply) (any, error) {
		if err := r.Err(); err != nil {
			return nil, err
		}
		v := owned{By: connector}
		err := json.Unmarshal(r.Body, &v)
		return v, err
	}
	if rand.IntN(10) == 0 {
		things := orders()
		for _, n := range rand.Perm(8)[:1+rand.IntN(4)] {
			things.Keys = append(things.Keys, strconv.Itoa(n))
		}
		things.Connector, things.Slot, things.Scope, things.Policy, things.Accept = connector, connector, scope, policy, accept
		things.Inputs = header.Get("X-Tenant")
		build := things.Build
		things.Build = func(keys []string) (*upstreams.Request, error) {
			r, err := build(keys)
			r.Header = header
			return r, err
		}
		for i, item := range b.ReadBatch(ctx, things) {
			b.see(t, owned{tenant, things.Keys[i], connector}, item.Answer, item.Err)
		}
		return
	}
	thing := strconv.Itoa(int(8 * rand.Float64() * rand.Float64()))
	r := &upstreams.Request{
		Connector: connector, Slot: connector, Method: http.MethodGet, URL: "https://shop.test/things/" + thing,
		Scope: scope, Header: header, Policy: policy, Accept: accept,
	}
	read := b.Read
	if rand.IntN(2000) == 0 {
		read = b.Write
	}
	a, err := read(ctx, r)
	b.see(t, owned{tenant, thing, connector}, a, err)
}

// see compares an answer with what it ought to be.
func (b *building) see(t *testing.T, want owned, a *upstreams.Answer, err error) {
	t.Helper()
	came := "ERROR " + string(reasonOf(err))
	if err == nil {
		came = strings.TrimSpace(string(a.State) + " " + string(a.Reason))
		if a.Value != want {
			t.Errorf("got %v of another, want %v: %s", a.Value, want, came)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.came[came]++
}

// verify holds that everything happened that the test is about, and often.
func (b *building) verify(t *testing.T, requests int, counts string) {
	t.Helper()
	for _, came := range []string{
		"FRESH", "REFRESHING", "STANDING_IN SLOW", "STANDING_IN STATUS", "STANDING_IN UNREACHABLE", "ERROR STATUS", "ERROR TIMEOUT",
	} {
		if b.came[came] == 0 {
			t.Errorf("nobody got %s", came)
		}
	}
	for _, count := range []string{"coalesced connector=Query.thing", "reads connector=Query.thing result=hit", "reads connector=Query.other result=miss"} {
		if !strings.Contains(counts, "holdfast."+count) {
			t.Errorf("no %s in\n%s", count, counts)
		}
	}
	if b.names.shared < requests/10 {
		t.Errorf("only %d collisions", b.names.shared)
	}
}

// names gives entries names that collide, and counts how often one was another's before.
type names struct {
	mu     sync.Mutex
	owners map[cache.ID]string // whose it was last
	shared int
}

// name has the tenants collide over a quarter of all things, and over another quarter all of them under eight
// names in all. The rest is left alone.
func (n *names) name(key, scope string) cache.ID {
	owner := key + "\x00" + scope
	name, thing := sha256.Sum256([]byte(owner)), sha256.Sum256([]byte(key))
	switch thing[0] % 4 {
	case 0:
		name = thing
	case 1:
		name = [sha256.Size]byte{thing[1] % 8}
	}
	id := cache.ID(name[:len(cache.ID{})])
	n.mu.Lock()
	defer n.mu.Unlock()
	if last, ok := n.owners[id]; ok && last != owner {
		n.shared++
	}
	n.owners[id] = owner
	return id
}
