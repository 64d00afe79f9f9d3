package outbox

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/wire"
)

var update = flag.Bool("update", false, "write golden files")

// golden are records with every field in use.
func golden() []*Record {
	at := time.Date(2026, 11, 30, 12, 0, 0, 5, time.UTC).Local()
	w := Write{
		ID: IDOf("refundPayment", "shop", "k-1"), Token: Token{1, 2, 3}, Field: "refundPayment", Connector: "Mutation.refundPayment",
		Source: "stripe", Namespace: "shop", Caller: "till-7", Key: "k-1", Args: []byte(`{"id":"pi_1"}`),
		Queue: true, Later: true, Lane: "pi_1",
		Accepted: at, Expires: at.Add(24 * time.Hour), Timeout: 30 * time.Second,
		Window: 24 * time.Hour, Probe: true, ProbeAfter: time.Minute,
		Request: Request{
			Method: "POST", PathAndQuery: "/v1/refunds?a=b", Header: map[string][]string{"Idempotency-Key": {"K"}, "Accept": {"a", "b"}},
			Body: []byte("payment_intent=pi_1"), VendorKey: "K",
		},
	}
	queued := &Record{
		Write: w, State: Queued,
		History: []Transition{{State: Queued, At: at, By: 7, Number: 1}},
		Numbers: Numbers{7: {{1, 1}}},
	}
	applied := &Record{
		Write: w, State: Applied, Created: 41, Attempts: 2, FirstSent: at, NextTry: at.Add(time.Second), Doubt: true, Stuck: true, Renewed: 1,
		Outcome: &Outcome{Status: 201, Header: map[string][]string{"Request-Id": {"r"}}, Body: []byte(`{"id":"re_1"}`), Cut: true},
		History: []Transition{
			{State: Queued, At: at, By: 7, Number: 1},
			{State: Sending, At: at.Add(time.Second), By: 7, Number: 4, Attempt: 1},
			{State: Applied, At: at.Add(2 * time.Second), By: 1 << 63, Number: 9, Attempt: 2, Reason: "PROBE", Message: "it was made", Actor: "uid 0"},
		},
		Numbers: Numbers{7: {{1, 1}, {4, 5}}, 1 << 63: {{8, 9}}},
		Sure:    8,
	}
	bare := &Record{
		Write: Write{Field: "f", Source: "s"}, State: Sending,
		History: []Transition{{State: Sending, At: at}}, Numbers: Numbers{},
	}
	return []*Record{queued, applied, bare}
}

// as1 is what version 1 kept of r.
func as1(r *Record) *Record {
	n := *r
	n.History = slices.Clone(r.History)
	for i := range n.History {
		n.History[i].Actor = ""
	}
	return &n
}

const (
	writesOf1 = "testdata/journal-v1"
	writesOf2 = "testdata/journal-v2"
	othersOf1 = "testdata/journal-others-v1" // a hold, and the ledger
	othersOf2 = "testdata/journal-others-v2" // the ledger
)

// kept returns the records of a file, as an older version, or this one, wrote them.
func kept(t *testing.T, file string) (records [][]byte) {
	t.Helper()
	all, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for len(all) > 0 {
		n, size := binary.Uvarint(all)
		records = append(records, all[size:size+int(n)]) //nolint:gosec // small
		all = all[size+int(n):]                          //nolint:gosec // small
	}
	return records
}

func TestAllVersionsAreRead(t *testing.T) {
	if *update {
		var all []byte
		for _, r := range golden() {
			all = wire.AppendText(all, Encode(r))
		}
		write(t, writesOf2, all)
	}
	of1, of2 := kept(t, writesOf1), kept(t, writesOf2)
	for i, want := range golden() {
		for version, record := range map[string][]byte{"1": of1[i], "2": of2[i]} {
			got, err := Decode(record)
			if err != nil {
				t.Fatal(err)
			}
			want := want
			if version == "1" {
				want = as1(want)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("record %d of version %s (-want +got):\n%s", i, version, diff)
			}
		}
		if !bytes.Equal(of2[i], Encode(want)) {
			t.Errorf("record %d is not written as version 2 was: if that is meant, it is version 3", i)
		}
	}
}

func write(t *testing.T, file string, all []byte) {
	t.Helper()
	if err := os.WriteFile(file, all, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAllVersionsOfOthersAreRead(t *testing.T) {
	hold := Hold{Source: "stripe", On: true, Since: golden()[0].Write.Accepted, Reason: "CREDENTIAL", By: "uid 0", revision: 5}
	l := ledger{removed: Numbers{7: {{1, 3}, {9, 9}}, 1 << 63: {{2, 2}}}, reached: map[uint64]uint64{7: 9, 8: 1}, known: map[ID]Revision{}, revision: 6}
	of1 := kept(t, othersOf1)
	gotHold, err := decodeHold(Kept{of1[0], 5})
	if err != nil || !bytes.Equal(of1[0], hold.encode()) || !isHold(of1[0]) {
		t.Errorf("the hold: %v", err)
	}
	got1, err := decodeLedger(Kept{of1[1], 6})
	if err != nil || isHold(of1[1]) {
		t.Errorf("the ledger: %v", err)
	}
	l2 := l
	l2.known = map[ID]Revision{IDOf("f", "", "k"): 7, {1: 1}: 1 << 40}
	if *update {
		write(t, othersOf2, wire.AppendText(nil, l2.encode()))
	}
	of2 := kept(t, othersOf2)
	got2, err := decodeLedger(Kept{of2[0], 6})
	if err != nil || !bytes.Equal(of2[0], l2.encode()) {
		t.Errorf("the ledger of version 2: %v", err)
	}
	unexported := cmp.AllowUnexported(Hold{}, ledger{})
	if diff := cmp.Diff(hold, gotHold, unexported) + cmp.Diff(l, got1, unexported) + cmp.Diff(l2, got2, unexported); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := Encode(golden()[1])
	newer := bytes.Clone(good[:len(good)-32])
	newer[len(recordMagic)] = recordVersion + 1
	newer = wire.Seal(newer)
	if _, err := Decode(newer); !errors.Is(err, ErrNewer) || errors.Is(err, ErrDamaged) {
		t.Errorf("a newer version: %v", err)
	}
	for bit := range 8 * len(good) {
		bad := bytes.Clone(good)
		bad[bit/8] ^= 1 << (bit % 8)
		if _, err := Decode(bad); !errors.Is(err, ErrDamaged) {
			t.Fatalf("bit %d: %v", bit, err)
		}
	}
	for n := range good {
		if _, err := Decode(good[:n]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

func seal(magic string, version byte, fields []byte) []byte {
	return wire.Seal(append(wire.Begin(magic, version, len(fields)), fields...))
}

func FuzzDecode(f *testing.F) {
	for _, r := range golden() {
		b := Encode(r)
		f.Add(b[len(recordMagic)+1 : len(b)-32])
	}
	f.Fuzz(func(t *testing.T, fields []byte) {
		// The sum would keep everything out that was not written by us.
		if _, err := decodeLedger(Kept{Record: seal(ledgerMagic, ledgerVersion, fields)}); err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
		if _, err := decodeHold(Kept{Record: seal(holdMagic, holdVersion, fields)}); err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
		if _, err := Decode(seal(recordMagic, 1, fields)); err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
		r, err := Decode(seal(recordMagic, recordVersion, fields))
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		again, err := Decode(Encode(r))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Error(diff)
		}
	})
}
