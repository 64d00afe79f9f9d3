package cache

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// mostWaiting is how many changes wait for the store, and leastWaiting how many bytes of them do in any case.
	mostWaiting  = 1 << 15
	leastWaiting = 8 << 20
	// batchChanges and batchBytes bound what is saved in one call, and gather is how long the first waits for others.
	batchChanges = 256
	batchBytes   = 4 << 20
	gather       = 5 * time.Millisecond
	// mostTries is how often a change may fail in a store that is open, and pause how long to wait after the first
	// failure; it doubles up to mostPause.
	mostTries = 5
	pause     = 500 * time.Millisecond
	mostPause = 4 * time.Second
	// anotherTry is when what found no room in the queue may wait in it again.
	anotherTry = time.Minute
)

// behind is what is on its way into the store: of each name the newest, the oldest first. One goroutine, that of its
// cache, carries it there as long as there is something. It is safe for concurrent use.
type behind struct {
	max int64         // bytes
	run func(*behind) // begins to carry

	mu      sync.Mutex
	waiting map[ID]*held
	flying  map[ID]flight // is being saved
	line    chain         // of those that wait
	bytes   int64         // of those that wait
	turns   uint64
	dropped uint64
	running bool
	closed  bool          // nothing is carried any more
	hurried int           // who waits for it
	hurry   chan struct{} // holds one while somebody began to wait
	landed  chan struct{} // closed and made anew whenever something has been carried; nil: nobody waits for that
}

// flight is a change that is being saved, as it waited.
type flight struct {
	*held
	turn uint64
}

// waits is the place of a change among those that wait.
type waits struct {
	turn  uint64
	bytes int64
	tries int
}

func newBehind(memory int64, run func(*behind)) *behind {
	return &behind{
		max: max(memory/8, leastWaiting), run: run, hurry: make(chan struct{}, 1),
		waiting: map[ID]*held{}, flying: map[ID]flight{}, line: chain{kind: inQueue},
	}
}

// find returns the newest change of i, nil if there is none.
func (q *behind) find(i ID) *held {
	q.mu.Lock()
	defer q.mu.Unlock()
	if h := q.waiting[i]; h != nil {
		return h
	}
	return q.flying[i].held
}

// each calls f with the newest change of each name.
func (q *behind) each(f func(*held)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, h := range q.waiting {
		f(h)
	}
	for i, h := range q.flying {
		if q.waiting[i] == nil {
			f(h.held)
		}
	}
}

// add has h wait, in the place of an older change of its name. Where there is no room the oldest goes. The memory of h
// is locked, at least for reading.
func (q *behind) add(h *held) {
	h.again.Store(never)
	q.mu.Lock()
	defer q.mu.Unlock()
	old := q.waiting[h.name]
	if old == h {
		return
	}
	q.turns++
	h.waits = waits{turn: q.turns, bytes: h.size + deletionBytes}
	if old != nil {
		h.waits.turn = old.waits.turn
		q.line.replace(old, h)
		q.bytes -= old.waits.bytes
		old.waits = waits{}
	} else {
		q.line.add(h)
	}
	q.waiting[h.name] = h
	q.bytes += h.waits.bytes
	for (q.bytes > q.max || len(q.waiting) > mostWaiting) && len(q.waiting) > 1 {
		q.dropOldest(h)
	}
	if !q.running && !q.closed {
		q.running = true
		q.run(q)
	}
}

// deletionBytes is what a change takes besides its entry.
const deletionBytes = 128

// remove takes h, which waits, out.
func (q *behind) remove(h *held) {
	q.line.remove(h)
	delete(q.waiting, h.name)
	q.bytes -= h.waits.bytes
}

// dropOldest drops the oldest but spare: a deletion only where nothing else waits.
func (q *behind) dropOldest(spare *held) {
	h := q.line.oldest
	for h != nil && (h == spare || h.Entry == nil) {
		h = q.line.newer(h)
	}
	if h == nil {
		if h = q.line.oldest; h == spare {
			h = q.line.newer(h)
		}
	}
	q.remove(h)
	q.drop(h)
}

func (q *behind) drop(h *held) {
	q.dropped++
	h.again.Store(time.Now().Add(anotherTry).UnixNano())
}

// close has nothing carried that is added from now on.
func (q *behind) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

// take returns what is to be saved next, and with that out of who waits; nil: nothing, and the goroutine ends.
func (q *behind) take() []flight {
	q.mu.Lock()
	defer q.mu.Unlock()
	var batch []flight
	for bytes := int64(0); q.line.oldest != nil && len(batch) < batchChanges; {
		h := q.line.oldest
		if bytes += h.waits.bytes; bytes > batchBytes && len(batch) > 0 {
			break
		}
		q.remove(h)
		f := flight{h, h.waits.turn}
		q.flying[h.name] = f
		batch = append(batch, f)
	}
	q.running = batch != nil
	return batch
}

// land ends the flight of batch. What failed waits again where it did, unless something newer does or it failed too
// often.
func (q *behind) land(batch, failed []flight, counted bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, f := range batch {
		delete(q.flying, f.name)
	}
	for _, f := range slices.Backward(failed) {
		h := f.held
		if counted {
			h.waits.tries++
		}
		switch newer := q.waiting[h.name]; {
		case newer != nil:
		case h.waits.tries >= mostTries:
			q.drop(h)
		default:
			q.line.addOldest(h)
			q.waiting[h.name] = h
			q.bytes += h.waits.bytes
		}
	}
	if q.landed != nil {
		close(q.landed)
		q.landed = nil
	}
}

// carried waits until what waits now has been saved, or has gone, or ctx ends.
func (q *behind) carried(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hurried++
	defer func() { q.hurried-- }()
	select {
	case q.hurry <- struct{}{}:
	default:
	}
	for until := q.turns; q.before(until); {
		if q.landed == nil {
			q.landed = make(chan struct{})
		}
		landed := q.landed
		q.mu.Unlock()
		select {
		case <-landed:
		case <-ctx.Done():
		}
		q.mu.Lock()
		if err := ctx.Err(); err != nil && q.before(until) {
			return err
		}
	}
	return nil
}

// before reports whether something that had its turn until then is not saved yet.
func (q *behind) before(until uint64) bool {
	for _, f := range q.flying {
		if f.turn <= until {
			return true
		}
	}
	return q.line.oldest != nil && q.line.oldest.waits.turn <= until
}

// linger waits for more to come, unless somebody waits for what is there.
func (q *behind) linger(ctx context.Context) {
	q.mu.Lock()
	hurried := q.hurried > 0
	q.mu.Unlock()
	if hurried {
		return
	}
	t := time.NewTimer(gather)
	defer t.Stop()
	select {
	case <-t.C:
	case <-q.hurry:
	case <-ctx.Done():
	}
}

// sleep waits so long, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// dropAll drops what waits and matches, and returns how many of them are not in held.
func (q *behind) dropAll(matches func(*held) bool, in map[ID]*held) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for h := range q.line.all() {
		if h.Entry != nil && matches(h) {
			q.remove(h)
			if in[h.name] != h {
				n++
			}
		}
	}
	return n
}
