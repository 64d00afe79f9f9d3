package outbox

import (
	"errors"
	"fmt"
	"math"
	"time"

	"holdfast/internal/wire"
)

// What a journal has begins with one of these words and a version. Version 1 is read by every later one; in version 2 a
// transition says who wanted it.
const (
	recordMagic   = "HFW"
	recordVersion = 2
)

var (
	// ErrDamaged says that what was kept cannot be read, or is gone.
	ErrDamaged = errors.New("damaged")
	// ErrNewer says that what was kept was written by a newer version of the program.
	ErrNewer = errors.New("written by a newer version")
)

// Encode returns what a [Journal] keeps of r.
func Encode(r *Record) []byte {
	size := 512 + len(r.Write.Args) + len(r.Write.Request.Body) + 48*len(r.History)
	if r.Outcome != nil {
		size += len(r.Outcome.Body)
	}
	b := wire.Begin(recordMagic, recordVersion, size)
	b = appendWrite(b, &r.Write)
	b = wire.AppendText(b, string(r.State))
	b = wire.AppendUint(b, uint64(r.Created))
	b = wire.AppendUint(b, uint64(r.Attempts)) //nolint:gosec // not negative
	b = wire.AppendTime(b, r.FirstSent)
	b = wire.AppendTime(b, r.NextTry)
	b = wire.AppendBool(b, r.Doubt)
	b = wire.AppendBool(b, r.Stuck)
	b = wire.AppendUint(b, uint64(r.Renewed)) //nolint:gosec // not negative
	b = wire.AppendBool(b, r.Outcome != nil)
	if o := r.Outcome; o != nil {
		b = wire.AppendInt(b, int64(o.Status))
		b = wire.AppendHeader(b, o.Header)
		b = wire.AppendText(b, o.Body)
		b = wire.AppendBool(b, o.Cut)
	}
	b = wire.AppendUint(b, uint64(len(r.History)))
	for _, t := range r.History {
		b = wire.AppendText(b, string(t.State))
		b = wire.AppendTime(b, t.At)
		b = wire.AppendFixed(b, t.By)
		b = wire.AppendUint(b, t.Number)
		b = wire.AppendUint(b, uint64(t.Attempt)) //nolint:gosec // not negative
		b = wire.AppendText(b, t.Reason)
		b = wire.AppendText(b, t.Message)
		b = wire.AppendText(b, t.Actor)
	}
	b = r.Numbers.append(b)
	b = wire.AppendUint(b, r.Sure)
	return wire.Seal(b)
}

func appendWrite(b []byte, w *Write) []byte {
	b = append(b, w.ID[:]...)
	b = append(b, w.Token[:]...)
	for _, s := range [...]string{w.Field, w.Connector, w.Source, w.Namespace, w.Caller, w.Key} {
		b = wire.AppendText(b, s)
	}
	b = wire.AppendText(b, w.Args)
	b = wire.AppendBool(b, w.Queue)
	b = wire.AppendBool(b, w.Later)
	b = wire.AppendText(b, w.Lane)
	b = wire.AppendTime(b, w.Accepted)
	b = wire.AppendTime(b, w.Expires)
	b = wire.AppendInt(b, int64(w.Timeout))
	b = wire.AppendInt(b, int64(w.Window))
	b = wire.AppendBool(b, w.Probe)
	b = wire.AppendInt(b, int64(w.ProbeAfter))
	b = wire.AppendText(b, w.Request.Method)
	b = wire.AppendText(b, w.Request.PathAndQuery)
	b = wire.AppendHeader(b, w.Request.Header)
	b = wire.AppendText(b, w.Request.Body)
	return wire.AppendText(b, w.Request.VendorKey)
}

// Decode is the inverse of [Encode], and shares b, which must not be changed. The error wraps [ErrDamaged] or
// [ErrNewer].
func Decode(b []byte) (*Record, error) {
	version, fields, err := open(recordMagic, recordVersion, b)
	if err != nil {
		return nil, err
	}
	r := &Record{
		Write:     readWrite(fields),
		State:     State(fields.Text()),
		Created:   Revision(fields.Uint()),
		Attempts:  small(fields),
		FirstSent: fields.Time(),
		NextTry:   fields.Time(),
		Doubt:     fields.Bool(),
		Stuck:     fields.Bool(),
		Renewed:   small(fields),
	}
	if fields.Bool() {
		r.Outcome = &Outcome{Status: int(fields.Int()), Header: fields.Header(), Body: fields.Bytes(), Cut: fields.Bool()}
	}
	r.History = make([]Transition, fields.Count(14))
	for i := range r.History {
		r.History[i] = Transition{
			State: State(fields.Text()), At: fields.Time(), By: fields.Fixed(), Number: fields.Uint(), Attempt: small(fields),
			Reason: fields.Text(), Message: fields.Text(),
		}
		if version > 1 {
			r.History[i].Actor = fields.Text()
		}
	}
	r.Numbers = readNumbers(fields)
	r.Sure = fields.Uint()
	if !fields.Done() || len(r.History) == 0 || r.Last().State != r.State || r.State.unknown() {
		return nil, fmt.Errorf("a write that does not fit its own version: %w", ErrDamaged)
	}
	return r, nil
}

func readWrite(r *wire.Reader) Write {
	return Write{
		ID:        [16]byte(read16(r)),
		Token:     [16]byte(read16(r)),
		Field:     r.Text(),
		Connector: r.Text(),
		Source:    r.Text(),
		Namespace: r.Text(),
		Caller:    r.Text(),
		Key:       r.Text(),
		Args:      r.Bytes(),

		Queue: r.Bool(),
		Later: r.Bool(),
		Lane:  r.Text(),

		Accepted: r.Time(),
		Expires:  r.Time(),
		Timeout:  time.Duration(r.Int()),

		Window:     time.Duration(r.Int()),
		Probe:      r.Bool(),
		ProbeAfter: time.Duration(r.Int()),

		Request: Request{
			Method: r.Text(), PathAndQuery: r.Text(), Header: r.Header(), Body: r.Bytes(), VendorKey: r.Text(),
		},
	}
}

func read16(r *wire.Reader) []byte {
	if b := r.Raw(16); b != nil {
		return b
	}
	return make([]byte, 16)
}

func small(r *wire.Reader) int {
	n := r.Uint()
	if n > math.MaxInt32 {
		r.Fail()
		return 0
	}
	return int(n) //nolint:gosec // it is small
}

// open returns the version and the fields of what was kept under that magic word.
func open(magic string, newest byte, b []byte) (version byte, fields *wire.Reader, err error) {
	version, fields, ok := wire.Open(magic, b)
	switch {
	case !ok:
		return 0, nil, fmt.Errorf("%d bytes that are not what was written: %w", len(b), ErrDamaged)
	case version > newest:
		return 0, nil, fmt.Errorf("version %d, and %d is the newest that is known here: %w", version, newest, ErrNewer)
	case version == 0:
		return 0, nil, fmt.Errorf("version 0: %w", ErrDamaged)
	}
	return version, fields, nil
}
