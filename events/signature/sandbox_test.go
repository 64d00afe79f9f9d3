package signature_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"holdfast/events/signature"
	"holdfast/sandbox"
)

// TestTheSandbox compares what the sandbox sends, which signs by itself, with what is believed: over real sockets.
func TestTheSandbox(t *testing.T) {
	for source, tt := range map[string]struct{ event, kind, body string }{
		"stripe":      {`{"topic":"charge.refunded","id":"ch_3Sandbox0000000000001001"}`, "charge.refunded", `"object":"charge"`},
		"woocommerce": {`{"topic":"order.updated","id":1001}`, "order.updated", `"id":1001`},
		"zendesk":     {`{"topic":"zen:event-type:ticket.created","id":5001}`, "zen:event-type:ticket.created", `"id":"5001"`},
	} {
		t.Run(source, func(t *testing.T) {
			came := make(chan *signature.Delivery, 2)
			hub := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				came <- &signature.Delivery{Method: r.Method, Header: r.Header, Body: body}
			}))
			defer hub.Close()
			vendors := sandbox.New(sandbox.Config{})
			defer vendors.Close()
			for _, ask := range [][3]string{
				{http.MethodPut, "/_webhooks/" + source, `{"url":"` + hub.URL + `","secret":"s3cret"}`},
				{http.MethodPost, "/_events/" + source, tt.event},
			} {
				w := httptest.NewRecorder()
				vendors.ServeHTTP(w, httptest.NewRequest(ask[0], ask[1], strings.NewReader(ask[2])))
				if w.Code >= 300 {
					t.Fatalf("%s: %s", ask[1], w.Body)
				}
			}
			s := signature.Named(source)
			d := <-came
			if s.Ping(d) { // WooCommerce says first, unsigned, that somebody set it up
				d = <-came
			}
			if err := s.Verify(d, []signature.Key{key(t, s, "s3cret")}, time.Now()); err != nil {
				t.Error(err)
			}
			events, err := s.Events(d)
			if err != nil || len(events) != 1 || events[0].Type != tt.kind || !strings.Contains(string(events[0].Body), tt.body) {
				t.Errorf("%+v %v", events, err)
			}
		})
	}
}
