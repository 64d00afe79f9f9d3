package record

import (
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// A Field makes records of what a method by hand returns.
type Field struct{ def *ast.FieldDefinition }

// CompileField says what the records of a field by hand are: objects have all
// fields that their types' models have, and keys for all connectors below.
func CompileField(def *ast.FieldDefinition, opt Options) (*Field, error) { return nil, nil }

// Of is the record of a Go value that a method returned: of models, scalars, or
// [mapping.Value].
func (f *Field) Of(x any) (*Answer, error) { return nil, nil }

var _ *schema.Schema
