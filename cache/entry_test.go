package cache

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestValueIsMadeOnce(t *testing.T) {
	e := &Entry{}
	var made atomic.Int32
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			v, err := e.Value("slot", func() (any, error) {
				made.Add(1)
				return "value", nil
			})
			if v != "value" || err != nil {
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	e, bad := &Entry{}, errors.New("bad")
	if _, err := e.Value("slot", func() (any, error) { return nil, bad }); !errors.Is(err, bad) {
		t.Errorf("got %v", err)
	}
	if v, err := e.Value("slot", func() (any, error) { return 1, nil }); v != 1 || err != nil {
		t.Errorf("after an error: %v, %v", v, err)
	}
}

func TestPanicLeavesTheSlotUsable(t *testing.T) {
	e := &Entry{}
	func() {
		defer func() { _ = recover() }()
		_, _ = e.Value("slot", func() (any, error) { panic("oh") })
	}()
	if v, err := e.Value("slot", func() (any, error) { return 1, nil }); v != 1 || err != nil {
		t.Errorf("after a panic: %v, %v", v, err)
	}
}

func TestOldestSlotGoes(t *testing.T) {
	e := &Entry{}
	value := func(slot int) (remade bool) {
		_, err := e.Value(strconv.Itoa(slot), func() (any, error) {
			remade = true
			return slot, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return remade
	}
	for i := range maxSlots + 1 {
		value(i)
	}
	if value(maxSlots) || value(1) {
		t.Error("a slot went too early")
	}
	if !value(0) {
		t.Error("the oldest is still there")
	}
}

func TestNotesStayHoweverManySlotsThereAre(t *testing.T) {
	e := &Entry{}
	note := e.Note("note", func() any { return new(int) })
	for i := range 3 * maxSlots {
		if _, err := e.Value(strconv.Itoa(i), func() (any, error) { return i, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if e.Note("note", func() any { return new(int) }) != note {
		t.Error("the note was made anew")
	}
}

func TestARenewedEntryHasTheValuesOfItsBodyUnderOtherHeaders(t *testing.T) {
	old := &Entry{Key: "k", Scope: "s", Status: 200, Header: map[string][]string{"A": {"1"}}, Body: []byte("body"), Received: time.Unix(1, 0)}
	made := 0
	build := func() (any, error) { made++; return made, nil }
	note := func() any { made++; return made }
	_, _ = old.Value("slot", build)
	old.Note("note", note)
	_, _ = old.Value("failed", func() (any, error) { return nil, errors.New("no") })

	by := &Entry{Status: 304, Asked: time.Unix(2, 0), Received: time.Unix(3, 0), Tags: []Tag{7}}
	renewed := old.Renew(by, map[string][]string{"A": {"2"}})
	if v, _ := renewed.Value("slot", build); v != 1 {
		t.Errorf("the value was made again: %v", v)
	}
	if n := renewed.Note("note", note); n != 3 {
		t.Errorf("what was noted of the old one: %v", n)
	}
	if v, _ := renewed.Value("failed", build); v != 4 {
		t.Errorf("what could not be made: %v", v)
	}
	if renewed.Status != 200 || string(renewed.Body) != "body" || renewed.Header["A"][0] != "2" || !renewed.Received.Equal(by.Received) ||
		!renewed.Asked.Equal(by.Asked) || renewed.Key != "k" || renewed.Scope != "s" || !renewed.Confirmed || len(renewed.Tags) != 1 {
		t.Errorf("renewed: %+v", renewed)
	}
	if old.Header["A"][0] != "1" || old.Confirmed {
		t.Errorf("the old one was changed: %+v", old)
	}
}
