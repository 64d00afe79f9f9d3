package once

import (
	"cmp"
	"context"
	"errors"
	"time"

	"holdfast/connect/mapping"
	"holdfast/outbox"
	"holdfast/upstreams"
)

// Find returns the change that was given out under that id, as the graph's type Write shows it; null where there is none,
// or none for who does not know the id as a whole. The error is an *[upstreams.Error].
func (k *Keeper) Find(ctx context.Context, id string) (mapping.Value, error) {
	rec, err := k.find(ctx, id)
	if rec == nil {
		return mapping.NullValue(), err
	}
	return shown(k.box, rec), nil
}

// Cancel takes a change back that was not sent, and is [Keeper.Find] of what became of it. One that is being sent is
// waited for, as long as it may take.
func (k *Keeper) Cancel(ctx context.Context, id string) (mapping.Value, error) {
	rec, err := k.find(ctx, id)
	if rec == nil {
		return mapping.NullValue(), err
	}
	wait, done := context.WithTimeout(ctx, cmp.Or(rec.Write.Timeout, time.Minute))
	defer done()
	err = k.box.Cancel(wait, rec.Write.ID, "", outbox.ReasonCaller)
	if e, ok := errors.AsType[*outbox.Error](err); ok && e.Kind != outbox.Impossible && e.Kind != outbox.NotFound {
		upstreams.WritesFrom(ctx).Note(upstreams.EffectUnknown)
		return mapping.NullValue(), unavailable("It is not known whether the change could be taken back: ask again", err)
	}
	return k.Find(ctx, id)
}

// find is the record that was given out under that id; nil where there is none.
func (k *Keeper) find(ctx context.Context, id string) (*outbox.Record, error) {
	if k.box == nil {
		return nil, nil //nolint:nilnil // nothing is recorded
	}
	rec, err := k.box.Find(ctx, id)
	if e, ok := errors.AsType[*outbox.Error](err); ok && e.Kind == outbox.NotFound {
		return nil, nil //nolint:nilnil // see above
	}
	if err != nil {
		return nil, unavailable("What is recorded of changes cannot be read now", err)
	}
	return rec, nil
}

func unavailable(message string, err error) error {
	return &upstreams.Error{Kind: upstreams.Unavailable, Message: message, Err: err, Extensions: map[string]any{"code": CodeUnavailable}}
}

// shown is a record as the graph's type Write has it.
func shown(box *outbox.Outbox, r *outbox.Record) mapping.Value {
	last := r.Last()
	return mapping.ObjectValue(
		mapping.Member{Key: "id", Value: mapping.StringValue(outbox.PublicID(r.Write.ID, r.Write.Token))},
		mapping.Member{Key: "state", Value: mapping.StringValue(string(box.Shown(r)))},
		mapping.Member{Key: "key", Value: textOrNull(r.Write.Key)},
		mapping.Member{Key: "field", Value: mapping.StringValue(r.Write.Field)},
		mapping.Member{Key: "source", Value: mapping.StringValue(r.Write.Source)},
		mapping.Member{Key: "attempts", Value: mapping.IntValue(int64(r.Attempts))},
		mapping.Member{Key: "acceptedAt", Value: timeOrNull(r.Write.Accepted)},
		mapping.Member{Key: "expiresAt", Value: timeOrNull(r.Write.Expires)},
		mapping.Member{Key: "nextTryAt", Value: timeOrNull(r.NextTry)},
		mapping.Member{Key: "settledAt", Value: timeOrNull(r.SettledAt())},
		mapping.Member{Key: "reason", Value: textOrNull(last.Reason)},
		mapping.Member{Key: "message", Value: textOrNull(last.Message)},
	)
}

func textOrNull(text string) mapping.Value {
	if text == "" {
		return mapping.NullValue()
	}
	return mapping.StringValue(text)
}

// timeOrNull is a time to the millisecond.
func timeOrNull(at time.Time) mapping.Value {
	if at.IsZero() {
		return mapping.NullValue()
	}
	return mapping.StringValue(at.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano))
}
