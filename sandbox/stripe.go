package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// stripe is a payment provider that speaks Stripe v1.
type stripe struct {
	*world
	keys     *keys
	requests int // answered so far
}

const (
	stripeSecret  = "sk_test_sandbox"
	stripeVersion = "2026-08-26.dahlia"
)

func newStripe(w *world) *vendor {
	s := &stripe{world: w, keys: newKeys(stripeKeep)}
	list := []string{"limit", "starting_after", "ending_before", "created", "expand"}
	return &vendor{
		name: "stripe", base: "/v1",
		auth: "bearer " + stripeSecret + ", or basic with it as user name",
		try: []string{
			"/payment_intents/" + stripeID("pi", firstOrder) + "?expand[]=latest_charge",
			"/customers?email=ada.okafor@example.com", "/payment_intents?limit=5",
		},
		routes: map[string]http.HandlerFunc{
			"GET /payment_intents":      stripeRoute(s.listIntents, append(list, "customer")...),
			"GET /payment_intents/{id}": stripeRoute(s.getIntent, "expand", "client_secret"),
			"GET /customers":            stripeRoute(s.listCustomers, append(list, "email")...),
			"GET /customers/{id}":       stripeRoute(s.getCustomer, "expand"),
			"GET /charges/{id}":         stripeRoute(s.getCharge, "expand"),
			"GET /refunds":              stripeRoute(s.listRefunds, append(list, "payment_intent", "charge")...),
			"GET /refunds/{id}":         stripeRoute(s.getRefund, "expand"),
			"POST /refunds": stripeRoute(s.createRefund, "payment_intent", "charge", "amount", "currency", "reason",
				"metadata", "expand", "instructions_email", "refund_application_fee", "reverse_transfer"),
		},
		keys:   s.keys,
		tells:  s.tells(),
		around: s.around,
		fail:   s.fail,
	}
}

// stripeRoute reads the parameters, of which only the allowed ones may occur,
// and writes what h makes of them.
func stripeRoute(h func(*http.Request, stripeParams) (any, *stripeFailure), allowed ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		params, failure := readStripe(r, allowed)
		if failure != nil {
			failure.write(w)
			return
		}
		body, failure := h(r, params)
		if failure != nil {
			failure.write(w)
			return
		}
		writeJSON(w, http.StatusOK, body)
	}
}

// around sets what Stripe sends with every answer, checks the secret and sees
// to idempotency keys.
func (s *stripe) around(routes http.Handler) http.Handler {
	routes = s.idempotent(routes)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.header(w, r)
		secret, _, ok := r.BasicAuth()
		if !ok {
			secret, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		}
		switch {
		case secret == "":
			w.Header().Set("Www-Authenticate", `Basic realm="Stripe"`)
			invalid("You did not provide an API key. You need to provide your API key in the Authorization header, " +
				"using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').").with(http.StatusUnauthorized).write(w)
		case !same(secret, stripeSecret):
			invalid("Invalid API Key provided: " + redacted(secret)).with(http.StatusUnauthorized).write(w)
		default:
			routes.ServeHTTP(w, r)
		}
	})
}

// redacted shows the first and last characters of a long secret, and of a short one none.
func redacted(secret string) string {
	if len(secret) < 16 {
		return strings.Repeat("*", len(secret))
	}
	return secret[:8] + strings.Repeat("*", len(secret)-12) + secret[len(secret)-4:]
}

func (s *stripe) header(w http.ResponseWriter, r *http.Request) {
	s.requests++
	h := w.Header()
	h.Set("Cache-Control", "no-cache, no-store")
	h.Set("Request-Id", fmt.Sprintf("req_Sandbox%010d", s.requests))
	h.Set("Stripe-Version", stripeVersion)
	if version := r.Header.Get("Stripe-Version"); version != "" {
		h.Set("Stripe-Version", version)
	}
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		h.Set("Idempotency-Key", key)
	}
}

// fail speaks like Stripe when it breaks. A 500 happens inside: it is kept
// under the idempotency key of its request, and comes back with it.
func (s *stripe) fail(w http.ResponseWriter, r *http.Request, status int) {
	says := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { stripeOutage(r, status).write(w) })
	if s.header(w, r); status == http.StatusInternalServerError {
		s.idempotent(says).ServeHTTP(w, r)
		return
	}
	says.ServeHTTP(w, r)
}

func stripeOutage(r *http.Request, status int) *stripeFailure {
	f := &stripeFailure{status: status, Type: "invalid_request_error", Message: http.StatusText(status) + "."}
	switch {
	case status == http.StatusNotFound:
		f.Message = fmt.Sprintf("Unrecognized request URL (%s: /v1%s). Please see https://stripe.com/docs.", r.Method, r.URL.Path)
	case status == http.StatusTooManyRequests:
		f.Code, f.Message = "rate_limit", "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits."
	case status == http.StatusPaymentRequired:
		f.Type, f.Code, f.Decline, f.Message = "card_error", "card_declined", "generic_decline", "Your card was declined."
	case status >= 500:
		f.Type, f.Message = "api_error", "An unknown error occurred."
	}
	return f
}

// stripeFailure is an error as Stripe says it.
type stripeFailure struct {
	status  int
	Code    string `json:"code,omitempty"`
	Decline string `json:"decline_code,omitempty"`
	DocURL  string `json:"doc_url,omitempty"`
	Message string `json:"message"`
	Param   string `json:"param,omitempty"`
	Type    string `json:"type"`
}

// invalid is a plain 400.
func invalid(message string) *stripeFailure {
	return &stripeFailure{status: http.StatusBadRequest, Type: "invalid_request_error", Message: message}
}

// missing says that kind has no member id. Found in the path it is a 404, in a
// parameter a 400.
func missing(kind, id, param string) *stripeFailure {
	return invalid(fmt.Sprintf("No such %s: '%s'", kind, id)).about(param).coded("resource_missing")
}

func (f *stripeFailure) with(status int) *stripeFailure    { f.status = status; return f }
func (f *stripeFailure) about(param string) *stripeFailure { f.Param = param; return f }

func (f *stripeFailure) coded(code string) *stripeFailure {
	f.Code, f.DocURL = code, "https://stripe.com/docs/error-codes/"+strings.ReplaceAll(code, "_", "-")
	return f
}

func (f *stripeFailure) write(w http.ResponseWriter) {
	writeJSON(w, f.status, map[string]*stripeFailure{"error": f})
}
