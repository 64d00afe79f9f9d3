package jetstream

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"holdfast/events"
	"holdfast/events/eventstest"
)

func tell(t *testing.T, s *Store, id string) (events.Place, error) {
	t.Helper()
	return s.Events().Append(t.Context(), "shop", events.NameOf("shop", id), eventstest.Record(500))
}

// TestEventsOfEarlier opens directories whose events are there, were never there, or cannot be read: what is lost is made
// anew, and is not the one that was.
func TestEventsOfEarlier(t *testing.T) {
	t.Parallel()
	stream := func(dir string) string { return storeDirectory(dir).stream(namesOf("").events()) }
	for name, test := range map[string]struct {
		spoil  func(dir string) error
		known  bool  // what was told before is
		alarms int64 // at least
	}{
		"as they were": {spoil: func(string) error { return nil }, known: true},
		"of an older version": {spoil: func(dir string) error {
			return errors.Join(os.RemoveAll(stream(dir)), os.RemoveAll(storeDirectory(dir).stream(namesOf("").sync())))
		}},
		"damaged": {spoil: func(dir string) error {
			return os.WriteFile(filepath.Join(stream(dir), "meta.inf"), []byte("{"), 0o600)
		}, alarms: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := start(t, Options{Dir: dir})
			awaitOpen(t, s)
			was, err := tell(t, s, "a")
			if err != nil {
				t.Fatal(err)
			}
			stop(t, s)
			if err := test.spoil(dir); err != nil {
				t.Fatal(err)
			}
			s = start(t, Options{Dir: dir})
			awaitOpen(t, s)
			if _, err := tell(t, s, "a"); errors.Is(err, events.ErrKnown) != test.known || !test.known && err != nil {
				t.Errorf("again: %v", err)
			}
			is, err := tell(t, s, "b")
			if err != nil || (is.Incarnation == was.Incarnation) != test.known {
				t.Errorf("%v after %v, %v", is, was, err)
			}
			if n := s.Counts().Alarms; n < test.alarms || test.alarms == 0 && n > 0 {
				t.Errorf("%d alarms", n)
			}
		})
	}
}
