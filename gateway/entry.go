package gateway

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/document"
)

// entry is a valid document, and what is known of it without variables.
type entry struct {
	text       string
	ast        *ast.QueryDocument
	operations []*operation // in their order
	bytes      int64        // without plans
	added      atomic.Int64 // when it was last added to what is kept
	counted    atomic.Int64 // for which it counts there
}

// operation is an operation of a document.
type operation struct {
	*document.Operation

	fits atomic.Bool // it cannot bring too many list items, whatever its variables are

	mu    sync.RWMutex
	plans []*plan // the newest last
}

// plan is that of an operation for one truth of its conditions.
type plan struct {
	Planned

	truth document.Truth
}

// mostPlans is how many plans of an operation are kept: who needs more of them uses
// @skip and @include for what several operations are for.
const mostPlans = 16

func newEntry(text string, doc *ast.QueryDocument, check *document.Checker) *entry {
	d := &entry{text: text, ast: doc, bytes: sizeOf(text)}
	for _, def := range doc.Operations {
		d.operations = append(d.operations, &operation{Operation: check.Operation(def)})
	}
	return d
}

// operation returns the operation called name, or the only one if that is "".
func (d *entry) operation(name string) (*operation, *gqlerror.Error) {
	def, err := document.Find(d.ast, name)
	if err != nil {
		return nil, err
	}
	for _, op := range d.operations {
		if op.OperationDefinition == def {
			return op, nil
		}
	}
	return nil, nil //nolint:nilnil // it has all of them
}

// size is what the document takes by now.
func (d *entry) size() int64 {
	size := d.bytes
	for _, op := range d.operations {
		op.mu.RLock()
		for _, p := range op.plans {
			size += p.Size()
		}
		op.mu.RUnlock()
	}
	return size
}

// forget drops all plans.
func (d *entry) forget() {
	for _, op := range d.operations {
		op.mu.Lock()
		op.plans = nil
		op.mu.Unlock()
	}
}

// plan returns the plan for a truth; nil: there is none yet.
func (op *operation) plan(t document.Truth) *plan {
	op.mu.RLock()
	defer op.mu.RUnlock()
	for _, p := range op.plans {
		if p.truth == t {
			return p
		}
	}
	return nil
}

// keep keeps a plan, in place of the oldest if there are too many.
func (op *operation) keep(p *plan) {
	op.mu.Lock()
	defer op.mu.Unlock()
	if slices.ContainsFunc(op.plans, func(other *plan) bool { return other.truth == p.truth }) {
		return // another request was faster
	}
	if len(op.plans) >= mostPlans {
		op.plans = op.plans[1:]
	}
	op.plans = append(op.plans, p)
}
