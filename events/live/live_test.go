package live_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/events/live"
)

// api is what operations read: one value, which depends on one tag.
type api struct {
	mu     sync.Mutex
	value  string
	takes  time.Duration
	fails  error
	runs   int
	asked  []cache.AsOf
	during func() // called while a run is under way
}

var order7 = cache.TagOf("Order:7")

func (a *api) run(ctx context.Context, notBefore cache.AsOf) (*live.Answer, error) {
	a.mu.Lock()
	a.runs++
	a.asked = append(a.asked, notBefore)
	value, takes, fails, during := a.value, a.takes, a.fails, a.during
	a.mu.Unlock()
	if during != nil {
		during()
	}
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if fails != nil {
		return nil, fails
	}
	return &live.Answer{Body: []byte(value), Sum: sha256.Sum256([]byte(value)), Tags: []cache.Tag{order7, cache.TagOf("source:shop")}}, nil
}

func (a *api) set(value string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.value = value
}

func (a *api) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.runs
}

// open returns queries over a sequence of bumps, which end with the test.
func open(t *testing.T, cfg live.Config) (*live.Queries, *cache.Epochs) {
	t.Helper()
	cfg.Epochs = cache.NewEpochs()
	q := live.New(cfg)
	t.Cleanup(q.Close)
	return q, cfg.Epochs
}

func follow(t *testing.T, q *live.Queries, key string, run live.Run) *live.Follower {
	t.Helper()
	f, err := q.Follow(key, run)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func bump(t *testing.T, e *cache.Epochs, tags ...cache.Tag) cache.AsOf {
	t.Helper()
	at, err := e.Bump(t.Context(), tags...)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// next is what a follower is sent within a minute; "": nothing.
func next(t *testing.T, f *live.Follower) string {
	t.Helper()
	ctx, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	answer, err := f.Next(ctx)
	switch {
	case err == nil:
		return string(answer.Body)
	case errors.Is(err, context.DeadlineExceeded):
		return ""
	}
	return err.Error()
}

func want(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWhatHasChangedIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, e := open(t, live.Config{})
		a := &api{value: "paid"}
		f := follow(t, q, "7", a.run)
		want(t, next(t, f), "paid")
		want(t, next(t, f), "")

		a.set("shipped")
		want(t, next(t, f), "") // nobody said so
		at := bump(t, e, order7)
		want(t, next(t, f), "shipped")
		if got := a.asked[len(a.asked)-1]; !got.Reaches(at) {
			t.Errorf("what was asked for before the bump would do: %+v", got)
		}

		bump(t, e, order7)
		want(t, next(t, f), "") // the same as before
		if n := a.count(); n != 3 {
			t.Errorf("%d runs", n)
		}

		bump(t, e, cache.TagOf("Order:8"))
		want(t, next(t, f), "")
		if n := a.count(); n != 3 {
			t.Errorf("another order has it run: %d runs", n)
		}

		a.set("lost")
		bump(t, e, cache.All)
		want(t, next(t, f), "lost")
	})
}

func TestOneRunIsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, e := open(t, live.Config{})
		a := &api{value: "paid", takes: time.Second}
		var all []*live.Follower
		for range 1000 {
			all = append(all, follow(t, q, "7", a.run))
		}
		for _, f := range all {
			want(t, next(t, f), "paid")
		}
		a.set("shipped")
		bump(t, e, order7)
		for _, f := range all {
			want(t, next(t, f), "shipped")
		}
		if n := a.count(); n != 2 {
			t.Errorf("%d runs for 1000 followers", n)
		}
		if c := q.Counts(); c != (live.Counts{Followers: 1000, Groups: 1, Runs: 2}) {
			t.Errorf("%+v", c)
		}
		for _, f := range all {
			f.Close()
			f.Close()
		}
		if c := q.Counts(); c.Followers != 0 || c.Groups != 0 {
			t.Errorf("%+v", c)
		}
		bump(t, e, order7)
		synctest.Wait()
		if n := a.count(); n != 2 {
			t.Errorf("it is run for nobody: %d runs", n)
		}
	})
}

func TestWhoComesLater(t *testing.T) {
	for name, tt := range map[string]struct {
		after time.Duration
		takes time.Duration
		bump  bool
		want  string
		runs  int
	}{
		"has the answer of who came before":          {after: 900 * time.Millisecond, want: "paid", runs: 1},
		"has one of his own when that is old":        {after: 2 * time.Second, want: "shipped", runs: 2},
		"has the answer that is on its way":          {after: time.Second, takes: 2 * time.Second, want: "paid", runs: 1},
		"has one that is not older than what he saw": {after: time.Second / 2, bump: true, want: "shipped", runs: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, e := open(t, live.Config{})
				a := &api{value: "paid", takes: tt.takes}
				first := follow(t, q, "7", a.run)
				time.Sleep(tt.after)
				a.set("shipped")
				if tt.bump {
					bump(t, e, order7)
					synctest.Wait()
				}
				second := follow(t, q, "7", a.run)
				want(t, next(t, second), tt.want)
				want(t, next(t, first), tt.want) // the newest
				if n := a.count(); n != tt.runs {
					t.Errorf("%d runs, want %d", n, tt.runs)
				}
			})
		})
	}
}

func TestWhatIsBumpedWhileItIsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, e := open(t, live.Config{})
		a := &api{value: "paid", takes: time.Second}
		var once sync.Once
		a.during = func() { // nobody knows yet what it depends on
			once.Do(func() {
				time.Sleep(time.Second / 2)
				bump(t, e, order7)
				a.set("shipped")
			})
		}
		f := follow(t, q, "7", a.run)
		want(t, next(t, f), "paid")
		want(t, next(t, f), "shipped")

		a.mu.Lock()
		a.during = nil
		a.mu.Unlock()
		bump(t, e, order7)
		time.Sleep(time.Second / 2) // now it is known
		a.set("lost")
		bump(t, e, order7)
		want(t, next(t, f), "lost")
		if n := a.count(); n != 4 {
			t.Errorf("%d runs", n)
		}
	})
}

func TestAFloodOfBumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, e := open(t, live.Config{Pause: time.Second})
		a := &api{value: "0"}
		f := follow(t, q, "7", a.run)
		want(t, next(t, f), "0")
		time.Sleep(time.Millisecond / 2) // so that no bump comes just when it is run
		for i := range 9500 {
			a.set(strconv.Itoa(i + 1))
			bump(t, e, order7)
			time.Sleep(time.Millisecond)
		}
		want(t, next(t, f), "9000") // the newest, and nothing that came between
		want(t, next(t, f), "9500")
		want(t, next(t, f), "")
		if n := a.count(); n > 12 {
			t.Errorf("%d runs in ten seconds", n)
		}
	})
}

func TestRunsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, e := open(t, live.Config{Runs: 2})
		a := &api{value: "x", takes: time.Second}
		var under, most int
		var mu sync.Mutex
		count := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			under += n
			most = max(most, under)
		}
		counted := func(ctx context.Context, notBefore cache.AsOf) (*live.Answer, error) {
			count(1)
			defer count(-1)
			return a.run(ctx, notBefore)
		}
		for i := range 20 {
			follow(t, q, strconv.Itoa(i), counted)
		}
		time.Sleep(time.Minute)
		bump(t, e, order7)
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if most != 2 || a.count() != 40 {
			t.Errorf("%d at once, %d runs", most, a.count())
		}
	})
}

func TestTheEnd(t *testing.T) {
	gone := errors.New("the field is gone")
	synctest.Test(t, func(t *testing.T) {
		q, e := open(t, live.Config{Followers: 2})
		a := &api{value: "paid"}
		f := follow(t, q, "7", a.run)
		want(t, next(t, f), "paid")
		slow := &api{takes: time.Hour}
		g := follow(t, q, "8", slow.run)
		if _, err := q.Follow("9", a.run); !errors.Is(err, live.ErrTooMany) {
			t.Errorf("a third: %v", err)
		}
		a.mu.Lock()
		a.fails = gone
		a.mu.Unlock()
		bump(t, e, order7)
		want(t, next(t, f), gone.Error())
		want(t, next(t, f), gone.Error())
		f.Close()

		a.mu.Lock()
		a.fails = nil
		a.mu.Unlock()
		f = follow(t, q, "7", a.run) // it is back
		want(t, next(t, f), "paid")

		q.Close() // while another is run
		want(t, next(t, f), live.ErrClosed.Error())
		want(t, next(t, g), live.ErrClosed.Error())
		if _, err := q.Follow("7", a.run); !errors.Is(err, live.ErrClosed) {
			t.Errorf("%v", err)
		}
		bump(t, e, order7)
	})
}

func TestWhoLeavesEndsWhatIsRunForHim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := open(t, live.Config{Runs: 1})
		ended := make(chan error, 1)
		f := follow(t, q, "7", func(ctx context.Context, _ cache.AsOf) (*live.Answer, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		})
		synctest.Wait()
		f.Close()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		a := &api{value: "paid"}
		want(t, next(t, follow(t, q, "7", a.run)), "paid") // and his turn is free
	})
}

func TestNothingIsMissed(t *testing.T) {
	// A value goes up at random times, and each time it is bumped: whoever follows ends with the last one.
	for seed := range 50 {
		synctest.Test(t, func(t *testing.T) {
			q, e := open(t, live.Config{Runs: 3, Pause: time.Millisecond})
			a := &api{value: "0", takes: time.Duration(seed%7) * time.Millisecond}
			var all []*live.Follower
			for i := range 200 {
				if i%10 == 0 {
					all = append(all, follow(t, q, strconv.Itoa(i%3), a.run))
				}
				a.set(strconv.Itoa(i + 1))
				bump(t, e, order7)
				time.Sleep(time.Duration((i*seed)%5) * time.Millisecond)
			}
			for i, f := range all {
				last := ""
				for got := next(t, f); got != ""; got = next(t, f) {
					last = got
				}
				if last != "200" {
					t.Errorf("seed %d: follower %d ends with %s", seed, i, last)
				}
			}
		})
	}
}
