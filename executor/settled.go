package executor

import (
	"holdfast/connect/record"
	"holdfast/upstreams/panics"
)

// settled takes what has come for a job, and goes on from there. What panics is the
// error of the fields that wait for it.
func (j *job) settled(r *run) {
	p := j.place
	if len(j.ask.Keys) > 0 || j.hand != nil {
		p.under--
	}
	err := panics.Catch(func() error {
		j.put(r)
		return nil
	})
	if err != nil {
		j.fail(r, err)
	}
	if j.group != nil {
		j.group.done++
		p.completeNext(r, j.group)
		if p.open() {
			r.wants(p)
		}
		return
	}
	err = panics.Catch(func() error {
		for _, s := range j.slots {
			r.reach(p.of.Field, s)
		}
		return nil
	})
	if err == nil {
		return
	}
	if limit := limitOf(err); limit != nil {
		panic(limit)
	}
	j.fail(r, err)
}

// put puts what has come into the slots, and notes how fresh it is.
func (j *job) put(r *run) {
	if j.hand != nil {
		j.hand.settled(r, j)
		return
	}
	found := r.serve(len(j.loads))
	for i, s := range j.slots {
		l, this, at := j.loads[j.key[i]], &found[j.key[i]], &r.slots[s]
		if l.Err != nil {
			j.failed(r, s, l.Err)
			continue
		}
		if this.last != at.at {
			answer, part := l.Serve(j.ask.Asked)
			r.note(at.at, &part)
			*this = served{answer, at.at}
		}
		if j.group == nil {
			at.ref = this.answer.Root()
		} else {
			j.complete(r, s, this.answer.Root())
		}
	}
}

// served is the answer that serves a key, and where it was noted last.
type served struct {
	answer *record.Answer
	last   *trail
}

// serve is room for what serves n keys.
func (r *run) serve(n int) []served {
	if cap(r.found) < n {
		r.found = make([]served, n)
	}
	r.found = r.found[:n]
	clear(r.found)
	return r.found
}

// failed says why there is nothing for a slot. Of an object that others have more of,
// only what this step has is lost.
func (j *job) failed(r *run, s int32, err error) {
	at := &r.slots[s]
	if j.group == nil || j.group.by[j.group.done].Alone {
		at.lose(err)
		return
	}
	this := &r.steps[int(at.steps)+j.group.done]
	this.err, this.owned = err, j.group.by[j.group.done].Own
}

// complete puts one more record into the row of an object.
func (j *job) complete(r *run, s int32, ref record.Ref) {
	at := &r.slots[s]
	if ref.Layout() == nil {
		at.ref, at.node, at.completed = ref, nil, 0 // null, or why it is
		return
	}
	r.steps[int(at.steps)+j.group.done].ref = ref
}

// fail makes err the error of all that wait.
func (j *job) fail(r *run, err error) {
	for _, s := range j.slots {
		r.slots[s].lose(err)
	}
}
