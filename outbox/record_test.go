package outbox

import (
	"testing"
	"time"
)

func TestOpen(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	keyed := Record{Write: *order("a")} // for a day
	with := func(change func(*Record)) Record {
		r := keyed
		change(&r)
		return r
	}
	for name, tt := range map[string]struct {
		record Record
		want   bool
	}{
		"one that was not sent":                      {keyed, true},
		"one that was sent an hour ago":              {with(func(r *Record) { r.FirstSent = now.Add(-time.Hour) }), true},
		"one that was sent a day ago":                {with(func(r *Record) { r.FirstSent = now.Add(-24 * time.Hour) }), false},
		"one by a clock that is a little ahead":      {with(func(r *Record) { r.FirstSent = now.Add(time.Second) }), true},
		"one that was sent before the clock was set": {with(func(r *Record) { r.FirstSent = now.Add(time.Hour) }), false},
		"one for which the source repeats a failure": {with(func(r *Record) { r.Stuck = true }), false},
		"one without a window":                       {with(func(r *Record) { r.Write.Window = 0 }), false},
		"one without a key":                          {with(func(r *Record) { r.Write.Request.VendorKey = "" }), false},
	} {
		if got := tt.record.open(now); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestIDs(t *testing.T) {
	id := IDOf("refundPayment", "shop", "k-1")
	if got := id.String(); got != "zo2futtrfh3apav4ej4xsumtxu" {
		t.Errorf("the name is %s: what was recorded under another is not found", got)
	}
	if got := VendorKeyOf("stripe", id); got != "tupdigbobg4hzytvw4awfbhnim" {
		t.Errorf("the vendor key is %s: what was sent under another is made again", got)
	}
	if IDOf("a", "bc", "d") == IDOf("ab", "c", "d") || VendorKeyOf("a", id) == VendorKeyOf("b", id) || vendorKey("a", id, 1) == vendorKey("a", id, 0) {
		t.Error("two have one name")
	}
	if got, err := ParseID(id.String()); err != nil || got != id {
		t.Errorf("%s, %v", got, err)
	}
	if id.Reserved() || !ledgerID.Reserved() || !holdID("a").Reserved() || holdID("a") == holdID("b") {
		t.Error("a write has the name of what is none")
	}
}
