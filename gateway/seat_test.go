package gateway

import (
	"errors"
	"testing"
)

// Goroutines of one operation begin and end to wait in any order.
func TestASeatIsFreeWhileAnyGoroutineWaits(t *testing.T) {
	t.Parallel()
	c := newComputing(1, 0)
	free := func(want bool) {
		t.Helper()
		other, err := c.enter(t.Context())
		if (err == nil) != want || err != nil && !errors.Is(err, errBusy) {
			t.Errorf("another operation: %v, want free %v", err, want)
		}
		if err == nil {
			other.leave()
		}
	}
	s, err := c.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	free(false)
	first, second := s.wait(), s.wait()
	free(true)
	first()
	free(true) // the other still waits
	third := s.wait()
	second()
	third()
	free(false)
	last := s.wait()
	s.leave()
	last() // behind its end
	free(true)
}
