package wire_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/wire"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	at := time.Unix(1_700_000_000, 5)
	header := map[string][]string{"A": {"1"}, "B": {"2", "3"}, "C": nil}
	b := wire.Begin("XY", 7, 100)
	b = wire.AppendUint(b, 1<<63)
	b = wire.AppendInt(b, -5)
	b = wire.AppendFixed(b, 9)
	b = wire.AppendBool(b, true)
	b = wire.AppendTime(b, at)
	b = wire.AppendTime(b, time.Time{})
	b = wire.AppendText(b, "text")
	b = wire.AppendText(b, []byte(nil))
	b = wire.AppendHeader(b, header)
	b = wire.Seal(b)
	version, r, ok := wire.Open("XY", b)
	if !ok || version != 7 {
		t.Fatalf("version %d, %t", version, ok)
	}
	if r.Uint() != 1<<63 || r.Int() != -5 || r.Fixed() != 9 || !r.Bool() || !r.Time().Equal(at) || !r.Time().IsZero() ||
		r.Text() != "text" || r.Bytes() != nil {
		t.Error("something else was read")
	}
	if diff := cmp.Diff(header, r.Header()); diff != "" || !r.Done() {
		t.Errorf("done: %t; %s", r.Done(), diff)
	}
	if _, _, ok := wire.Open("XZ", b); ok {
		t.Error("it was opened under another word")
	}
	if r.Uint() != 0 || r.Done() || r.Text() != "" || r.Fixed() != 0 || r.Bool() || r.Texts() != nil || r.Header() != nil {
		t.Error("after the end there is something")
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte{}, []byte{0, 1, 2, 3, 4, 5, 6})
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1}, []byte{4})
	f.Fuzz(func(t *testing.T, fields, reads []byte) {
		_, r, ok := wire.Open("X", wire.Seal(append(wire.Begin("X", 1, len(fields)), fields...)))
		if !ok {
			t.Fatal("what was sealed is not opened")
		}
		for _, read := range reads {
			switch read % 7 {
			case 0:
				r.Uint()
			case 1:
				r.Int()
			case 2:
				r.Fixed()
			case 3:
				r.Bool()
			case 4:
				if n := len(r.Bytes()); n > len(fields) {
					t.Fatalf("%d bytes of %d", n, len(fields))
				}
			case 5:
				r.Header()
			case 6:
				if n := r.Count(3); n > len(fields)/3 {
					t.Fatalf("a list of %d in %d bytes", n, len(fields))
				}
			}
		}
	})
}
