package events

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast/events/signature"
)

// Path is what the paths of webhooks begin with: POST /webhooks/SOURCE. What is below that of a source is reserved.
const Path = "/webhooks/"

// Source is one whose webhooks are taken. It is not changed.
type Source struct {
	Name   string
	Scheme *signature.Scheme
	// Keys are those that the source may sign with now, of which any will do.
	Keys func() []signature.Key
	// URL is the public one that the source calls; "" where that is not signed.
	URL string
}

// Reason is why a delivery was refused, as one word. The set is closed: those of [signature.Reason], and these.
type Reason string

// The reasons of a [Receiver].
const (
	TooLarge Reason = "TOO_LARGE" // the body
	Cut      Reason = "CUT"       // the body ended early, or did not end
	Busy     Reason = "BUSY"      // too many are being taken in
	NotTaken Reason = "NOT_TAKEN" // see [ErrNotTaken]
)

const (
	mostBody    = 1 << 20         // of a delivery
	mostPing    = 1 << 10         // of one that is not signed
	mostReading = 64              // deliveries that are read at a time
	bodyTime    = 5 * time.Second // for which a body may take
	takeTime    = 5 * time.Second // for which keeping it may
)

// Receiver answers deliveries of webhooks, which their senders sign: nothing else says who they are. It is an
// [http.Handler] and safe for concurrent use. A delivery is answered with 200 when nothing of it can be lost any more, and
// worked off behind. What is not signed costs no disk, and no more than a look at its header.
type Receiver struct {
	inbox   *Inbox
	source  func(name string) *Source
	reading chan struct{}
	log     *slog.Logger

	mu   sync.Mutex
	said map[string]time.Time // when something was logged last
}

// NewReceiver returns one that takes deliveries for an inbox. Source returns the source of a name as the newest settings
// have it, nil if it has no webhooks.
func NewReceiver(x *Inbox, source func(name string) *Source) *Receiver {
	return &Receiver{inbox: x, source: source, reading: make(chan struct{}, mostReading), log: x.config.Log, said: map[string]time.Time{}}
}

// ServeHTTP implements [http.Handler].
func (v *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutPrefix(r.URL.Path, Path)
	if !ok {
		name = "" // of none
	}
	source := v.source(name)
	if source == nil {
		v.inbox.tally.notOurs()
		answer(w, http.StatusNotFound, "NOT_FOUND", "no source of this name has webhooks")
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "webhooks are sent with POST")
		return
	}
	v.inbox.tally.of(source.Name, func(s *SourceStatus) { s.Received++ })
	if refused := v.deliver(w, r, source); refused != nil {
		v.inbox.tally.of(source.Name, func(s *SourceStatus) { s.Refused[refused.reason]++ })
		if v.due(source.Name + string(refused.reason)) {
			v.log.Warn("webhooks: a delivery is refused", "source", source.Name, "reason", string(refused.reason), "peer", r.RemoteAddr)
		}
		if refused.status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "5")
		}
		answer(w, refused.status, string(refused.reason), refused.message)
		return
	}
	answer(w, http.StatusOK, "", "")
}

// A refusal is why a delivery is not taken.
type refusal struct {
	status  int
	reason  Reason
	message string
}

// deliver takes what was delivered, or returns why not.
func (v *Receiver) deliver(w http.ResponseWriter, r *http.Request, s *Source) *refusal {
	d := &signature.Delivery{Method: r.Method, URL: s.URL, Header: r.Header}
	keys := s.Keys()
	if why := unbelievable(s.Scheme.Verify(d, keys, time.Now())); why != nil {
		if v.isPing(w, r, s, d) {
			return nil
		}
		return why
	}
	select {
	case v.reading <- struct{}{}:
		defer func() { <-v.reading }()
	default:
		return &refusal{http.StatusServiceUnavailable, Busy, "too many deliveries are being taken in: send it again"}
	}
	var why *refusal
	if d.Body, why = body(w, r, mostBody); why != nil {
		return why
	}
	if s.Scheme.Ping(d) {
		v.pinged(s)
		return nil
	}
	if err := s.Scheme.Verify(d, keys, time.Now()); err != nil {
		return unsigned(err)
	}
	v.inbox.tally.of(s.Name, func(s *SourceStatus) { s.Verified++ })
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), takeTime) // it is taken although the sender leaves
	defer cancel()
	if err := v.inbox.Take(ctx, told(s, d)); err != nil {
		if v.due(s.Name) {
			v.log.Error("webhooks: a delivery could not be taken", "source", s.Name, "error", err.Error())
		}
		return &refusal{http.StatusServiceUnavailable, NotTaken, "it cannot be kept now: send it again"}
	}
	return nil
}

// unbelievable returns why the body of a delivery need not be read, of which err says what is wrong without it; nil if
// it has to be.
func unbelievable(err error) *refusal {
	if e, ok := errors.AsType[*signature.Error](err); ok && e.Reason != signature.Wrong {
		return unsigned(err)
	}
	return nil
}

func unsigned(err error) *refusal {
	why := &refusal{http.StatusUnauthorized, Reason(signature.Wrong), err.Error()}
	if e, ok := errors.AsType[*signature.Error](err); ok {
		why.reason = Reason(e.Reason)
	}
	return why
}

// isPing reports whether a delivery that nobody signed only tries whether we are here.
func (v *Receiver) isPing(w http.ResponseWriter, r *http.Request, s *Source, d *signature.Delivery) bool {
	if r.ContentLength < 0 || r.ContentLength > mostPing {
		return false
	}
	var why *refusal
	if d.Body, why = body(w, r, mostPing); why != nil || !s.Scheme.Ping(d) {
		return false
	}
	v.pinged(s)
	return true
}

func (v *Receiver) pinged(s *Source) {
	v.inbox.tally.of(s.Name, func(s *SourceStatus) { s.Pings++ })
}

// body reads that of r.
func body(w http.ResponseWriter, r *http.Request, most int64) ([]byte, *refusal) {
	if r.ContentLength > most {
		return nil, large()
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)) // where it cannot be set, the server has one
	var read bytes.Buffer
	_, err := read.ReadFrom(http.MaxBytesReader(w, r.Body, most))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, large()
	}
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, Cut, "the body ended early"}
	}
	return read.Bytes(), nil
}

func large() *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, TooLarge, "the body has more than " + strconv.Itoa(mostBody) + " bytes"}
}

// told are the events that a delivery tells of, or one with a problem: whoever signed it is who he says, and sending it
// again would help nobody.
func told(s *Source, d *signature.Delivery) []*Event {
	now, header := time.Now(), kept(d.Header)
	found, err := s.Scheme.Events(d)
	if err != nil {
		return []*Event{{
			Source: s.Name, ID: "unreadable " + NameOf("", string(d.Body)).String(), Received: now,
			Header: header, Body: d.Body, Problem: err.Error(),
		}}
	}
	all := make([]*Event, len(found))
	for i, e := range found {
		all[i] = &Event{Source: s.Name, ID: e.ID, Type: e.Type, Received: now, Header: header, Body: e.Body}
	}
	return all
}

// due reports whether something was not logged for a second.
func (v *Receiver) due(what string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	if now.Sub(v.said[what]) < time.Second {
		return false
	}
	v.said[what] = now
	return true
}

// answer is what the sender is told.
func answer(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if code == "" {
		_, _ = io.WriteString(w, "{}\n")
		return
	}
	text, err := json.Marshal(map[string]any{"error": map[string]string{"code": code, "message": message}})
	if err != nil {
		panic(err) // it is texts
	}
	_, _ = w.Write(append(text, '\n'))
}
