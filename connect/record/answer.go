package record

import (
	"holdfast/cache"
	"holdfast/upstreams"
)

// An Answer is a record: what a connector made of an API's answer, or what was made
// for a connection or of a field by hand. It does not change.
type Answer struct {
	blob     []byte
	cells    []cell
	root     uint32
	layouts  []*Layout
	faults   []Fault
	parts    []*Answer // whose cells stand in this one
	cursors  func(dst []byte, i int) []byte
	lost     []*Way
	problems []upstreams.Problem
	marks    []uint64 // of the root's items
	beside   []Beside
	tags     []cache.Tag
	bare     bool
}

// A Fault is why a place has no value.
type Fault struct {
	Source, Connector string // who answered
	Why               string // it did not fit: for logs, kinds and keys, never values
	Err               error  // why there is none, where it is not that
}

// Beside is an error at a place that a record has not: what comes after the last
// edge of a connection.
type Beside struct {
	Path []any // from the root: names and indices
	Err  error
}

// NotThere is the record of an API that says that there is no such thing. [Mapper.NotThere] knows what it depends on.
func NotThere() *Answer { return &Answer{cells: []cell{{}}} }

// Root is the value itself.
func (a *Answer) Root() Ref { return Ref{a, a.root}.follow() }

// Size implements [cache.Sized]: memory keeps the record with the answer.
func (a *Answer) Size() int {
	const header, fault, problem, way = 256, 128, 160, 48
	return header + len(a.blob) + cellSize*len(a.cells) + 8*len(a.marks) + 8*len(a.tags) +
		fault*len(a.faults) + problem*len(a.problems) + way*len(a.lost)
}

// Broken is part of what [upstreams.Request].Accept may say of a value: an answer
// that lacks what some who ask cannot do without does not take the place of a whole
// one.
func (a *Answer) Broken() bool { return len(a.lost) > 0 }

// Problems are what did not go as the mapping says. The slice is not to be changed.
func (a *Answer) Problems() []upstreams.Problem { return a.problems }

// Faults says whether anything in the record, or in those that it is made of, is a
// fault.
func (a *Answer) Faults() bool {
	if len(a.faults) > 0 {
		return true
	}
	for _, p := range a.parts {
		if p.Faults() {
			return true
		}
	}
	return false
}

// Beside are errors that stand beside what is there.
func (a *Answer) Beside() []Beside { return a.beside }

// Mark tells apart what the i-th item of the root was made of; 0 for what is no
// object, or where the connector does not page.
func (a *Answer) Mark(i int) uint64 {
	if i >= len(a.marks) {
		return 0
	}
	return a.marks[i]
}
