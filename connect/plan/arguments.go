package plan

import (
	"holdfast/connect/mapping"
)

// Arguments are what an operation says of a field's arguments. They are immutable
// and safe for concurrent use; nil is none.
type Arguments struct {
	program
}

// Of are the values of the arguments, in the order in which the field declares them:
// as given, else by default, else left out. vars are coerced, and not changed. The
// error is a [*gqlerror.Error] without a path: then nothing of the field is asked.
func (a *Arguments) Of(vars map[string]any) (*Args, error) { return a.of(vars) }

// Written says whether the operation names an argument: it may be left out all the
// same, when its variable is.
func (a *Arguments) Written(name string) bool { return a.written(name) }

// Args are the values of one field's arguments. They are immutable and safe for
// concurrent use.
type Args struct {
	// Value is the object that $args stands for.
	Value mapping.Value
	// Text is Value as JSON, the same for the same values.
	Text string
}
