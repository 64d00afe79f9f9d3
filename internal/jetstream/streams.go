package jetstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// names are those of the streams and subjects of one graph.
type names struct{ stream, subject string }

func namesOf(name string) names {
	name = cmp.Or(name, "holdfast")
	return names{"HF_" + name + "_", "hf." + name + "."}
}

func (n names) answers() string { return n.stream + "answers" }
func (n names) bumps() string   { return n.stream + "bumps" }
func (n names) leases() string  { return n.stream + "leases" }

// incarnation is the subject of the message that is replaced when bumps may have been lost.
func (n names) incarnation() string { return n.subject + "b.journal.id" }

// longestLease is how long one is kept that says nothing of it.
const longestLease = 5 * time.Minute

// size is how much there may be.
type size struct {
	bytes, entries int64
	replicas       int // 1: embedded
}

func answersStream(n names, s size) jetstream.StreamConfig {
	c := plain(n.answers(), n.subject+"a.>", s)
	c.Discard = jetstream.DiscardOld
	c.MaxBytes, c.MaxMsgs = s.bytes, s.entries
	if s.replicas == 1 {
		c.PersistMode = jetstream.AsyncPersistMode
	}
	return c
}

func bumpsStream(n names, s size) jetstream.StreamConfig {
	return plain(n.bumps(), n.subject+"b.>", s) // how much is in it, trim sees to
}

func leasesStream(n names, s size) jetstream.StreamConfig {
	c := plain(n.leases(), n.subject+"l.*", s)
	c.Storage = jetstream.MemoryStorage
	c.MaxAge = longestLease
	return c
}

// plain is one value for each subject, which may have a time to live.
func plain(name, subjects string, s size) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:              name,
		Subjects:          []string{subjects},
		MaxMsgs:           -1,
		MaxBytes:          -1,
		MaxMsgsPerSubject: 1,
		AllowDirect:       true,
		AllowMsgTTL:       true,
		Replicas:          s.replicas,
		Duplicates:        100 * time.Millisecond, // the least: a server that starts reads all that are younger
	}
}

// misfit returns how a stream differs from what we need, "" if it does not.
func misfit(is, want jetstream.StreamConfig) string {
	switch {
	case len(is.Subjects) != 1 || is.Subjects[0] != want.Subjects[0]:
		return fmt.Sprintf("its subjects are %q, not %q", is.Subjects, want.Subjects)
	case is.MaxMsgsPerSubject != 1:
		return "it keeps more than one message for each subject"
	case !is.AllowDirect:
		return "it does not allow direct gets"
	case want.AllowMsgTTL && !is.AllowMsgTTL:
		return "it does not allow messages with a time to live"
	case is.Discard != want.Discard:
		return "it refuses what is new when it is full"
	case is.Storage != want.Storage:
		return "its storage is " + is.Storage.String()
	case is.Sealed || is.DenyDelete:
		return "nothing can be deleted from it"
	}
	return ""
}

// exists returns the stream of that name, nil if there is none that can be read.
func exists(ctx context.Context, js jetstream.JetStream, name string) (jetstream.Stream, error) {
	s, err := js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	return s, err
}
