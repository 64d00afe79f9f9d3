package call

import (
	"crypto/sha256"
	"strings"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// Ask is the request of a call with these inputs, for [upstreams.Client.Held] and Read, or Write where the connector
// Writes; whoever sends it sets Accept. A read has a key, and is built when it must be sent; the inputs must not be
// changed any more. What cannot be made of the inputs is an [upstreams.Error] of kind [upstreams.BadInput], and
// nothing is sent.
func (o *Opened) Ask(in *Inputs) (*upstreams.Request, error) {
	return o.askIn(new(asking), in)
}

// AskAgain is [Opened.Ask] for who asks one thing after the other: it writes over an earlier request that nobody
// needs any more. Where that is nil, or another connector's, it makes a new one.
func (o *Opened) AskAgain(over *upstreams.Request, in *Inputs) (*upstreams.Request, error) {
	if over != nil {
		if a, ours := over.Builder.(*asking); ours && a.opened == o {
			return o.askIn(a, in)
		}
	}
	return o.askIn(new(asking), in)
}

func (o *Opened) askIn(a *asking, in *Inputs) (*upstreams.Request, error) {
	a.opened, a.in = o, *in
	r := &a.Request
	*r = upstreams.Request{
		Connector: string(o.ID), Method: o.Method, Template: o.template, AsCaller: o.AsCaller,
		Policy: o.policy, Slot: o.slot, Heeds: o.heeds,
		Priority: in.Priority, Operation: in.Operation, NotBefore: in.NotBefore, NoStandIns: in.NoStandIns,
	}
	err := o.render(in, func(w *renderer) {
		r.Scope, r.Slot = w.scope(), w.slotName()
		if o.Writes {
			if changes := o.changes(in); changes != nil {
				r.Changes = changes
			}
			w.build(r)
			return
		}
		var room [1024]byte
		r.Key, r.Builder = string(w.appendKey(room[:0])), a
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Any is what all reads of the connector have in common, for [upstreams.Client.HeldShort].
func (o *Opened) Any() upstreams.Request {
	return upstreams.Request{Connector: string(o.ID), Policy: o.policy}
}

// Address is the URL of the request of a call with these inputs. The error is as that of [Opened.Ask].
func (o *Opened) Address(in *Inputs) (text string, err error) {
	err = o.render(in, func(w *renderer) { text = w.whole() })
	return text, err
}

// asking is a request with what it is made of.
type asking struct {
	upstreams.Request

	opened *Opened
	in     Inputs
}

// Build implements [upstreams.Builder].
func (a *asking) Build(r *upstreams.Request) error {
	return a.opened.render(&a.in, func(w *renderer) { w.build(r) })
}

// slotName names what this connector makes of an answer with the settings of its source.
func (r *renderer) slotName() string {
	if len(r.inputs) == 0 {
		return r.slot
	}
	var room [256]byte
	b := append(room[:0], r.slot...)
	for i := range r.inputs {
		b = append(b, 0)
		b = r.lookup(&r.inputs[i]).AppendJSON(b)
	}
	return string(b)
}

// scope is a hash of every caller-dependent input, since scopes are kept with the answers and what callers send may be
// secret; "" when there is none.
func (r *renderer) scope() string {
	if len(r.callers) == 0 {
		return ""
	}
	var room [256]byte
	b := room[:0]
	for i := range r.callers {
		b = append(b, r.callers[i].text...)
		b = append(b, '=')
		b = append(b, r.lookup(&r.callers[i]).String()...)
		b = append(b, 0)
	}
	sum := sha256.Sum256(b)
	return string(sum[:])
}

// A way is a path such as $args.first.
type way struct {
	text, variable string
	keys           []string
}

func waysOf(paths []string) []way {
	ways := make([]way, len(paths))
	for i, path := range paths {
		name, rest, more := strings.Cut(path, ".")
		ways[i] = way{text: path, variable: name}
		if more {
			ways[i].keys = strings.Split(rest, ".")
		}
	}
	return ways
}

// lookup follows a way. Header names are in lower case, as in paths.
func (r *renderer) lookup(w *way) mapping.Value {
	if key, isKey := r.keyOf(w.variable); isKey && len(w.keys) > 0 {
		if v, ok := leaf(key, w.keys); ok {
			return v
		}
	}
	v := r.valueOf(w.variable)
	for _, name := range w.keys {
		v = v.Get(name)
	}
	return v
}

// changesSlot says whether a variable is an input of its own: status and response
// belong to the answer, and settings are one with their API.
func changesSlot(path string) bool {
	name, _, _ := strings.Cut(path, ".")
	switch name {
	case "$args", "$this", "$request", "$context":
		return true
	}
	return false
}
