package outbox

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/wire"
)

func TestNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n, model := Numbers{}, map[uint64]bool{}
		for range random.IntN(40) {
			from := 1 + random.Uint64N(30)
			s := Span{from, from + random.Uint64N(4)}
			n.addSpan(7, s)
			for i := s.From; i <= s.To; i++ {
				model[i] = true
			}
		}
		last := uint64(0)
		for i, s := range n[7] {
			if s.From > s.To || i > 0 && s.From <= last+1 {
				t.Fatalf("spans %v", n[7])
			}
			last = s.To
		}
		missing := uint64(0)
		for i := uint64(1); i <= 40; i++ {
			if n.has(7, i) != model[i] {
				t.Fatalf("has %d: %t", i, !model[i])
			}
			if !model[i] {
				missing++
			}
			if got := (Numbers{7: n.gaps(7, i)}); got.count() != missing || got.has(7, i) == model[i] {
				t.Fatalf("missing up to %d is %v, not %d, in %v", i, got, missing, n[7])
			}
		}
		_, fields, _ := wire.Open("X", wire.Seal(n.append(wire.Begin("X", 1, 0))))
		if got := readNumbers(fields); !fields.Done() || !cmp.Equal(got, n) {
			t.Fatalf("%v was read as %v", n, got)
		}
	}
}

func TestWriterIsSureOfWhatIsThere(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	w, there, open := newWriter(), map[uint64]bool{}, []uint64{}
	for range 5000 {
		if len(open) < 5 && random.IntN(2) == 0 {
			n, sure := w.take()
			for i := uint64(1); i <= sure; i++ {
				if !there[i] {
					t.Fatalf("it is sure of %d, and %d is not there", sure, i)
				}
			}
			if there[n] {
				t.Fatalf("%d is used twice", n)
			}
			open = append(open, n)
		} else if len(open) > 0 {
			i := random.IntN(len(open))
			n, used := open[i], random.IntN(4) > 0
			open = append(open[:i], open[i+1:]...)
			there[n] = used
			w.used(n, used)
		}
	}
	if w.sure()+100 < w.next {
		t.Errorf("it is sure of %d of %d", w.sure(), w.next)
	}
}

func TestTheLedgerForgetsWritersOfWhomNothingIsLeft(t *testing.T) {
	l := ledger{removed: Numbers{}, reached: map[uint64]uint64{}}
	for by := range uint64(mostWriters + 100) {
		l.removed.add(by, 1)
		l.reached[by] = 1
	}
	l.trim(map[uint64]bool{3: true})
	if len(l.removed) != mostWriters+1 || len(l.reached) != mostWriters+1 || l.removed[3] == nil || l.removed[99] != nil || l.removed[100] == nil {
		t.Errorf("it knows %d writers", len(l.removed))
	}
}
