package executor

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/fetch"
	"holdfast/connect/once"
	"holdfast/connect/plan"
)

// checkKey is why a mutation cannot be run for a request: its idempotency key is none, or is not for one change that a
// connector makes.
func (p *Planned) checkKey(oc *graphql.OperationContext) *gqlerror.Error {
	if !p.schema.once.Records() {
		return nil
	}
	key, err := once.KeyOf(oc.Headers, oc.Extensions)
	switch {
	case err != nil:
		return wrongKey(err.Error())
	case key == "":
		return nil
	}
	var changes int
	recorded := false
	for _, f := range p.plan.Root.Fields {
		switch f.Kind {
		case plan.TypeName, plan.IntrospectSchema, plan.IntrospectType:
		case plan.Recorded:
			recorded = true // to take a change back is the same however often it is asked for
		case plan.Connected:
			changes++
		default:
			return wrongKey("the idempotency key is not for " + f.Key + ": no connector makes that change, so it cannot be recorded")
		}
	}
	if changes != 1 && (changes > 0 || !recorded) {
		return wrongKey("an idempotency key is for one change, and this mutation asks for several: send each with a key of its own")
	}
	return nil
}

func wrongKey(message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": "BAD_USER_INPUT"}}
}

// writer makes the changes of a request.
func (p *Planned) writer(oc *graphql.OperationContext) fetch.Writer {
	if p.plan.Operation.Operation != ast.Mutation {
		return nil
	}
	var key once.Key
	if p.schema.once.Records() {
		key.Text, _ = once.KeyOf(oc.Headers, oc.Extensions) // an error was told by Check
		if p.schema.caller != "" {
			key.Caller = oc.Headers.Get(p.schema.caller)
		}
	}
	return p.schema.once.For(key)
}
