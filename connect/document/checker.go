// Package document reads what operations are written in: it parses documents,
// validates them, and makes of the variables of a request the values that an
// operation runs with, all to the letter of the specification. graphql-js is its
// oracle: see testdata.
//
// Read [Checker] first.
package document

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// What extensions.code of an error can be.
const (
	codeUnreadable = "GRAPHQL_PARSE_FAILED"
	codeInvalid    = "GRAPHQL_VALIDATION_FAILED"
	codeBadInput   = "BAD_USER_INPUT" // of variables
)

// Checker checks documents on a schema. It is safe for concurrent use.
type Checker struct {
	schema *ast.Schema
	inputs *inputs
	rules  []core.Rule
}

// Scalars knows the scalars that a graph brings, by name: why a value, as JSON has it,
// is none of that scalar. It is nil for a scalar of which every value is one.
type Scalars func(name string) func(value any) error

// New returns a checker on a schema. If that is closed, introspection is not valid,
// and no error suggests a name of the schema. Of scalars that are not built in, every
// value is one where scalars, which may be nil, does not know better.
//
// The error tells of a default in the schema that its field cannot have, or that
// would contain itself.
func New(schema *ast.Schema, closed bool, scalars Scalars) (*Checker, error) {
	own := ownOf(schema, scalars)
	in, err := newInputs(schema, closed, own)
	if err != nil {
		return nil, err
	}
	rules := openRules(own)
	if closed {
		rules = closedRules(own)
	}
	return &Checker{schema, in, rules}, nil
}

// Validate returns what is wrong with a document.
func (c *Checker) Validate(doc *ast.QueryDocument) gqlerror.List {
	return validate(c.schema, doc, c.rules)
}

// Find returns the operation of a document that is called name, or its only one if
// that is "".
func Find(doc *ast.QueryDocument, name string) (*ast.OperationDefinition, *gqlerror.Error) {
	if op := doc.Operations.ForName(name); op != nil {
		return op, nil
	}
	var names []string
	for _, op := range doc.Operations {
		if op.Name != "" { // one without is alone
			names = append(names, `"`+op.Name+`"`)
		}
	}
	there := clip(strings.Join(names, ", "))
	switch {
	case name == "":
		return nil, invalid("the document has %d operations, %s: operationName must say which", len(names), there)
	case len(names) == 0:
		return nil, invalid(`operation "%s" not found: the only one of the document has no name`, clip(name))
	default:
		return nil, invalid(`operation "%s" not found: the document has %s`, clip(name), there)
	}
}

// invalid is an error of a document that is well formed.
func invalid(format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{Message: fmt.Sprintf(format, args...), Extensions: map[string]any{"code": codeInvalid}}
}
