package call

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"sync/atomic"

	"holdfast/upstreams"
)

// AskBatch is the batch of what keys name, each once, for [upstreams.Client.HeldBatch] and ReadBatch; whoever asks sets
// Split and Accept. The inputs are those of the request besides keys, and must not be changed any more. The error is as
// that of [Opened.Ask].
func (o *Opened) AskBatch(in *Inputs, keys []Key) (*upstreams.Batch, error) {
	a := &batch{opened: o, in: *in}
	b := &a.Batch
	*b = upstreams.Batch{
		Connector: string(o.ID), Policy: o.policy, AsCaller: o.AsCaller, Slot: o.slot, Max: o.Connector.Batch, Build: a.build,
		Priority: in.Priority, Operation: in.Operation, NotBefore: in.NotBefore, NoStandIns: in.NoStandIns,
	}
	b.Keys = make([]string, len(keys))
	for i, key := range keys {
		b.Keys[i] = string(key)
	}
	if len(keys) == 0 {
		return b, nil
	}
	var err error
	if b.Inputs, err = o.otherInputs(a, keys[0]); err != nil {
		return nil, err
	}
	if len(o.callers)+len(o.inputs) > 0 {
		w := renderer{Opened: o, in: &a.in}
		b.Scope, b.Slot = w.scope(), w.slotName()
	}
	return b, nil
}

// batch is a batch with what it is made of.
type batch struct {
	upstreams.Batch

	opened *Opened
	in     Inputs
}

// With are the inputs of a request for the named keys.
func (in *Inputs) With(names []string) *Inputs {
	own := *in
	own.Batch = make([]Key, len(names))
	for i, name := range names {
		own.Batch[i] = Key(name)
	}
	return &own
}

// build makes the request for the named keys.
func (b *batch) build(names []string) (*upstreams.Request, error) {
	r := new(upstreams.Request)
	err := b.opened.render(b.in.With(names), func(w *renderer) { w.build(r) })
	return r, err
}

// inputsByLike are the other inputs of a connector's batches, by what their keys are like.
type inputsByLike = atomic.Pointer[map[string]string]

// otherInputs is all that goes into a request besides keys, so that no two requests have the same text. It is seen in
// a request for a key that is always the same: without any there would be no URL where keys are in the path. Where a
// request depends on nothing else, it is made once.
func (o *Opened) otherInputs(b *batch, key Key) (string, error) {
	var room [256]byte
	like := key.like(room[:0])
	known := o.others.Load()
	onlyKeys := o.request.onlyKeys && len(b.in.Extra) == 0 && b.in.Target == ""
	if known != nil && onlyKeys {
		if text, ok := (*known)[string(like)]; ok {
			return text, nil
		}
	}
	r, err := b.build([]string{string(like)})
	if err != nil {
		return "", err
	}
	text := hashed(r)
	if onlyKeys {
		more := map[string]string{string(like): text}
		if known != nil && len(*known) < mostLikes {
			maps.Copy(more, *known)
		}
		o.others.Store(&more)
	}
	return text, nil
}

// mostLikes bounds how many shapes of keys are told apart. There is one, as a rule.
const mostLikes = 16

// hashed is a hash of all of a request, which is quoted so that no two have the same text: it is part of keys, and those are
// kept with the answers.
func hashed(r *upstreams.Request) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", r.Method, r.URL, r.Header, r.Body))
	return string(sum[:])
}
