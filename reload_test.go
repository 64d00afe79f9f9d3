package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Readers ask with new documents, so that validation too goes on while generations come and go. Writers give back a
// cent and look at once: no answer may be from before, whichever generation wrote and whichever reads. The race
// detector watches.
func TestSettingsAreReadAgainUnderLoad(t *testing.T) {
	p := start(t, "-set", "sources.stripe.cache.fresh=1h")
	stop := make(chan struct{})
	var clients sync.WaitGroup
	client := func(ask func(turn int)) {
		clients.Go(func() {
			for turn := 1; ; turn++ {
				select {
				case <-stop:
					return
				default:
					ask(turn)
				}
			}
		})
	}
	for n := range 4 {
		client(func(turn int) {
			if a := p.ask(fmt.Sprintf("query Q%d_%d %s", n, turn, orderQuery)); len(a.Errors) > 0 || !cmp.Equal(a.Data, order1001) {
				t.Errorf("%+v", a)
			}
		})
	}
	for _, order := range []string{"1001", "1005"} {
		look := fmt.Sprintf(`{ order(id: %q) { payment { refunded { amountMinor } } } }`, order)
		client(func(turn int) {
			a := p.ask(fmt.Sprintf(
				`mutation { refundPayment(input: {idempotencyKey: "%s-%d", paymentId: "pi_3Sandbox000000000000%s", amountMinor: 1}) { id } }`, order, turn, order))
			if len(a.Errors) > 0 {
				t.Errorf("%+v", a)
			}
			want := fmt.Sprintf("map[order:map[payment:map[refunded:map[amountMinor:%d]]]]", turn)
			if a := p.ask(look); len(a.Errors) > 0 || fmt.Sprint(a.Data) != want {
				t.Errorf("after %d refunds: %+v", turn, a)
			}
		})
		client(func(int) { p.ask(look) }) // what is under way when it is written
	}
	for n := range 20 {
		reload(t, p, n+1)
	}
	close(stop)
	clients.Wait()
}

func TestWhatIsNotServedIsNotTold(t *testing.T) {
	p := start(t)
	a := p.ask(`{ __schema { directives { name } } }`)
	told, _ := a.Data["__schema"].(map[string]any)
	directives, _ := told["directives"].([]any)
	if len(directives) == 0 {
		t.Fatalf("%+v", a)
	}
	for _, d := range directives {
		if cmp.Equal(d, map[string]any{"name": "defer"}) {
			t.Error("@defer is told")
		}
	}
}

func TestWhatWasLearnedOutlivesAReload(t *testing.T) {
	p := start(t)
	p.fault("zendesk", `{"rate":{"limit":1,"per":"1h"}}`)
	const query = `{ customer(email: "ada.okafor@example.com") { supportUser { tickets(first: 1) { edges { node { id } } } } } }`
	p.ask(query)
	p.ask(query)
	if calls := p.calls(); calls["zendesk"] < 2 {
		t.Fatalf("not asked: %v", calls)
	}
	reload(t, p, 1)
	p.ask(query)
	if calls := p.calls(); calls["zendesk"] > 0 {
		t.Errorf("asked again in spite of Retry-After: %v", calls)
	}
}

// reload has the program read its settings for the nth time.
func reload(t *testing.T, p *program, n int) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for strings.Count(p.log.String(), `msg="settings reloaded"`) < n {
		<-p.log.said
	}
}

// TestARevokedCallerGetsNoOldAnswer is about a help desk that is called with its callers' credentials.
func TestARevokedCallerGetsNoOldAnswer(t *testing.T) {
	var status atomic.Int64
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if code := int(status.Load()); code != http.StatusOK && r.Header.Get("Authorization") != "" {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, "{}")
			return
		}
		_, _ = fmt.Fprintf(w, `{"users":[{"external_id":%q,"id":7,"name":"for %s","suspended":false}]}`, r.URL.Query().Get("external_ids"), r.Header.Get("Authorization"))
	}))
	defer desk.Close()
	name := filepath.Join(t.TempDir(), "holdfast.yaml")
	writeFile(t, name, `sources:
  woocommerce: {url: "${SANDBOX}/woocommerce/wp-json/wc/v3", auth: {basic: {user: ck_sandbox, password: cs_sandbox}}}
  zendesk: {url: "`+desk.URL+`", auth: {forward: [Authorization]}, cache: {fresh: 0s}, retry: {max: 0}}
`)
	p := start(t, "-config", name)
	ask := func(token string) string {
		t.Helper()
		body := strings.NewReader(`{"query":"{ customer(email: \"ada.okafor@example.com\") { supportUser { name } } }"}`)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/graphql", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for n, step := range []struct {
		status  int
		token   string
		old, no bool // an old answer is served; there is none
	}{
		{status: 200, token: "me"},
		{status: 200, token: "you"},
		{status: 503, token: "me", old: true},
		{status: 401, token: "me", no: true},
		{status: 503, token: "me", no: true},
		{status: 503, token: "you", old: true},
		{status: 200, token: "me"},
		{status: 503, token: "me", old: true},
		{status: 403, token: "me", no: true},
		{status: 503, token: "me", no: true},
	} {
		status.Store(int64(step.status))
		got := ask(step.token)
		if strings.Contains(got, "for "+step.token) == step.no || strings.Contains(got, "STANDING_IN") != step.old {
			t.Errorf("%d: %+v: %s", n, step, got)
		}
	}
}
