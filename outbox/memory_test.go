package outbox_test

import (
	"testing"

	"holdfast/outbox"
	"holdfast/outbox/outboxtest"
)

func TestMemory(t *testing.T) {
	outboxtest.RunJournal(t, func(_ *testing.T, b outbox.Bounds) outbox.Journal { return outbox.NewMemory(b) })
}
