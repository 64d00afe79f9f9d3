// Package sandbox stands in for vendors' APIs, so that everything can be tried,
// and broken, without an account and without the internet. Each stand-in speaks
// its vendor's wire format, checks its credentials, keeps state (a refund made
// at Stripe shows at the next read, in the shop too) and shares one
// deterministic seed of people, orders, payments and tickets with the others. Like the
// real APIs it is reached by URL only.
//
//	curl -u ck_sandbox:cs_sandbox   http://127.0.0.1:8081/woocommerce/wp-json/wc/v3/orders/1001
//	curl -u sk_test_sandbox:        http://127.0.0.1:8081/stripe/v1/payment_intents/pi_3Sandbox0000000000001001
//	curl -u agent@example.com/token:zd_sandbox  'http://127.0.0.1:8081/zendesk/api/v2/users/show_many?external_ids=11,12'
//
// Break one API, or all of them, and mend it again:
//
//	curl -X PUT    -d '{"status":503}'                      http://127.0.0.1:8081/_faults/stripe
//	curl -X PUT    -d '{"latency":"2s","share":0.5}'        http://127.0.0.1:8081/_faults
//	curl -X PUT    -d '{"hang":true,"path":"/v1/refunds"}'  http://127.0.0.1:8081/_faults/stripe
//	curl -X PUT    -d '{"rate":{"limit":5,"per":"1s"}}'     http://127.0.0.1:8081/_faults/woocommerce
//	curl -X PUT    -d '{"reset":true}'                      http://127.0.0.1:8081/_faults/woocommerce
//	curl -X PUT    -d '{"truncate":true}'                   http://127.0.0.1:8081/_faults/woocommerce
//	curl -X PUT    -d '{"cutAfter":true}'                   http://127.0.0.1:8081/_faults/stripe
//	curl -X PUT    -d '{"body":"<html>","contentType":"text/html"}'  http://127.0.0.1:8081/_faults/woocommerce
//	curl           http://127.0.0.1:8081/_faults
//	curl -X DELETE http://127.0.0.1:8081/_faults/stripe
//	curl -X DELETE http://127.0.0.1:8081/_faults
//
// A source has one fault at a time, but its keys work together: a latency and a
// status make a slow error. The path is a prefix of what follows the source's
// name, or of what follows the API's base ("/refunds"). A share strikes at
// random, in the same order after each PUT.
//
// What a fault does to a write: with status, body, rate, hang and reset nothing
// has happened; with latency, truncate and cutAfter the work is done and only its
// answer is late, cut or not there. GET /_calls says how often each route was
// asked, faults included, and GET /_effects how many writes were made; GET /
// lists all there is.
//
// A write that comes twice is made as often as the vendor would make it: Stripe
// honours an Idempotency-Key for a day on every POST, Zendesk for two hours where
// a ticket is created, WooCommerce never. Their windows end at once with
//
//	curl -X DELETE http://127.0.0.1:8081/_keys/stripe
//
// Who wants to be told of changes says where, and how much goes wrong on the way.
// WooCommerce, Stripe and Zendesk tell of what is changed through their APIs, signed
// as they sign, and of what POST /_events names, as if it had changed:
//
//	curl -X PUT    -d '{"url":"http://127.0.0.1:8080/webhooks/stripe","secret":"whsec_sandbox"}'  http://127.0.0.1:8081/_webhooks/stripe
//	curl -X PUT    -d '{"url":"…","secret":"…","delay":"50ms","shuffle":true,"copies":3,"drop":0.1}'  http://127.0.0.1:8081/_webhooks/woocommerce
//	curl -X POST   -d '{"topic":"order.updated","id":1001}'  http://127.0.0.1:8081/_events/woocommerce
//	curl           http://127.0.0.1:8081/_webhooks
//
// Read [New] first, then world.go for what exists, vendor.go for what a
// stand-in is (a new one is one file and a line in New), faults.go, keys.go and webhooks.go.
package sandbox

import (
	"net/http"
	"strings"
	"sync"
)

// Config says how much there is in the sandbox. The zero value is good.
type Config struct {
	// Orders is how many orders exist at the start, with their payments;
	// 0 means 300. There are never fewer than the three fixed ones, 1001 to 1003.
	Orders int
	// Seed varies the orders after 1003. Equal seeds give equal worlds.
	Seed uint64
	// Transport sends webhooks; nil means [http.DefaultTransport].
	Transport http.RoundTripper
}

// Sandbox is the handler of all stand-ins and of the controls around them.
// It is safe for concurrent use. It holds everything in memory: a new one
// starts from the seed again.
type Sandbox struct {
	world    *world
	vendors  map[string]*vendor
	faults   *faults
	calls    *calls
	effects  *effects
	webhooks *webhooks
	control  http.Handler
	closed   chan struct{}
	close    sync.Once
}

// New returns a sandbox with the world that cfg describes. [Sandbox.Close] it
// before waiting for its server to shut down.
func New(cfg Config) *Sandbox {
	w := newWorld(cfg)
	s := &Sandbox{world: w, vendors: map[string]*vendor{}, closed: make(chan struct{})}
	for _, v := range []*vendor{
		newWooCommerce(w),
		newStripe(w),
		newZendesk(w),
	} {
		s.vendors[v.name] = v
	}
	s.effects = newEffects(s.vendors)
	s.webhooks = newWebhooks(s.vendors, cfg)
	w.webhooks = s.webhooks
	for _, v := range s.vendors {
		v.build(s.effects)
	}
	s.faults = newFaults(s.vendors, cfg.Seed)
	s.calls = newCalls(s.vendors)
	s.control = s.controls()
	return s
}

// ServeHTTP answers for the vendor named by the first segment of the path, or
// serves the controls.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if v := s.vendors[name]; v != nil {
		s.serve(v, w, r)
		return
	}
	s.control.ServeHTTP(w, r)
}

// Close cuts the requests that a fault holds, so that a server's Shutdown does
// not wait for them; later ones are cut at once. Nobody is told of changes any more.
// It may be called twice.
func (s *Sandbox) Close() {
	s.close.Do(func() { close(s.closed) })
	s.webhooks.close()
}

// controls is what stands beside the vendors: the index, the faults, the calls,
// the effects, the webhooks, the idempotency keys.
func (s *Sandbox) controls() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /_faults", s.faults.list)
	mux.HandleFunc("PUT /_faults", s.faults.put)
	mux.HandleFunc("PUT /_faults/{source}", s.faults.put)
	mux.HandleFunc("DELETE /_faults", s.faults.lift)
	mux.HandleFunc("DELETE /_faults/{source}", s.faults.lift)
	mux.HandleFunc("GET /_calls", s.calls.list)
	mux.HandleFunc("DELETE /_calls", s.calls.reset)
	mux.HandleFunc("GET /_effects", s.effects.list)
	mux.HandleFunc("DELETE /_effects", s.effects.reset)
	mux.HandleFunc("GET /_webhooks", s.webhooks.list)
	mux.HandleFunc("PUT /_webhooks/{source}", s.webhooks.put)
	mux.HandleFunc("DELETE /_webhooks/{source}", s.webhooks.lift)
	mux.HandleFunc("POST /_events/{source}", s.event)
	mux.HandleFunc("GET /_keys", s.listKeys)
	mux.HandleFunc("DELETE /_keys", s.endKeys)
	mux.HandleFunc("DELETE /_keys/{source}", s.endKeys)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "there is no "+r.Method+" "+r.URL.Path+" here; GET / lists what there is")
	})
	return mux
}

// refuse answers a request to the controls that cannot be met.
func refuse(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"error": message})
}
