package freshness_test

import (
	"testing"
	"time"

	"holdfast/freshness"
)

func TestCacheStatus(t *testing.T) {
	tests := map[string]freshness.CacheStatus{
		"A; hit; ttl=376":                        {Cache: "A", Hit: true, TTL: seconds(376)},
		`"a b"; hit; ttl=-1`:                     {Cache: "a b", Hit: true, TTL: freshness.Seconds{Set: true, For: -time.Millisecond}},
		"A; fwd=uri-miss; stored":                {Cache: "A", Forward: freshness.ForwardURIMiss, Stored: true},
		"A; fwd=stale; fwd-status=304; ttl=5":    {Cache: "A", Forward: freshness.ForwardStale, ForwardStatus: 304, TTL: seconds(5)},
		"A; hit":                                 {Cache: "A", Hit: true, Forward: freshness.ForwardMiss}, // never both
		"A; fwd=miss; collapsed; detail=x":       {Cache: "A", Forward: freshness.ForwardMiss, Collapsed: true, Detail: "x"},
		`"\"\\"; detail="with space"`:            {Cache: "\"\\\n", Detail: "with space\u00e9"},
		`"9lives"; fwd=method`:                   {Cache: "9lives", Forward: freshness.ForwardMethod},
		"*a.b:80/c; fwd=request; fwd-status=500": {Cache: "*a.b:80/c", Forward: freshness.ForwardRequest, ForwardStatus: 500},
	}
	for want, status := range tests {
		if got := status.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
