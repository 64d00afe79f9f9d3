package once

import (
	"context"
	"errors"
	"maps"

	"holdfast/connect/call"
	"holdfast/outbox"
	"holdfast/upstreams"
)

// What extensions.code says of a change that is not simply made or refused.
const (
	CodeConflict    = "IDEMPOTENCY_CONFLICT" // the key was used for something else, or by somebody else: nothing was done
	CodePending     = "WRITE_PENDING"        // it is being made: ask again with the same key
	CodeUnknown     = "WRITE_UNKNOWN"        // it was sent, and nobody knows whether it was made
	CodeUnavailable = "WRITE_UNAVAILABLE"    // it cannot be recorded now, so it was not sent
	CodeNotMade     = "WRITE_NOT_MADE"       // it was not made, and will not be
	CodeMade        = "WRITE_MADE"           // it was made; what was answered is not kept
)

// fault is an error at the field of a change. It tells the [upstreams.Writes] in ctx what became of it.
func fault(ctx context.Context, c *call.Opened, kind upstreams.Kind, code, message string, effect upstreams.Effect, cause error) *upstreams.Error {
	upstreams.WritesFrom(ctx).Note(effect)
	return &upstreams.Error{
		Kind: kind, Source: c.API.Name(), Connector: string(c.ID), Message: message, Effect: effect, Err: cause,
		Extensions: map[string]any{"code": code},
	}
}

// refused is the error of a change that was not sent for this call.
func refused(ctx context.Context, c *call.Opened, err error) *upstreams.Error {
	e, ok := errors.AsType[*outbox.Error](err)
	if !ok {
		return fault(ctx, c, upstreams.Unavailable, CodeUnavailable, "The change cannot be recorded now, so it was not sent", upstreams.EffectNone, err)
	}
	switch e.Kind {
	case outbox.Conflict:
		return fault(ctx, c, upstreams.BadInput, CodeConflict,
			"The idempotency key was used before, with other arguments or by another caller: nothing was sent", upstreams.EffectNone, err)
	case outbox.TooLarge:
		return fault(ctx, c, upstreams.BadInput, CodeUnavailable, "The change is too large to be recorded, so it was not sent", upstreams.EffectNone, err)
	case outbox.Uncertain:
		return fault(ctx, c, upstreams.Unavailable, CodePending,
			"It is not known whether the change was recorded: ask again with the same idempotency key", upstreams.EffectUnknown, err)
	case outbox.Full:
		return fault(ctx, c, upstreams.Unavailable, CodeUnavailable, "There is no room to record another change, so it was not sent", upstreams.EffectNone, err)
	}
	return fault(ctx, c, upstreams.Unavailable, CodeUnavailable, "The change cannot be recorded now, so it was not sent", upstreams.EffectNone, err)
}

// known is the error of a try that this caller waited for, whoever asked for it. It is the caller's own.
func known(ctx context.Context, c *call.Opened, said *outbox.Answer) error {
	e, ok := errors.AsType[*upstreams.Error](said.Err)
	if !ok { // our own code failed
		own := told(ctx, c, said.Record)
		own.Err = said.Err
		return own
	}
	own := *e
	if said.Replayed {
		upstreams.WritesFrom(ctx).Note(own.Effect)
	}
	return &own
}

// named is an error of a change with the id by which it can be looked up: where that is worth while, for it is queued, or
// nobody knows whether it was made.
func named(err error, rec *outbox.Record) error {
	e, ok := errors.AsType[*upstreams.Error](err)
	if !ok || !rec.Write.Queue && rec.State != outbox.Unknown {
		return err
	}
	own := *e
	own.Extensions = maps.Clone(e.Extensions)
	if own.Extensions == nil {
		own.Extensions = map[string]any{}
	}
	own.Extensions["write"] = outbox.PublicID(rec.Write.ID, rec.Write.Token)
	return &own
}

// told is the error of a change of which there is no answer to map.
func told(ctx context.Context, c *call.Opened, rec *outbox.Record) *upstreams.Error {
	code, message, effect := CodeNotMade, "The change was not made", upstreams.EffectNone
	switch rec.State {
	case outbox.Queued, outbox.Sending:
		code, message, effect = CodePending, "The change is being made: ask again with the same idempotency key", upstreams.EffectUnknown
	case outbox.Unknown:
		code, message, effect = CodeUnknown, "The change was sent, and nobody knows whether it was made: look before asking with another idempotency key", upstreams.EffectUnknown
	case outbox.Dead:
		message = "The change could not be sent, and is not before a person has it tried again"
	case outbox.Applied:
		code, message, effect = CodeMade, "The change was made; what was answered is not known", upstreams.EffectApplied
	}
	e := fault(ctx, c, upstreams.Unavailable, code, message, effect, nil)
	e.Extensions["write"] = outbox.PublicID(rec.Write.ID, rec.Write.Token)
	if last := rec.Last(); last.Reason != "" {
		e.Extensions["reason"] = last.Reason
	}
	return e
}
