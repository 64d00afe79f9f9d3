package record

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"holdfast/connect/mapping"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
	"holdfast/upstreams"
)

// Options are what compiling needs to know besides the connector.
type Options struct {
	Schema  *schema.Schema
	Scalars scalars.Registry
	Types   Types // Go models: for what methods return where it may be of several types
}

// A Mapper makes records of the answers to one connector. It is made once per
// generation, and may be used by many goroutines at once.
type Mapper struct {
	source, connector string
	print             string
	reads             []string // variables that change what is made of an answer
	pages             bool     // what it makes records of are pages of a list

	root    *node
	from    origin // of what is mapped, in an answer
	batch   *batch // nil: an answer is of one request for one key
	layouts []*Layout
	places  []string // that are counted
	leaves  int
	runs    sync.Pool

	templates []template // of tags
	absent    []template // of the tags of what is not there
	families  []string   // of tags

	recorded *recorded // nil: nothing is told of the write itself
}

// A Reading is one good answer that is to be mapped.
type Reading struct {
	Body   mapping.Value // of the answer, or one item of it where the connector has batches
	Vars   mapping.Vars  // what expressions read
	Status int
	Tally  Tally // nil: nothing is counted
}

// A Tally counts what did not fit: [upstreams.Client].
type Tally interface {
	Drift(connector, place string)
	Nulls(connector, place string, n int)
}

// Compile makes the mapper of a connector.
func Compile(con *schema.Connector, opt Options) (*Mapper, error) {
	c := newCompiler(con, opt)
	m := &Mapper{connector: string(con.ID), reads: readsOf(con), pages: con.Paginate != nil}
	if con.Source != nil {
		m.source = con.Source.Name
	}
	m.root = c.answer(con.Returns, con.Yields, con.Holder())
	m.from = c.origin(con.Yields.From, m.root)
	if con.Batch > 0 {
		m.batch = c.batch(con, m.root)
	}
	if c.err != nil {
		return nil, fmt.Errorf("%s: %w", con.At, c.err)
	}
	m.templates, m.absent = c.templates(con), c.templatesOf(con.KeyTags)
	m.take(c)
	m.print = printOf(con, m)
	return m, nil
}

// take keeps what the compiler gathered.
func (m *Mapper) take(c *compiler) {
	m.layouts, m.leaves, m.families, m.recorded = c.layouts, c.leaves, c.families, c.recorded
	m.places = make([]string, len(c.places))
	for place, i := range c.places {
		m.places[i] = place
	}
	m.runs.New = func() any { return new(run) }
}

// Map makes the record of an answer; an [upstreams.Error] if nothing of it can be
// used.
func (m *Mapper) Map(in Reading) (*Answer, error) {
	r := m.begin(in.Vars)
	defer m.end(r)
	v := in.Body
	if m.batch == nil {
		v = r.from(&m.from, v, 0)
	}
	r.value(m.root, v, 0)
	if in.Tally != nil {
		r.count(in.Tally)
	}
	if r.unusable() || m.pages && r.cells[0].kind() == Faulty {
		return nil, &upstreams.Error{
			Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Status: in.Status, Err: r.unfit(),
		}
	}
	r.tagAs(m.templates, in.Body)
	return r.answer(), nil
}

func (m *Mapper) begin(vars mapping.Vars) *run {
	r := m.runs.Get().(*run) //nolint:errcheck // there is nothing else in it
	r.begin(m, vars)
	return r
}

func (m *Mapper) end(r *run) {
	const most = 1 << 20 // bytes that wait for the next answer
	if cap(r.blob) > most || cap(r.cells) > most/cellSize {
		return
	}
	clear(r.values[:cap(r.values)]) // they hold on to the answer
	r.reset()
	m.runs.Put(r)
}

// count counts what did not fit.
func (r *run) count(t Tally) {
	for _, place := range r.drift {
		t.Drift(r.m.connector, place)
	}
	for i, n := range r.nulls {
		if n > 0 {
			t.Nulls(r.m.connector, r.m.places[i], n)
		}
	}
}

// unfit is the error of an answer whose places are all at fault.
func (r *run) unfit() error {
	if r.tooMuch {
		return &UnfitError{"what the selection makes of the answer is too large", r.problems()}
	}
	return &UnfitError{"nothing fits the declared type, first at " + r.first, r.problems()}
}

// answer is the record.
func (r *run) answer() *Answer {
	return &Answer{
		blob: bytes.Clone(r.blob), cells: slices.Clone(r.cells), layouts: r.m.layouts,
		faults: r.faults, lost: r.lost, problems: r.problems(), marks: r.marks(),
		tags: r.takeTags(),
	}
}
