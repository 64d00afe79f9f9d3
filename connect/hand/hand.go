// Package hand is what the engine knows of fields that methods resolve: rows of
// records in, records out. Who writes such a method knows nothing of it: connect
// makes typed Go of it.
package hand

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/connect/record"
)

// A Field resolves one field for all parents of a place at once. It returns a result
// for each parent, or one for a root field. It does not panic, and keeps nothing of
// in. It may be called by many goroutines at once.
type Field func(ctx context.Context, in *Input) []Result

// An Input is what the method of a field is called with. It is not changed.
type Input struct {
	Coordinate string // Customer.lifetimeValue
	Type       string // the object type that the parents are of
	Parents    []Parent
	// Args are the arguments by name, as they were coerced; what was not given and
	// has no default is missing.
	Args mapping.Value
	// Field is the first of the fields of the operation that are merged here, and
	// Selections are what all of them select below it.
	Field      *ast.Field
	Selections ast.SelectionSet
	// Path is where the field stands as reports have it, with "*" for each list.
	Path []any
	// At is the path of the field in a parent.
	At func(parent int) ast.Path
}

// A Parent is a row of records: a later one has what the ones before it lack.
type Parent []Step

// A Step is one record of a row, or why it could not be had.
type Step struct {
	Ref    record.Ref
	Err    error
	Fields []string // that are lost with it: those asked for
}

// A Result is what a method made for one parent.
type Result struct {
	Answer *record.Answer // nil: null
	Err    error          // why there is none
	Beside []error        // errors that stand beside it, at their own paths if they have one
}

// A Table has the fields that methods resolve, by their coordinates. Nil: none.
type Table map[string]Field

// Has says whether a method resolves a field.
func (t Table) Has(typeName, fieldName string) bool {
	_, ok := t[typeName+"."+fieldName]
	return ok
}
