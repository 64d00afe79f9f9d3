package plan

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A Plan is what one operation fetches and answers, for one truth of the variables
// that decide in it. It is safe for concurrent use.
type Plan struct {
	Operation *ast.OperationDefinition
	// Root is what is asked of the operation's root type.
	Root *Node
	// Sources are the APIs that may be asked, sorted: alternatives included, and
	// whatever the types of objects turn out to be.
	Sources []string
	// Callers are the inputs that may be read of the caller, such as
	// $request.headers.x, sorted.
	Callers []string
	// ByHand says that methods may be called.
	ByHand bool

	doc   *document
	maker maker
}

// Plan plans an operation of a document that was validated. vars are its variables,
// coerced; nothing but the truth of those that decide in @skip and @include is
// looked at. The error is a [*gqlerror.Error]: one of these is
// null, or the plan is too large.
func (g *Graph) Plan(doc *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) (*Plan, error) {
	root := g.root(op)
	if root == nil {
		return nil, gqlerror.ErrorPosf(op.Position, "Schema is not configured to execute %s operation.", op.Operation)
	}
	p := &Plan{Operation: op}
	d, err := g.read(doc, op, vars)
	if err != nil {
		return nil, err
	}
	p.doc, p.Sources, p.Callers, p.ByHand = d, d.sources.sorted(), d.callers.sorted(), d.byHand
	p.maker = maker{graph: g, doc: d, selections: map[string]*Selection{}, most: g.opt.Most}
	p.maker.size.Store(d.size())
	all, err := p.maker.selection(root.def.Name, op.SelectionSet)
	if err != nil {
		return nil, err
	}
	p.Root, err = all.On(root.def.Name)
	return p, err
}

// root is the type of which an operation asks; nil where the schema has none.
func (g *Graph) root(op *ast.OperationDefinition) *typed {
	def := g.served.Query
	switch op.Operation {
	case ast.Mutation:
		def = g.served.Mutation
	case ast.Subscription:
		def = g.served.Subscription
	}
	if def == nil {
		return nil
	}
	return g.types[def.Name]
}

// Size is what the plan takes in memory by now, in bytes, about.
func (p *Plan) Size() int64 { return p.maker.size.Load() }
