package events_test

import (
	"testing"
	"testing/synctest"
	"time"

	"holdfast/events"
	"holdfast/events/eventstest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	eventstest.RunJournal(t, func(_ *testing.T, b events.Bounds) events.Journal { return events.NewMemory(b) })
}

func TestMemoryForgetsAfterAWeek(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := events.NewMemory(events.Bounds{Events: 1})
		put := func(id string) error {
			_, err := m.Append(t.Context(), "s", events.NameOf("s", id), []byte("x"))
			return err
		}
		if err := put("a"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(events.Keep - time.Second)
		if put("a") == nil || put("b") == nil {
			t.Error("it was forgotten before its time")
		}
		time.Sleep(2 * time.Second)
		if err := put("a"); err != nil {
			t.Error(err)
		}
	})
}
