package cache

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// plain is an entry without its slots.
type plain struct {
	Key, Scope      string
	Status          int
	Header          map[string][]string
	Body            string
	Asked, Received int64
	Tags            []Tag
	AsOf            AsOf
}

func plainOf(e *Entry) plain {
	return plain{
		e.Key, e.Scope, e.Status, e.Header, string(e.Body), e.Asked.UnixNano(), e.Received.UnixNano(), e.Tags, e.AsOf,
	}
}

func FuzzEnvelope(f *testing.F) {
	now := time.Unix(1_700_000_000, 5)
	f.Add(seal(&Entry{
		Key: "k", Scope: "s", Status: 200, Body: []byte("{}"), Asked: now, Received: now,
		Header: map[string][]string{"A": {"1"}, "B": {"2", "3"}}, Tags: []Tag{7}, AsOf: AsOf{1, 2, Place{3, 4}},
	}, now))
	f.Add(seal(&Entry{}, time.Time{}))
	f.Add([]byte("HFE\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, ok := open(b); ok {
			reseal(t, b)
		}
		reseal(t, resum(b)) // past the checksum, where the lengths lie
	})
}

// resum returns b as an envelope with a right head and checksum around whatever it holds.
func resum(b []byte) []byte {
	content := append([]byte(envelopeMagic+string(rune(envelopeVersion))), b...)
	sum := sha256.Sum256(content)
	return append(content, sum[:]...)
}

// reseal holds that what can be opened means the same after it was sealed again.
func reseal(t *testing.T, b []byte) {
	t.Helper()
	e, until, ok := open(b)
	if !ok {
		return
	}
	again, then, ok := open(seal(e, until))
	if !ok {
		t.Fatal("cannot open what was sealed")
	}
	if diff := cmp.Diff(plainOf(e), plainOf(again), cmpopts.EquateEmpty()); diff != "" || !then.Equal(until) {
		t.Fatal(diff, until, then)
	}
}
