package cache_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/cache/cachetest"
)

func bump(t *testing.T, e *cache.Epochs, tags ...cache.Tag) cache.AsOf {
	t.Helper()
	asOf, err := e.Bump(t.Context(), tags...)
	if err != nil {
		t.Fatal(err)
	}
	return asOf
}

func TestEpochs(t *testing.T) {
	shop, desk, payment := cache.TagOf("source:shop"), cache.TagOf("source:desk"), cache.TagOf("Payment:1")
	e := cache.NewEpochs()
	before := e.AsOf()
	between := bump(t, e, shop, payment)
	bump(t, e, desk)
	if _, err := e.Forget(t.Context(), 77); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		asOf cache.AsOf
		tags []cache.Tag
		want cache.Verdict
	}{
		"nothing happened since":                   {e.AsOf(), []cache.Tag{shop, desk}, cache.Fresh},
		"a bump of its tag":                        {before, []cache.Tag{shop}, cache.Changed},
		"one of many tags is enough":               {before, []cache.Tag{5, payment}, cache.Changed},
		"a bump of another tag":                    {between, []cache.Tag{shop}, cache.Fresh},
		"without a tag nothing can change":         {before, nil, cache.Fresh},
		"a forgotten tag after one that changed":   {before, []cache.Tag{shop, 77}, cache.Forgotten},
		"a forgotten tag before one that changed":  {before, []cache.Tag{77, shop}, cache.Forgotten},
		"asked for after it was forgotten":         {e.AsOf(), []cache.Tag{77}, cache.Fresh},
		"of another process nothing is known":      {cache.NewEpochs().AsOf(), []cache.Tag{5}, cache.Changed},
		"what never was asked for is not fresh":    {cache.AsOf{}, nil, cache.Changed},
		"what bumps nothing is a mark, not a bump": {between, []cache.Tag{payment}, cache.Fresh},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := e.Judge(tt.asOf, tt.tags); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAllIsEverything(t *testing.T) {
	e := cache.NewEpochs()
	before := e.AsOf()
	bump(t, e, cache.All)
	if got := e.Judge(before, nil); got != cache.Changed {
		t.Errorf("got %v", got)
	}
	if got := e.Judge(e.AsOf(), []cache.Tag{7}); got != cache.Fresh {
		t.Errorf("asked for afterwards: %v", got)
	}
}

func TestMarksAreInOrder(t *testing.T) {
	e := cache.NewEpochs()
	before := e.AsOf()
	mark := e.Mark()
	if !before.Before(mark) || before.Reaches(mark) || !e.AsOf().Reaches(mark) || mark.Reaches(cache.NewEpochs().AsOf()) {
		t.Error("out of order")
	}
	if got := e.Judge(before, []cache.Tag{1}); got != cache.Fresh {
		t.Errorf("a mark changed something: %v", got)
	}
}

// TestNobodyElseReachesABarrier has two processes know all of one journal: what the other asked for may have been before.
func TestNobodyElseReachesABarrier(t *testing.T) {
	e := cache.NewEpochs()
	before, known := e.AsOf(), cache.Place{Incarnation: 1, Sequence: 7}
	barrier := e.Barrier()
	other := cache.AsOf{Process: before.Process + 1, Number: 1000, Place: known}
	if !other.Reaches(cache.AsOf{Process: before.Process, Number: barrier.Number, Place: known}) {
		t.Error("of a mark nobody knows who is before it")
	}
	if before.Reaches(barrier) || !e.AsOf().Reaches(barrier) || other.Reaches(barrier) {
		t.Errorf("%+v is reached by others, or not by who asks now", barrier)
	}
}

// TestEpochsUnderWay holds that who asks after a bump returned is after it, and who asked before is not.
func TestEpochsUnderWay(t *testing.T) {
	e := cache.NewEpochs()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				before := e.AsOf()
				_, _ = e.Bump(context.Background(), 7)
				if e.Judge(before, []cache.Tag{7}) == cache.Fresh {
					t.Error("a bump was missed")
				}
			}
		})
	}
	all.Wait()
	if e.Judge(e.AsOf(), []cache.Tag{7}) != cache.Fresh {
		t.Error("not fresh after the last")
	}
}

func TestWatch(t *testing.T) {
	e := cache.NewEpochs()
	var told []cache.Tag
	var at cache.AsOf
	stop := e.Watch(func(tags []cache.Tag, asOf cache.AsOf) { told, at = append(told, tags...), asOf })
	before := e.AsOf()
	want := bump(t, e, 5, 7)
	e.Mark() // changes nothing
	if !slices.Equal(told, []cache.Tag{5, 7}) || at != want || before.Reaches(at) {
		t.Errorf("told of %v at %+v, want %+v", told, at, want)
	}
	stop()
	bump(t, e, 5)
	if len(told) != 2 {
		t.Errorf("told of %v", told)
	}
}

// TestWatchAJournal is told what others bump, and that a journal begins anew, which may have lost something.
func TestWatchAJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := cachetest.NewIncarnations()
		var gateways [2]*cache.Cache
		for i := range gateways {
			c, err := cache.New(cache.Config{}, cache.NewMemory(0), cache.WithJournal(journal))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close(t.Context())
			gateways[i] = c
		}
		time.Sleep(time.Second)
		var mu sync.Mutex
		told := map[cache.Tag]cache.AsOf{}
		here := gateways[0].Epochs
		defer here.Watch(func(tags []cache.Tag, at cache.AsOf) {
			mu.Lock()
			defer mu.Unlock()
			for _, tag := range tags {
				told[tag] = at
			}
		})()
		before := here.AsOf()
		bump(t, gateways[1].Epochs, 5)
		time.Sleep(time.Second)
		journal.Lose()
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		for _, tag := range []cache.Tag{5, cache.All} {
			if at := told[tag]; at.Number <= before.Number || here.AsOf().Before(at) {
				t.Errorf("%v: told of %+v, between %+v and %+v", tag, at, before, here.AsOf())
			}
		}
	})
}
