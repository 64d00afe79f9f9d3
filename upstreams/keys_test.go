package upstreams

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// TestKeysAreBounded has a hundred thousand keys in one window: an even sample of them is remembered, and tells what
// all would tell; of few that follow, all are.
func TestKeysAreBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		bad  int // of ten
		want bool
	}{
		"a tenth is bad":  {1, false},
		"four tenths are": {4, false},
		"six tenths are":  {6, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKeys(Breaker{Window: 10 * time.Second, Calls: 20, Share: 0.1})
				for i := range 100_000 {
					k.note(&Request{Method: "GET", URL: strconv.Itoa(i)}, i%10 < tt.bad)
					if len(k.known) > mostKeys {
						t.Fatalf("%d keys are remembered", len(k.known))
					}
				}
				if got := k.useless(); got != tt.want {
					t.Errorf("useless: %v of %d keys", got, len(k.known))
				}
				for round := range 20 {
					time.Sleep(11 * time.Second)
					for i := range 2000 {
						k.note(&Request{Method: "GET", URL: strconv.Itoa(round*2000 + i)}, true)
					}
				}
				if n := len(k.known); n < mostKeys/4 {
					t.Errorf("after the rush, %d keys of 2000 are remembered", n)
				}
			})
		})
	}
}
