package executor

import (
	"slices"

	"holdfast/connect/call"
)

// together begins what is waiting to be fetched in this turn. Where places ask the same
// connector with the same arguments, and it takes many keys at once, they are asked for
// together. It returns false if there was nothing.
func (r *run) together() bool {
	if len(r.queue) == 0 {
		return false
	}
	queue := r.queue
	r.queue = nil
	for i, j := range queue {
		if j == nil {
			continue // it goes with another
		}
		for k := i + 1; k < len(queue); k++ {
			if other := queue[k]; other != nil && j.joins(other) {
				j.join(other)
				queue[k] = nil
			}
		}
		r.send(j)
	}
	clear(queue)
	if r.queue == nil {
		r.queue = queue[:0]
	}
	return true
}

// joins says whether what other asks for can be asked for with what j does.
func (j *job) joins(other *job) bool {
	return j.batched && other.batched && slices.Equal(j.ask.Connectors, other.ask.Connectors) &&
		j.ask.Assumed == other.ask.Assumed && j.args == other.args
}

// join has other wait for the keys of j, with its own among them.
func (j *job) join(other *job) {
	place := make(map[call.Key]int32, len(j.ask.Keys)+len(other.ask.Keys))
	for i, key := range j.ask.Keys {
		place[key] = int32(i)
	}
	keys := slices.Clip(j.ask.Keys)
	for _, key := range other.ask.Keys {
		if _, known := place[key]; !known {
			place[key] = int32(len(keys))
			keys = append(keys, key)
		}
	}
	for i, k := range other.key {
		other.key[i] = place[other.ask.Keys[k]]
	}
	j.ask.Keys = keys
	j.with = append(j.with, other)
}

// send has a job's keys fetched. What memory holds is there at once.
func (r *run) send(j *job) {
	inbox := &r.inbox
	loads, now := r.loads.Begin(r.ctx, &j.ask, func() { inbox.put(j) })
	if j.loads = loads; now {
		j.arrived(r)
		return
	}
	r.under++
}

// arrived goes on with a job that has ended, and with those that went with it.
func (j *job) arrived(r *run) {
	j.settled(r)
	for _, other := range j.with {
		other.loads = j.loads
		other.settled(r)
	}
}
