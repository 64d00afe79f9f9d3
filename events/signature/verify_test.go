package signature_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/events/signature"
)

const (
	event = `{"id":"evt_1","object":"event","type":"refund.created"}`
	shop  = "s3cret"
)

// now is 1790000000 seconds after the epoch.
var now = time.Unix(1790000000, 0)

// genuine has a delivery of each scheme, whose signature another implementation of HMAC made after the sender's
// documentation. That of "the specification's own" stands in the specification of Standard Webhooks.
var genuine = map[string]struct {
	scheme, secret, url, body string
	header                    []string
	at                        time.Time
}{
	"stripe": {"stripe", "whsec_abc", "", event, []string{
		"Stripe-Signature", "t=1790000000,v1=e3e32b08939ce613693196bd7c9b938550726917ff7e07743a0e65fe8a671135",
	}, now},
	"stripe while a secret is replaced": {"stripe", "whsec_abc", "", event, []string{
		"Stripe-Signature", "t=1790000000,v1=" + strings.Repeat("ab", 32) + ",v0=ff,v1=e3e32b08939ce613693196bd7c9b938550726917ff7e07743a0e65fe8a671135",
	}, now},
	"woocommerce": {"woocommerce", shop, "", event, []string{"X-WC-Webhook-Signature", "Tjuncir89G1fJvxVRZZh6b8wl8A/G1sFNa+49sk07+g="}, now},
	"hubspot": {"hubspot", shop, "https://hub.example/webhooks/crm?a=1", `[{"eventId":1}]`, []string{
		"X-HubSpot-Signature-v3", "iBZT0bNIkR7cVF/n+cMM9q2Mx3lX1W2lE53RpjAY1+s=", "X-HubSpot-Request-Timestamp", "1790000000000",
	}, now},
	"zendesk": {"zendesk", shop, "", event, []string{
		"X-Zendesk-Webhook-Signature", "B/jos/uqY42r8yxeAMglOS8sGVlPjPRjx8g5J1KFbBk=", "X-Zendesk-Webhook-Signature-Timestamp", "2026-09-21T12:53:20Z",
	}, time.Date(2026, 9, 21, 12, 53, 20, 0, time.UTC)},
	"easypost": {"easypost", "s\u00e9cret", "", event, []string{
		"X-Hmac-Signature", "hmac-sha256-hex=939546b2ce04fb47a154787373c9e48acd586b5c96933b678ae7480f5b061e06",
	}, now},
	"square": {"square", shop, "https://hub.example/webhooks/stock", event, []string{
		"X-Square-Hmacsha256-Signature", "Yo+Fsh2+WSSMxgtXICIwARQoOv8gfkSoCJ4pAdbDN08=",
	}, now},
	"aftership": {"aftership", shop, "", event, []string{"Aftership-Hmac-Sha256", "Tjuncir89G1fJvxVRZZh6b8wl8A/G1sFNa+49sk07+g="}, now},
	"mastodon": {"mastodon", shop, "", event, []string{
		"X-Hub-Signature", "sha256=4e3ba7722afcf46d5f26fc55459661e9bf3097c03f1b5b0535afb8f6c934efe8",
	}, now},
	"standard": {"standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "", event, []string{
		"webhook-signature", "v1a,b2ZmCg== v1,USO3O2JszAk2wSNOahAViuhZvrvhf1jFIaR1KIU5uds=", "webhook-id", "msg_1", "webhook-timestamp", "1790000000",
	}, now},
	"the specification's own": {"standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "", `{"test": 2432232314}`, []string{
		"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp", "1614265330",
	}, time.Unix(1614265330, 0)},
}

func delivery(url, body string, header ...string) *signature.Delivery {
	d := &signature.Delivery{Method: http.MethodPost, URL: url, Header: http.Header{}, Body: []byte(body)}
	for i := 0; i < len(header); i += 2 {
		d.Header.Add(header[i], header[i+1])
	}
	return d
}

func key(t *testing.T, s *signature.Scheme, secret string) signature.Key {
	t.Helper()
	k, err := s.Key(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// reason is why an error says that a delivery is not believed; "": there is no error.
func reason(t *testing.T, err error) signature.Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*signature.Error](err)
	if !ok {
		t.Fatalf("%T is none of ours: %v", err, err)
	}
	return e.Reason
}

func TestVerify(t *testing.T) {
	for name, tt := range genuine {
		t.Run(name, func(t *testing.T) {
			s := signature.Named(tt.scheme)
			right, other := key(t, s, tt.secret), key(t, s, "whsec_c29tZWJvZHkgZWxzZQ==")
			timed := tt.scheme != "woocommerce" && tt.scheme != "easypost" && tt.scheme != "square" && tt.scheme != "aftership" && tt.scheme != "mastodon"
			late := func(why signature.Reason) signature.Reason {
				if !timed {
					return ""
				}
				return why
			}
			unsigned := delivery(tt.url, tt.body, tt.header...)
			unsigned.Header.Del(tt.header[0])
			for what, c := range map[string]struct {
				d    *signature.Delivery
				keys []signature.Key
				at   time.Time
				want signature.Reason
			}{
				"it is believed":                  {delivery(tt.url, tt.body, tt.header...), []signature.Key{right}, tt.at, ""},
				"the first of two secrets":        {delivery(tt.url, tt.body, tt.header...), []signature.Key{right, other}, tt.at, ""},
				"the second of two secrets":       {delivery(tt.url, tt.body, tt.header...), []signature.Key{other, right}, tt.at, ""},
				"another secret":                  {delivery(tt.url, tt.body, tt.header...), []signature.Key{other}, tt.at, signature.Wrong},
				"no secret":                       {delivery(tt.url, tt.body, tt.header...), nil, tt.at, signature.Wrong},
				"an empty one":                    {delivery(tt.url, tt.body, tt.header...), []signature.Key{{}}, tt.at, signature.Wrong},
				"one byte more":                   {delivery(tt.url, tt.body+" ", tt.header...), []signature.Key{right}, tt.at, signature.Wrong},
				"one byte less":                   {delivery(tt.url, tt.body[:len(tt.body)-1], tt.header...), []signature.Key{right}, tt.at, signature.Wrong},
				"an empty body":                   {delivery(tt.url, "", tt.header...), []signature.Key{right}, tt.at, signature.Wrong},
				"unsigned":                        {unsigned, []signature.Key{right}, tt.at, signature.Unsigned},
				"a header that is none":           {delivery(tt.url, tt.body, tt.header[0], strings.Repeat("v1=zz,", 9)), []signature.Key{right}, tt.at, signature.Unsigned},
				"a header that is much too large": {delivery(tt.url, tt.body, tt.header[0], strings.Repeat("v1,", 1e5)), []signature.Key{right}, tt.at, signature.Unsigned},
				"nearly too old":                  {delivery(tt.url, tt.body, tt.header...), []signature.Key{right}, tt.at.Add(5 * time.Minute), ""},
				"too old":                         {delivery(tt.url, tt.body, tt.header...), []signature.Key{right}, tt.at.Add(5*time.Minute + time.Second), late(signature.TooOld)},
				"in the future":                   {delivery(tt.url, tt.body, tt.header...), []signature.Key{right}, tt.at.Add(-5*time.Minute - time.Second), late(signature.InTheFuture)},
			} {
				if got := reason(t, s.Verify(c.d, c.keys, c.at)); got != c.want {
					t.Errorf("%s: %q, want %q", what, got, c.want)
				}
			}
			if s.NeedsURL() != (tt.url != "") {
				t.Errorf("it needs the URL: %t", s.NeedsURL())
			}
		})
	}
}

func TestWhatIsSignedCannotBeExchanged(t *testing.T) {
	for name, tt := range map[string]struct {
		of     string
		change func(d *signature.Delivery)
		want   signature.Reason
	}{
		"the time of Stripe":              {"stripe", set("Stripe-Signature", "t=1790000001,v1=e3e32b08939ce613693196bd7c9b938550726917ff7e07743a0e65fe8a671135"), signature.Wrong},
		"no time of Stripe":               {"stripe", set("Stripe-Signature", "v1=e3e32b08939ce613693196bd7c9b938550726917ff7e07743a0e65fe8a671135"), signature.Unsigned},
		"another version of Stripe":       {"stripe", set("Stripe-Signature", "t=1790000000,v0=e3e32b08939ce613693196bd7c9b938550726917ff7e07743a0e65fe8a671135"), signature.Unsigned},
		"the time of HubSpot":             {"hubspot", set("X-HubSpot-Request-Timestamp", "1790000000001"), signature.Wrong},
		"the time of HubSpot in seconds":  {"hubspot", set("X-HubSpot-Request-Timestamp", "1790000000"), signature.TooOld},
		"two times of HubSpot":            {"hubspot", func(d *signature.Delivery) { d.Header.Add("X-HubSpot-Request-Timestamp", "1") }, signature.Unsigned},
		"the method of HubSpot":           {"hubspot", func(d *signature.Delivery) { d.Method = http.MethodPut }, signature.Wrong},
		"the URL of HubSpot":              {"hubspot", func(d *signature.Delivery) { d.URL += "&b=2" }, signature.Wrong},
		"the URL of Square":               {"square", func(d *signature.Delivery) { d.URL = "https://hub.example/webhooks/Stock" }, signature.Wrong},
		"the same time of Zendesk anew":   {"zendesk", set("X-Zendesk-Webhook-Signature-Timestamp", "2026-09-21T14:53:20+02:00"), signature.Wrong},
		"a time of Zendesk that is none":  {"zendesk", set("X-Zendesk-Webhook-Signature-Timestamp", "yesterday"), signature.Unsigned},
		"the id of Standard Webhooks":     {"standard", set("Webhook-Id", "msg_2"), signature.Wrong},
		"no id of Standard Webhooks":      {"standard", func(d *signature.Delivery) { d.Header.Del("Webhook-Id") }, signature.Unsigned},
		"a negative time":                 {"standard", set("Webhook-Timestamp", "-1"), signature.Unsigned},
		"a time beyond all times":         {"standard", set("Webhook-Timestamp", "9223372036854775807"), signature.Unsigned},
		"the prefix of EasyPost":          {"easypost", set("X-Hmac-Signature", "939546b2ce04fb47a154787373c9e48acd586b5c96933b678ae7480f5b061e06"), signature.Unsigned},
		"half a signature":                {"mastodon", set("X-Hub-Signature", "sha256=4e3ba7722afcf46d5f26fc55459661e9"), signature.Unsigned},
		"the right one after eight wrong": {"mastodon", after(8), signature.Wrong},
		"the right one after seven wrong": {"mastodon", after(7), ""},
	} {
		t.Run(name, func(t *testing.T) {
			of := genuine[tt.of]
			s, d := signature.Named(of.scheme), delivery(of.url, of.body, of.header...)
			tt.change(d)
			if got := reason(t, s.Verify(d, []signature.Key{key(t, s, of.secret)}, of.at)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func set(name, value string) func(*signature.Delivery) {
	return func(d *signature.Delivery) { d.Header.Set(name, value) }
}

// after has so many signatures come before the right one.
func after(n int) func(*signature.Delivery) {
	return func(d *signature.Delivery) {
		right := d.Header.Get("X-Hub-Signature")
		d.Header.Del("X-Hub-Signature")
		for i := range n {
			d.Header.Add("X-Hub-Signature", fmt.Sprintf("sha256=%064d", i))
		}
		d.Header.Add("X-Hub-Signature", right)
	}
}

func TestSecrets(t *testing.T) {
	for scheme, secret := range map[string]string{"stripe": " ", "standard": "whsec_%%", "square": ""} {
		if _, err := signature.Named(scheme).Key(secret); err == nil {
			t.Errorf("%q is a secret of %s", secret, scheme)
		}
	}
	k := key(t, signature.Named("stripe"), "whsec_abc")
	if text := fmt.Sprintf("%v %+v %#v %s", k, k, k, []signature.Key{k}); strings.Contains(text, "abc") || strings.Contains(text, "97 98 99") {
		t.Errorf("it is shown: %s", text)
	}
}

// TestSign compares what we sign with what we believe, for every scheme.
func TestSign(t *testing.T) {
	for _, name := range signature.Names() {
		s := signature.Named(name)
		k := key(t, s, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
		d := delivery("https://hub.example/webhooks/x", event, "Webhook-Id", "msg_1")
		s.Sign(d.Header, d, k, now)
		if err := s.Verify(d, []signature.Key{k}, now.Add(time.Minute)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	for _, tt := range genuine {
		f.Add(tt.scheme, tt.header[1], tt.body)
	}
	f.Add("stripe", "t=,v1=,=,", "{")
	f.Fuzz(func(t *testing.T, name, value, body string) {
		s := signature.Named(name)
		if s == nil {
			return
		}
		of := genuine[name]
		d := delivery(of.url, body, of.header...)
		for header := range d.Header {
			if strings.Contains(header, "Signature") || strings.Contains(header, "Hmac") {
				d.Header.Set(header, value)
			}
		}
		k, err := s.Key("whsec_b3RoZXI=") // with which nothing here was signed
		if err != nil {
			t.Fatal(err)
		}
		if s.Verify(d, []signature.Key{k}, of.at) == nil {
			t.Errorf("%s believes %q", name, value)
		}
		events, err := s.Events(d)
		if (err == nil) != (len(events) > 0) {
			t.Errorf("%d events, %v", len(events), err)
		}
		for _, e := range events {
			if e.ID == "" || len(e.ID) > 512 || len(e.Type) > 512 {
				t.Errorf("%+v", e)
			}
		}
	})
}
