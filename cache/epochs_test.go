package cache_test

import (
	"sync"
	"testing"

	"holdfast/cache"
)

func TestEpochs(t *testing.T) {
	e := cache.NewEpochs()
	before := e.AsOf()
	e.Bump("source:a", "Payment:1")
	between := e.AsOf()
	e.Bump("source:b")
	tests := map[string]struct {
		since cache.AsOf
		tags  []string
		want  bool
	}{
		"nothing happened since":                {e.AsOf(), []string{"source:a", "source:b"}, true},
		"a bump of its tag":                     {before, []string{"source:a"}, false},
		"one of many tags is enough":            {before, []string{"x", "Payment:1"}, false},
		"a bump of another tag":                 {between, []string{"source:a"}, true},
		"without a tag nothing can change":      {before, nil, true},
		"of another sequence nothing is known":  {cache.NewEpochs().AsOf(), []string{"x"}, false},
		"what never was asked for is not fresh": {cache.AsOf{}, nil, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := e.Fresh(tt.since, tt.tags); got != tt.want {
				t.Errorf("fresh: %v", got)
			}
		})
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
				e.Bump("t")
				if e.Fresh(before, []string{"t"}) {
					t.Error("a bump was missed")
				}
			}
		})
	}
	all.Wait()
	if !e.Fresh(e.AsOf(), []string{"t"}) {
		t.Error("not fresh after the last")
	}
}
