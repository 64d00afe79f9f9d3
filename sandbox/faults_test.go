package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/sandbox"
)

// breakIt puts a fault and fails the test if it is refused.
func breakIt(t *testing.T, h http.Handler, source, fault string) {
	t.Helper()
	if is := ask(t, h, http.MethodPut, "/_faults"+source, fault); is.status != http.StatusOK {
		t.Fatalf("PUT /_faults%s %s: %d %s", source, fault, is.status, is.body)
	}
}

func TestFaultsAnswerInTheVendorsWords(t *testing.T) {
	tests := map[string]struct {
		fault, path string
		status      int
		member      []any
		want        any
	}{
		"a broken shop":           {`{"status":503}`, woo + "/orders", 503, []any{"code"}, "internal_server_error"},
		"a shop that is busy":     {`{"status":429}`, woo + "/orders", 429, []any{"code"}, "rest_too_many_requests"},
		"a broken Stripe":         {`{"status":500}`, stripe + "/customers", 500, []any{"error", "type"}, "api_error"},
		"a Stripe that is busy":   {`{"status":429}`, stripe + "/customers", 429, []any{"error", "code"}, "rate_limit"},
		"a declined card":         {`{"status":402}`, stripe + "/customers", 402, []any{"error", "type"}, "card_error"},
		"a broken Zendesk":        {`{"status":502}`, desk + "/tickets", 502, []any{"error"}, "BadGateway"},
		"a Zendesk that is busy":  {`{"status":429}`, desk + "/tickets", 429, []any{"error"}, "TooManyRequests"},
		"a list instead":          {`{"body":"[1]","contentType":"application/json"}`, woo + "/orders/1001", 200, []any{0}, 1.},
		"a body with its status":  {`{"body":"{\"a\":1}","status":404}`, woo + "/orders/1001", 404, []any{"a"}, 1.},
		"a path below the source": {`{"status":500,"path":"/wp-json/wc/v3/orders"}`, woo + "/orders/1001", 500, []any{"code"}, "internal_server_error"},
		"a path below the base":   {`{"status":500,"path":"/orders"}`, woo + "/orders?page=1", 500, []any{"code"}, "internal_server_error"},
		"not another path":        {`{"status":500,"path":"/orders"}`, woo + "/products/101", 200, []any{"id"}, 101.},
		"a share that is all":     {`{"status":500,"share":1}`, woo + "/orders", 500, []any{"code"}, "internal_server_error"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := sandbox.New(sandbox.Config{})
			breakIt(t, s, "", tt.fault)
			is := ask(t, s, http.MethodGet, tt.path, "")
			if got := at(decode(t, is.body), tt.member...); is.status != tt.status || got != tt.want {
				t.Errorf("%d %s", is.status, is.body)
			}
			if ask(t, s, http.MethodDelete, "/_faults", "").status != http.StatusNoContent ||
				ask(t, s, http.MethodGet, tt.path, "").status != http.StatusOK {
				t.Error("still broken when mended")
			}
		})
	}
}

func TestFaultsAreListedAsPut(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	breakIt(t, s, "", `{"status":503}`)
	breakIt(t, s, "/stripe", `{"latency":"2s","rate":{"limit":5,"per":"1s"},"path":"/v1/refunds","share":0.5}`)
	want := map[string]any{
		"woocommerce": map[string]any{"status": 503.},
		"zendesk":     map[string]any{"status": 503.},
		"stripe": map[string]any{
			"latency": "2s", "rate": map[string]any{"limit": 5., "per": "1s"}, "path": "/v1/refunds", "share": 0.5,
		},
	}
	if diff := cmp.Diff(any(want), get(t, s, "/_faults")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ask(t, s, http.MethodDelete, "/_faults/stripe", "")
	delete(want, "stripe")
	if diff := cmp.Diff(any(want), get(t, s, "/_faults")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWrongFaultsAreRefused(t *testing.T) {
	tests := map[string]struct {
		path, body, says string
		status           int
	}{
		"an unknown source":         {"/_faults/strip", `{"status":503}`, `no source "strip"; there are stripe, woocommerce, zendesk`, 404},
		"an unknown key":            {"/_faults/stripe", `{"state":503}`, `unknown field "state"; a fault may have status`, 400},
		"no JSON":                   {"/_faults/stripe", `status=503`, "not a fault", 400},
		"nothing":                   {"/_faults/stripe", ``, "not a fault", 400},
		"no fault":                  {"/_faults/stripe", `{}`, "nothing would be broken", 400},
		"a path alone":              {"/_faults/stripe", `{"path":"/v1"}`, "nothing would be broken", 400},
		"two faults":                {"/_faults/stripe", `{"hang":true}{"hang":true}`, "more than one", 400},
		"a list of faults":          {"/_faults/stripe", `[{"hang":true}]`, "not a fault", 400},
		"a duration without a unit": {"/_faults/stripe", `{"latency":"2"}`, `"2" is not a positive duration`, 400},
		"a duration as a number":    {"/_faults/stripe", `{"latency":2}`, "latency cannot be a JSON number", 400},
		"a negative duration":       {"/_faults/stripe", `{"latency":"-2s"}`, "not a positive duration", 400},
		"a status as text":          {"/_faults/stripe", `{"status":"503"}`, "status cannot be a JSON string", 400},
		"a status that is no fault": {"/_faults/stripe", `{"status":200}`, "from 300 to 599", 400},
		"a status nobody knows":     {"/_faults/stripe", `{"status":600}`, "from 300 to 599", 400},
		"a type without a body":     {"/_faults/stripe", `{"contentType":"text/html"}`, "needs a body", 400},
		"a rate of nothing":         {"/_faults/stripe", `{"rate":{"limit":0,"per":"1s"}}`, "rate needs", 400},
		"a rate without a time":     {"/_faults/stripe", `{"rate":{"limit":1}}`, "rate needs", 400},
		"an effect and a status":    {"/_faults/stripe", `{"cutAfter":true,"status":503}`, "only latency, path and share", 400},
		"an effect that hangs":      {"/_faults/stripe", `{"cutAfter":true,"hang":true}`, "only latency, path and share", 400},
		"an effect within a rate":   {"/_faults/stripe", `{"cutAfter":true,"rate":{"limit":1,"per":"1s"}}`, "only latency, path and share", 400},
		"a path without a slash":    {"/_faults/stripe", `{"hang":true,"path":"v1"}`, "must begin with /", 400},
		"a share of nothing":        {"/_faults/stripe", `{"hang":true,"share":0}`, "share must be", 400},
		"a share above all":         {"/_faults/stripe", `{"hang":true,"share":1.5}`, "share must be", 400},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := sandbox.New(sandbox.Config{})
			is := ask(t, s, http.MethodPut, tt.path, tt.body)
			says, _ := at(decode(t, is.body), "error").(string)
			if is.status != tt.status || !strings.Contains(says, tt.says) {
				t.Errorf("%d %s, want %d %s", is.status, is.body, tt.status, tt.says)
			}
			if diff := cmp.Diff(any(map[string]any{}), get(t, s, "/_faults")); diff != "" {
				t.Errorf("something is broken now: %s", diff)
			}
		})
	}
	if is := ask(t, sandbox.New(sandbox.Config{}), http.MethodDelete, "/_faults/strip", ""); is.status != http.StatusNotFound {
		t.Errorf("DELETE of an unknown source: %d", is.status)
	}
}

func TestAShareIsBroken(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	breakIt(t, s, "/stripe", `{"status":503,"share":0.25}`)
	broken := 0
	for range 400 {
		if ask(t, s, http.MethodGet, stripe+"/customers?limit=1", "").status == http.StatusServiceUnavailable {
			broken++
		}
	}
	if broken < 70 || broken > 130 {
		t.Errorf("%d of 400 are broken, want about 100", broken)
	}
}

func TestRateLimitsEachWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Config{})
		breakIt(t, s, "/stripe", `{"rate":{"limit":2,"per":"1s"}}`)
		var got []int
		for _, wait := range []time.Duration{0, 0, 0, 999 * time.Millisecond, time.Millisecond, 0, 0} {
			<-time.After(wait)
			got = append(got, ask(t, s, http.MethodGet, stripe+"/customers", "").status)
		}
		if diff := cmp.Diff([]int{200, 200, 429, 429, 200, 200, 429}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestRetryAfterIsTheWindowsRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Config{})
		breakIt(t, s, "", `{"rate":{"limit":1,"per":"10s"}}`)
		tests := map[string]struct{ path, want string }{
			"Zendesk says when to come back": {desk + "/tickets", "8"},
			"Stripe does not":                {stripe + "/customers", ""},
			"WooCommerce does not":           {woo + "/orders", ""},
		}
		for _, tt := range tests {
			ask(t, s, http.MethodGet, tt.path, "")
		}
		<-time.After(2500 * time.Millisecond)
		for name, tt := range tests {
			if is := ask(t, s, http.MethodGet, tt.path, ""); is.status != http.StatusTooManyRequests || is.header.Get("Retry-After") != tt.want {
				t.Errorf("%s: %d after %q, want %q", name, is.status, is.header.Get("Retry-After"), tt.want)
			}
		}
	})
}

func TestLatencyIsOfTheAnswerNotOfTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Config{})
		breakIt(t, s, "/stripe", `{"latency":"2s","path":"/refunds"}`)
		start := time.Now()
		var first reply
		done := make(chan struct{})
		refund := func() reply {
			return ask(t, s, http.MethodPost, stripe+"/refunds", "amount=5&payment_intent="+paidIntent, "Idempotency-Key: k")
		}
		go func() { first = refund(); close(done) }()
		synctest.Wait()
		if charge := get(t, s, stripe+"/charges/ch_3Sandbox0000000000001001"); at(charge, "amount_refunded") != 5. {
			t.Error("the work waits, too")
		}
		ask(t, s, http.MethodDelete, "/_faults", "")
		<-done
		if waited := time.Since(start); waited != 0 || first.status != http.StatusOK {
			t.Errorf("mended, it took %v: %d", waited, first.status)
		}

		breakIt(t, s, "/stripe", `{"latency":"2s","status":502}`)
		if is := refund(); is.status != http.StatusBadGateway || time.Since(start) != 2*time.Second {
			t.Errorf("a slow error: %d after %v", is.status, time.Since(start))
		}
	})
}

func TestASecondWriteInFlightIsAConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Config{})
		refund := func() reply {
			return ask(t, s, http.MethodPost, stripe+"/refunds", "amount=5&payment_intent="+paidIntent, "Idempotency-Key: k")
		}
		breakIt(t, s, "/stripe", `{"latency":"2s"}`)
		go refund()
		synctest.Wait()
		<-time.After(time.Second)
		var second reply
		go func() { second = refund() }()
		synctest.Wait()
		ask(t, s, http.MethodDelete, "/_faults", "")
		synctest.Wait()
		if second.status != http.StatusConflict || second.header.Get("Stripe-Should-Retry") != "true" {
			t.Errorf("second: %d %v %s", second.status, second.header, second.body)
		}
		if third := refund(); third.status != http.StatusOK || third.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("third: %d %s", third.status, third.body)
		}
	})
}

func TestStripeKeepsItsOwn500ButNoOutage(t *testing.T) {
	tests := map[string]struct {
		fault string
		later int
	}{
		"a 500 comes from inside and comes back": {`{"status":500}`, 500},
		"a 503 is forgotten":                     {`{"status":503}`, 200},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := sandbox.New(sandbox.Config{})
			breakIt(t, s, "/stripe", tt.fault)
			refund := func() reply {
				return ask(t, s, http.MethodPost, stripe+"/refunds", "payment_intent="+paidIntent, "Idempotency-Key: k")
			}
			refund()
			ask(t, s, http.MethodDelete, "/_faults", "")
			if is := refund(); is.status != tt.later {
				t.Errorf("later: %d %s", is.status, is.body)
			}
		})
	}
}

// serve starts a real server. Refund asks it for a refund of the paid intent
// and returns what came of the body, the length promised, and what went wrong.
func serve(t *testing.T) (s *sandbox.Sandbox, refund func(context.Context) (body string, promised int64, err error)) {
	t.Helper()
	s = sandbox.New(sandbox.Config{})
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	t.Cleanup(s.Close)
	return s, func(ctx context.Context) (string, int64, error) {
		form := strings.NewReader("payment_intent=" + paidIntent)
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+stripe+"/refunds", form)
		if err != nil {
			return "", 0, err
		}
		r.SetBasicAuth("sk_test_sandbox", "")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := srv.Client().Do(r)
		if err != nil {
			return "", 0, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return string(body), res.ContentLength, err
	}
}

func TestResetIsSeenAsAReset(t *testing.T) {
	s, refund := serve(t)
	breakIt(t, s, "/stripe", `{"reset":true}`)
	if _, _, err := refund(t.Context()); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%v, want a reset", err)
	}
	ask(t, s, http.MethodDelete, "/_faults", "")
	if n := len(items(t, at(get(t, s, stripe+"/refunds?payment_intent="+paidIntent), "data"))); n != 0 {
		t.Errorf("%d refunds: it had happened", n)
	}
	if total := at(get(t, s, "/_calls"), "stripe", "byRoute", "POST /refunds"); total != 1. {
		t.Errorf("counted %v times", total)
	}
}

func TestTruncateCutsTheAnswerAfterTheWork(t *testing.T) {
	s, refund := serve(t)
	breakIt(t, s, "/stripe", `{"truncate":true}`)
	body, promised, err := refund(t.Context())
	if !errors.Is(err, io.ErrUnexpectedEOF) || body == "" || int64(len(body)) != promised/2 {
		t.Errorf("%d of %d bytes, %v", len(body), promised, err)
	}
	ask(t, s, http.MethodDelete, "/_faults", "")
	if n := len(items(t, at(get(t, s, stripe+"/refunds?payment_intent="+paidIntent), "data"))); n != 1 {
		t.Errorf("%d refunds: it has not happened", n)
	}
}

func TestCutAfterMakesTheEffectAndSaysNothing(t *testing.T) {
	s, refund := serve(t)
	breakIt(t, s, "/stripe", `{"cutAfter":true,"path":"/refunds"}`)
	if body, _, err := refund(t.Context()); err == nil || body != "" {
		t.Errorf("answered %q, %v", body, err)
	}
	ask(t, s, http.MethodDelete, "/_faults", "")
	if n := len(items(t, at(get(t, s, stripe+"/refunds?payment_intent="+paidIntent), "data"))); n != 1 {
		t.Errorf("%d refunds, want 1", n)
	}
	if made := at(get(t, s, "/_effects"), "stripe", "byRoute", "POST /refunds"); made != 1. {
		t.Errorf("%v effects, want 1", made)
	}
}

func TestHangEnds(t *testing.T) {
	tests := map[string]func(s *sandbox.Sandbox, leave context.CancelFunc){
		"when the client leaves":    func(_ *sandbox.Sandbox, leave context.CancelFunc) { leave() },
		"when the fault is lifted":  func(s *sandbox.Sandbox, _ context.CancelFunc) { lift(s) },
		"when the sandbox closes":   func(s *sandbox.Sandbox, _ context.CancelFunc) { s.Close(); s.Close() },
		"when another fault is put": func(s *sandbox.Sandbox, _ context.CancelFunc) { replace(s) },
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			s, refund := serve(t)
			breakIt(t, s, "/stripe", `{"hang":true}`)
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			failed := make(chan error, 1)
			go func() {
				_, _, err := refund(ctx)
				failed <- err
			}()
			for at(get(t, s, "/_calls"), "stripe", "total") != 1. { // until it hangs
				select {
				case err := <-failed:
					t.Fatalf("it does not hang: %v", err)
				case <-time.After(time.Millisecond):
				}
			}
			end(s, leave)
			if err := <-failed; err == nil {
				t.Error("it was answered")
			}
		})
	}
}

func lift(h http.Handler) {
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodDelete, "/_faults", nil))
}

func replace(h http.Handler) {
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPut, "/_faults", strings.NewReader(`{"status":503}`)))
}
