package gateway

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// document is a valid document, and what is known of it without variables.
type document struct {
	text       string
	ast        *ast.QueryDocument
	operations []*operation // in their order
	bytes      int64        // without plans
	counted    atomic.Int64 // for which it counts where it is kept
}

// operation is an operation of a document.
type operation struct {
	def        *ast.OperationDefinition
	defaults   []any // of its variables, by their order
	conditions []condition
	fits       atomic.Bool // it cannot bring too many list items, whatever its variables are

	mu    sync.RWMutex
	plans []*plan // the newest last
}

// plan is that of an operation for one truth of its conditions.
type plan struct {
	Planned

	truth truth
}

// mostPlans is how many plans of an operation are kept: who needs more of them uses
// @skip and @include for what several operations are for.
const mostPlans = 16

func newDocument(text string, doc *ast.QueryDocument, in *inputs) *document {
	d := &document{text: text, ast: doc, bytes: sizeOf(text)}
	for _, def := range doc.Operations {
		op := &operation{def: def, conditions: conditionsOf(def), defaults: make([]any, len(def.VariableDefinitions))}
		for i, v := range def.VariableDefinitions {
			if v.DefaultValue != nil {
				op.defaults[i] = in.literal(v.Type, v.DefaultValue)
			}
		}
		d.operations = append(d.operations, op)
	}
	return d
}

// operation returns the operation called name, or the only one if that is "".
func (d *document) operation(name string) *operation {
	if name == "" && len(d.operations) == 1 {
		return d.operations[0]
	}
	for _, op := range d.operations {
		if op.def.Name == name {
			return op
		}
	}
	return nil
}

// size is what the document takes by now.
func (d *document) size() int64 {
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
func (d *document) forget() {
	for _, op := range d.operations {
		op.mu.Lock()
		op.plans = nil
		op.mu.Unlock()
	}
}

// plan returns the plan for a truth; nil: there is none yet.
func (op *operation) plan(t truth) *plan {
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
	if len(op.conditions) > mostConditions {
		return // its truth does not tell all
	}
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
