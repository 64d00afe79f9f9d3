package cache

import (
	"time"

	"holdfast/internal/wire"
)

// An envelope is what a Store keeps of an entry.
const (
	envelopeMagic   = "HFE"
	envelopeVersion = 3
)

// seal encodes e, which may be used until the given time.
func seal(e *Entry, until time.Time) []byte {
	b := wire.Begin(envelopeMagic, envelopeVersion, e.Size())
	b = wire.AppendText(b, e.Key)
	b = wire.AppendText(b, e.Scope)
	b = wire.AppendInt(b, int64(e.Status))
	b = wire.AppendTime(b, e.Asked)
	b = wire.AppendTime(b, e.Received)
	b = wire.AppendTime(b, until)
	b = wire.AppendHeader(b, e.Header)
	b = wire.AppendUint(b, uint64(len(e.Tags)))
	for _, tag := range e.Tags {
		b = wire.AppendFixed(b, uint64(tag))
	}
	for _, n := range [...]uint64{e.AsOf.Process, e.AsOf.Number, e.AsOf.Incarnation, e.AsOf.Sequence} {
		b = wire.AppendUint(b, n)
	}
	b = wire.AppendText(b, e.Body)
	return wire.Seal(b)
}

// open decodes what seal made, whose body it shares. It is not ok if b is none of ours, of another
// version, or damaged.
func open(b []byte) (e *Entry, until time.Time, ok bool) {
	version, r, ok := wire.Open(envelopeMagic, b)
	if !ok || version != envelopeVersion {
		return nil, time.Time{}, false
	}
	e = &Entry{
		Key:      r.Text(),
		Scope:    r.Text(),
		Status:   int(r.Int()),
		Asked:    r.Time(),
		Received: r.Time(),
	}
	until = r.Time()
	e.Header = r.Header()
	if n := r.Count(8); n > 0 {
		e.Tags = make([]Tag, n)
		for i := range e.Tags {
			e.Tags[i] = Tag(r.Fixed())
		}
	}
	e.AsOf = AsOf{r.Uint(), r.Uint(), Place{r.Uint(), r.Uint()}}
	e.Body = r.Bytes()
	if !r.Done() {
		return nil, time.Time{}, false
	}
	return e, until, true
}
