package events

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

const (
	mostWorked = 64               // events that are worked off with one bump
	noteEvery  = time.Second      // how often it is noted how far that is
	grace      = 10 * time.Second // for which a process is left to work off what it took in
	leaseLife  = 30 * time.Second
	leaseName  = "events"
	doneNote   = "done"    // up to where all is worked off
	doneOf     = "done-"   // and of what one process took in
	failedNote = "failed-" // why an event could not be
)

// Run works events off in the order of the journal, until ctx ends: what this process took in, and what those left behind
// who are gone. It is called once.
func (x *Inbox) Run(ctx context.Context) {
	w := &worker{Inbox: x, shared: x.config.Leases != nil, covered: map[string]Place{}}
	for first := true; ctx.Err() == nil; first = false {
		if !first {
			pause(ctx, time.Second)
		}
		if !w.began && !w.begin(ctx) {
			continue
		}
		w.pending, w.told = nil, w.done
		w.strays = slices.DeleteFunc(w.strays, func(s stray) bool { return !w.done.covers(s.Place) })
		if err := x.journal.Follow(ctx, w.done, func(t Told) { w.hear(ctx, t) }); err != nil {
			x.config.Log.Warn("webhooks: events cannot be followed; it is tried again", "error", err.Error())
		}
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	w.note(end)
}

// A worker is how far events are worked off.
type worker struct {
	*Inbox

	shared  bool
	began   bool
	told    Place            // up to here all was told
	done    Place            // and what is this worker's is worked off
	noted   Place            // which the journal knows
	notedAt time.Time        // when it was noted last
	sweptAt time.Time        // when it was looked last for what was left behind
	base    Place            // up to here all is worked off, whosever it was
	covered map[string]Place // and up to here what was each other's
	pending []*Event
	failed  map[Name]string
	strays  []stray
}

// A stray is an event that somebody else took in, of which it is not known that it is worked off.
type stray struct {
	Place
	name Name
	by   string
	seen time.Time
}

// begin learns how far all is worked off.
func (w *worker) begin(ctx context.Context) bool {
	notes, err := w.journal.Notes(ctx, doneNote)
	if err != nil {
		if ctx.Err() == nil {
			w.config.Log.Debug("webhooks: the journal cannot be read; it is tried again", "error", err.Error())
		}
		return false
	}
	w.learn(notes)
	w.done, w.noted, w.began = w.base, w.base, true
	return true
}

func (w *worker) learn(notes map[string][]byte) {
	w.base = decodePlace(notes[doneNote])
	for key, text := range notes {
		if by, ok := strings.CutPrefix(key, doneOf); ok {
			w.covered[by] = decodePlace(text)
		}
	}
}

// isDone reports whether what is at a place, and whose it is, is known to be worked off.
func (w *worker) isDone(by string, at Place) bool {
	return w.base.covers(at) || w.covered[by].covers(at)
}

// hear is told what there is.
func (w *worker) hear(ctx context.Context, t Told) {
	if t.Up.Incarnation != w.done.Incarnation { // it is the first, or not the one that was
		if w.done != (Place{}) && !w.persist(ctx, w.bumpAll) {
			return
		}
		w.done, w.strays, w.pending = Place{Incarnation: t.Up.Incarnation}, nil, nil
	}
	if t.Record != nil {
		w.take(t.Kept)
	}
	w.told = t.Up
	if len(w.pending) >= mostWorked || t.Current {
		if !w.work(ctx) {
			return
		}
		w.done = w.told
	}
	if t.Current {
		w.beat(ctx)
	}
}

// bumpAll says that all may have changed that events can change: some of them may be lost.
func (w *worker) bumpAll(ctx context.Context) error {
	tags := w.config.All()
	if len(tags) == 0 {
		return nil
	}
	return w.config.Bump(ctx, unique(tags))
}

// take has an event worked off, if that is for this worker.
func (w *worker) take(k Kept) {
	e, err := decode(k.Record)
	switch {
	case err != nil:
		w.fail(k.Name, err)
	case e.By == w.self:
		w.pending = append(w.pending, e)
	case w.isDone(e.By, k.Place):
	case !w.shared: // whoever had the journal before is gone
		w.pending = append(w.pending, e)
	default:
		w.strays = append(w.strays, stray{k.Place, k.Name, e.By, time.Now()})
	}
}

func (w *worker) fail(name Name, err error) {
	if w.failed == nil {
		w.failed = map[Name]string{}
	}
	w.failed[name] = err.Error()
}

// work works off what is pending; false if ctx ends before.
func (w *worker) work(ctx context.Context) bool {
	if len(w.pending) == 0 && len(w.failed) == 0 {
		return true
	}
	var tags []string
	type outcome struct {
		known bool
		err   error
	}
	outcomes := make([]outcome, len(w.pending))
	for i, e := range w.pending {
		more, known, err := w.changes(e)
		outcomes[i] = outcome{known, err}
		if err != nil {
			w.fail(e.Name(), err)
		}
		tags = append(tags, more...)
	}
	if len(tags) > 0 && !w.persist(ctx, func(ctx context.Context) error { return w.config.Bump(ctx, unique(tags)) }) {
		return false
	}
	for name, why := range w.failed {
		if !w.persist(ctx, func(ctx context.Context) error { return w.journal.Note(ctx, failedNote+name.String(), []byte(why)) }) {
			return false
		}
	}
	for i, e := range w.pending {
		w.tally.worked(e, outcomes[i].known, outcomes[i].err)
	}
	w.pending, w.failed = nil, nil
	return true
}

// beat notes how far the work is, and looks for what was left behind.
func (w *worker) beat(ctx context.Context) {
	now := time.Now()
	w.tally.left(len(w.strays))
	if w.noted != w.done && now.Sub(w.notedAt) >= noteEvery {
		w.note(ctx)
	}
	if w.shared && now.Sub(w.sweptAt) >= grace {
		w.sweptAt = now
		w.sweep(ctx)
	}
}

// note has the journal know how far the work is. What it does not know is worked off again, which costs little.
func (w *worker) note(ctx context.Context) {
	if w.noted == w.done {
		return
	}
	key := doneNote
	if w.shared {
		key = doneOf + w.self
	}
	if w.journal.Note(ctx, key, w.done.encode()) == nil {
		w.noted, w.notedAt = w.done, time.Now()
	}
}

// sweep works off what others left behind, in the order in which it came, if nobody else does so now.
func (w *worker) sweep(ctx context.Context) {
	release, ok, err := w.config.Leases.Take(ctx, leaseName, leaseLife)
	if err != nil || !ok {
		return // it is looked at again
	}
	defer release()
	notes, err := w.journal.Notes(ctx, doneNote)
	if err != nil {
		return
	}
	w.learn(notes)
	w.strays = slices.DeleteFunc(w.strays, func(s stray) bool { return w.isDone(s.by, s.Place) })
	if w.workStrays(ctx) {
		w.rebase(ctx, notes)
	}
}

// rebase notes up to where all is worked off, and removes the notes that this makes needless. Where it fails, more is
// looked at after a restart.
func (w *worker) rebase(ctx context.Context, notes map[string][]byte) {
	all := w.done
	if len(w.strays) > 0 {
		all.Sequence = w.strays[0].Sequence - 1
	}
	if all == w.base || w.journal.Note(ctx, doneNote, all.encode()) != nil {
		return
	}
	w.base = all
	for key, text := range notes {
		if key != doneNote && all.covers(decodePlace(text)) {
			_ = w.journal.Note(ctx, key, nil)
		}
	}
}

// workStrays works off those whose owner had time enough.
func (w *worker) workStrays(ctx context.Context) bool {
	slices.SortFunc(w.strays, func(a, b stray) int { return cmp.Compare(a.Sequence, b.Sequence) })
	n := 0
	for ; n < len(w.strays) && time.Since(w.strays[n].seen) >= grace; n++ {
		k, err := w.journal.Load(ctx, w.strays[n].name)
		if err != nil {
			return false
		}
		if k.Record == nil { // too old by now
			continue
		}
		if e, err := decode(k.Record); err != nil {
			w.fail(k.Name, err)
		} else {
			w.pending = append(w.pending, e)
		}
	}
	if n == 0 {
		return true
	}
	w.config.Log.Info("webhooks: events are worked off that a gateway left behind", "events", n)
	if !w.work(ctx) {
		return false
	}
	for _, s := range w.strays[:n] {
		if !w.covered[s.by].covers(s.Place) {
			w.covered[s.by] = s.Place
			if w.journal.Note(ctx, doneOf+s.by, s.encode()) != nil {
				return false
			}
		}
	}
	w.strays = slices.Delete(w.strays, 0, n)
	return true
}

// persist tries until it works; false if ctx ends before.
func (w *worker) persist(ctx context.Context, do func(context.Context) error) bool {
	for wait := 250 * time.Millisecond; ctx.Err() == nil; wait = min(2*wait, 5*time.Second) {
		err := do(ctx)
		if err == nil {
			return true
		}
		w.config.Log.Warn("webhooks: events are not worked off; it is tried again", "error", err.Error())
		pause(ctx, wait)
	}
	return false
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
