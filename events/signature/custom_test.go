package signature_test

import (
	"strings"
	"testing"
	"time"

	"holdfast/events/signature"
)

func TestCustom(t *testing.T) {
	s, err := signature.Custom(signature.Spec{
		Header: "x-signature", Prefix: "v0:", Encoding: "base64", Signed: "{method} {url}|{timestamp}|{id}|{body}",
		Timestamp: "x-time", Unit: "ms", Tolerance: time.Minute, IDHeader: "x-id", Type: "meta.kind",
	})
	if err != nil {
		t.Fatal(err)
	}
	k := key(t, s, shop)
	d := delivery("https://hub.example/in", `{"meta":{"kind":"made"}}`, "X-Id", "9")
	s.Sign(d.Header, d, k, now)
	for after, want := range map[time.Duration]signature.Reason{
		0: "", time.Minute: "", -time.Minute: "", time.Minute + 1: signature.TooOld, -time.Minute - 1: signature.InTheFuture,
	} {
		if got := reason(t, s.Verify(d, []signature.Key{k}, now.Add(after))); got != want {
			t.Errorf("after %v: %q", after, got)
		}
	}
	events, err := s.Events(d)
	if err != nil || len(events) != 1 || events[0].ID != "9" || events[0].Type != "made" || !s.NeedsURL() {
		t.Errorf("%+v %v", events, err)
	}
	d.Header.Set("X-Id", "10")
	if got := reason(t, s.Verify(d, []signature.Key{k}, now)); got != signature.Wrong {
		t.Errorf("another id: %q", got)
	}
}

func TestCustomIsWrong(t *testing.T) {
	for name, tt := range map[string]struct {
		spec signature.Spec
		want string
	}{
		"no header":                      {signature.Spec{}, "which header"},
		"an encoding that is none":       {signature.Spec{Header: "x", Encoding: "HEX"}, `encoding: expected base64 or hex, got "HEX"`},
		"a unit that is none":            {signature.Spec{Header: "x", Unit: "d"}, `unit: expected ms or rfc3339 or s, got "d"`},
		"the body is not signed":         {signature.Spec{Header: "x", Signed: "{timestamp}", Timestamp: "y"}, "without {body}"},
		"a part that is none":            {signature.Spec{Header: "x", Signed: "{body}{secret}"}, "{secret} is none of"},
		"a part without an end":          {signature.Spec{Header: "x", Signed: "{body}{time"}, "{time is none of"},
		"a time from nowhere":            {signature.Spec{Header: "x", Signed: "{timestamp}{body}"}, "which is missing"},
		"a time that is not signed":      {signature.Spec{Header: "x", Timestamp: "y"}, "proves nothing"},
		"an id from nowhere":             {signature.Spec{Header: "x", Signed: "{id}{body}", ID: "id"}, "idHeader"},
		"a tolerance before all of them": {signature.Spec{Header: "x", Signed: "{timestamp}{body}", Timestamp: "y", Tolerance: -1}, "tolerance"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := signature.Custom(tt.spec); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
