package body

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// trickle is a body that comes in pieces, a moment apart.
type trickle struct {
	left, piece int
	pause       time.Duration
}

func (r *trickle) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(r.pause)
	n := min(len(p), r.piece, r.left)
	clear(p[:n])
	r.left -= n
	return n, nil
}

// read reads a body of n bytes, of which nobody says how long it is, and keeps it for so long.
func read(ctx context.Context, b *Budget, from io.Reader, most int64, keep time.Duration) (int, error) {
	room := b.Open()
	defer room.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://shop.test", nil)
	if err != nil {
		return 0, err
	}
	content, err := Read(req, &http.Response{StatusCode: http.StatusOK, ContentLength: -1, Body: io.NopCloser(from)}, most, room)
	if err != nil {
		return 0, err
	}
	done, err := b.Parse(ctx, content)
	if err != nil {
		return 0, err
	}
	defer done()
	time.Sleep(keep)
	return len(content), nil
}

// whole holds that nobody has anything of b any more.
func whole(t *testing.T, b *Budget) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free != b.half || len(b.open) != 0 || !b.parse.TryAcquire(b.half) {
		t.Errorf("%d of %d free, %d open", b.free, b.half, len(b.open))
	}
}

// TestManyBodiesAtOnce reads, at the same time, bodies that are together much larger than the budget, and any two of
// which could keep each other waiting.
func TestManyBodiesAtOnce(t *testing.T) {
	tests := map[string]struct {
		budget, most int64
		sizes        func() int
	}{
		"large ones":                {2 << 20, 1 << 20, func() int { return 750_000 }},
		"as large as may be":        {2<<20 + 2, 1 << 20, func() int { return 1 << 20 }},
		"of all sizes":              {4 << 20, 1 << 20, func() int { return rand.IntN(1 << 20) }}, //nolint:gosec // not a secret
		"larger limit than budget":  {1 << 19, 1 << 20, func() int { return 240_000 }},
		"small ones":                {1 << 18, 1 << 20, func() int { return 2000 }},
		"hardly any budget for any": {8 << 10, 1 << 20, func() int { return 4000 }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := NewBudget(tt.budget)
				var all sync.WaitGroup
				for range 32 {
					all.Go(func() {
						size := tt.sizes()
						from := &trickle{left: size, piece: 1 << 15, pause: time.Millisecond}
						n, err := read(t.Context(), b, from, tt.most, 10*time.Millisecond)
						if n != size || err != nil {
							t.Errorf("read %d of %d: %v", n, size, err)
						}
					})
				}
				all.Wait()
				whole(t, b)
			})
		})
	}
}

func TestWhoFindsNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(2 << 20)
		began := time.Now()
		if _, err := read(t.Context(), b, bytes.NewReader(make([]byte, 9<<17)), 2<<20, 0); !errors.Is(err, ErrOverload) || time.Since(began) != 0 {
			t.Errorf("one that never fits: %v after %v", err, time.Since(began))
		}
		go func() { _, _ = read(t.Context(), b, bytes.NewReader(make([]byte, 7<<17)), 1<<20, time.Minute) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := read(ctx, b, bytes.NewReader(make([]byte, 7<<17)), 1<<20, 0); !errors.Is(err, ErrOverload) || time.Since(began) != time.Second {
			t.Errorf("beside a large one: %v after %v", err, time.Since(began))
		}
		if n, err := read(t.Context(), b, bytes.NewReader(make([]byte, 1<<16)), 1<<20, 0); n != 1<<16 || err != nil || time.Since(began) != time.Second {
			t.Errorf("a small one has room: %d %v after %v", n, err, time.Since(began))
		}
		if n, err := read(t.Context(), b, bytes.NewReader(make([]byte, 7<<17)), 1<<20, 0); n != 7<<17 || err != nil || time.Since(began) != time.Minute {
			t.Errorf("who waits is next: %d %v after %v", n, err, time.Since(began))
		}
		whole(t, b)
	})
}

// TestASlowBodyKeepsNobodyWaiting reads many bodies while the oldest takes for ever.
func TestASlowBodyKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(8 << 20)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, _ = read(ctx, b, &trickle{left: 1 << 10, piece: 1, pause: time.Second}, 1<<20, 0)
		}()
		synctest.Wait()
		began := time.Now()
		for range 100 {
			if _, err := read(t.Context(), b, bytes.NewReader(make([]byte, 1<<20)), 1<<20, 0); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("took %v", took)
		}
		cancel()
		time.Sleep(time.Hour)
		synctest.Wait()
		whole(t, b)
	})
}

// TestWhatIsMade holds that only so much is made of bodies at a time, of a huge one alone.
func TestWhatIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(2 << 20)
		huge := bytes.Repeat([]byte("[0],"), 1<<16)
		done, err := b.Parse(t.Context(), huge)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := b.Parse(ctx, []byte(`{"a":1}`)); !errors.Is(err, ErrOverload) {
			t.Errorf("beside a huge one: %v", err)
		}
		done()
		whole(t, b)
	})
}

func TestNoBudget(t *testing.T) {
	if n, err := read(t.Context(), nil, bytes.NewReader(make([]byte, 1000)), 1000, 0); n != 1000 || err != nil {
		t.Error(n, err)
	}
}
