package cache_test

import (
	"slices"
	"testing"

	"holdfast/cache"
)

func TestBumpOfBumpsAlsoTheFamily(t *testing.T) {
	tests := map[string][]string{
		"Payment:pi_1":       {"Payment:pi_1", "Payment:"},
		"Price:sku:EUR":      {"Price:sku:EUR", "Price:"},
		"catalog":            {"catalog"},
		"source:shop":        {"source:shop"},
		"connector:Query.me": {"connector:Query.me"},
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			var tags []cache.Tag
			for _, w := range want {
				tags = append(tags, cache.TagOf(w))
			}
			if got := cache.BumpOf(text); !slices.Equal(got, tags) {
				t.Errorf("got %v, want those of %v", got, want)
			}
		})
	}
}
