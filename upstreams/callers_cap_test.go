package upstreams

import (
	"strconv"
	"testing"

	"holdfast/cache"
)

// TestCallersAreBounded holds that those who come again are kept, that not more are than twice the bound, and
// that who was forgotten has no right to what is remembered, until something new is.
func TestCallersAreBounded(t *testing.T) {
	var c callers
	asOf := cache.NewEpochs().AsOf()
	keep := func(whose string) {
		c.begin(whose)
		defer c.end(whose)
		if !c.keep(whose, asOf) {
			t.Fatal("not kept")
		}
	}
	keep("regular")
	keep("rare")
	for n := range 5 * mostCallers {
		keep(strconv.Itoa(n))
		if n%1000 == 0 && !c.may("regular", asOf) {
			t.Fatal("who comes again is forgotten")
		}
	}
	if n := len(c.now) + len(c.then); n > 2*mostCallers {
		t.Errorf("%d callers", n)
	}
	if len(c.asking) != 0 {
		t.Errorf("%d ask for ever", len(c.asking))
	}
	if c.may("rare", asOf) {
		t.Error("who was forgotten may use what is remembered")
	}
	keep("rare")
	if !c.may("rare", asOf) {
		t.Error("who came again may not")
	}
}
