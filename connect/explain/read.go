package explain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"holdfast/connect/document"
)

// served is the schema that queries are asked of: without what is @inaccessible,
// and without @defer, which the gateway does not serve.
func (q Question) served() (*ast.Schema, error) {
	served, err := validator.LoadSchema(append([]*ast.Source{validator.Prelude}, q.Schema.Public()...)...)
	if err != nil {
		return nil, fmt.Errorf("what is served of the SDL is no schema: %w", err)
	}
	delete(served.Directives, "defer")
	return served, nil
}

// read parses and checks the text, finds the operation, and gives its variables
// their values.
func (q Question) read(served *ast.Schema) (*ast.QueryDocument, *ast.OperationDefinition, map[string]any, error) {
	check, err := document.New(served, false, q.Scalars.Check)
	if err != nil {
		return nil, nil, nil, err
	}
	doc, wrong := document.Parse(q.Query, 0)
	if wrong != nil {
		return nil, nil, nil, q.errors(gqlerror.List{wrong})
	}
	if errs := check.Validate(doc); len(errs) > 0 {
		return nil, nil, nil, q.errors(errs)
	}
	op, err := q.operation(doc)
	if err != nil {
		return nil, nil, nil, err
	}
	vars, errs := check.Operation(op).Variables(q.Variables)
	if len(errs) > 0 {
		return nil, nil, nil, q.errors(errs)
	}
	return doc, op, vars, nil
}

func (q Question) operation(doc *ast.QueryDocument) (*ast.OperationDefinition, error) {
	op := doc.Operations.ForName(q.Operation)
	switch {
	case op == nil && q.Operation == "":
		return nil, q.at(doc.Operations[0].Position, "there are %d operations: say which one, %s", len(doc.Operations), names(doc))
	case op == nil && names(doc) == "":
		return nil, q.at(nil, "there is no operation called %q: the only one has no name", q.Operation)
	case op == nil:
		return nil, q.at(nil, "there is no operation called %q: there is %s", q.Operation, names(doc))
	case op.Operation == ast.Subscription:
		return nil, q.at(op.Position, "a subscription asks no API by itself: there is nothing to explain")
	}
	return op, nil
}

func names(doc *ast.QueryDocument) string {
	var all []string
	for _, op := range doc.Operations {
		all = append(all, op.Name)
	}
	return strings.Join(all, " or ")
}

// errors is a line for each mistake in the text.
func (q Question) errors(list gqlerror.List) error {
	var all []error
	for _, e := range list {
		at := &ast.Position{Line: 1, Column: 1}
		if len(e.Locations) > 0 {
			at.Line, at.Column = e.Locations[0].Line, e.Locations[0].Column
		}
		all = append(all, q.at(at, "%s", e.Message))
	}
	return errors.Join(all...)
}

// planned is what is wrong with the operation beyond its text.
func (q Question) planned(op *ast.OperationDefinition, err error) error {
	e, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		return err
	}
	at := *op.Position
	if len(e.Locations) > 0 {
		at.Line, at.Column = e.Locations[0].Line, e.Locations[0].Column
	}
	return q.at(&at, "%s", e.Message)
}

// at is an error at a position of the text.
func (q Question) at(p *ast.Position, format string, args ...any) error {
	if p == nil {
		p = &ast.Position{Line: 1, Column: 1}
	}
	return fmt.Errorf("%s:%d:%d: %s", q.Name, p.Line, p.Column, fmt.Sprintf(format, args...))
}
