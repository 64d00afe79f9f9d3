package document

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// Operation is an operation of a valid document, with what is known of it whatever
// its variables are. It is safe for concurrent use.
type Operation struct {
	*ast.OperationDefinition

	inputs     *inputs
	defaults   []any // of its variables, by their order
	conditions []condition
}

// Operation makes an operation of a document that [Checker.Validate] found valid ready to be run.
func (c *Checker) Operation(def *ast.OperationDefinition) *Operation {
	op := &Operation{def, c.inputs, make([]any, len(def.VariableDefinitions)), conditionsOf(def)}
	for i, v := range def.VariableDefinitions {
		if v.DefaultValue != nil {
			op.defaults[i] = c.inputs.literal(v.Type, v.DefaultValue)
		}
	}
	return op
}

// Variables are the values that the operation runs with, made of what was given
// with a request as the specification says
// (https://spec.graphql.org/October2021/#sec-Coercing-Variable-Values): Int is an
// int64, Float a float64, ID, String and enum values are strings, a scalar that is
// not built in is what JSON had, if the graph takes that for one, and fields of inputs that are left out have their
// defaults. What was given is not changed, and nothing that is wrong is made right:
// "1" is no Int. What is returned may be shared, and is not to be changed; it is nil
// where the operation declares no variables.
//
// There is an error for each mistake, at the declaration of the variable, and one
// for each variable in @skip or @include that is null.
func (op *Operation) Variables(given map[string]any) (map[string]any, gqlerror.List) {
	if len(op.VariableDefinitions) == 0 {
		return nil, nil
	}
	values := make(map[string]any, len(op.VariableDefinitions))
	c := coercion{inputs: op.inputs}
	for i, v := range op.VariableDefinitions {
		c.variable = v
		value, ok := given[v.Variable]
		switch {
		case ok && value == nil && v.Type.NonNull:
			c.fail(`Variable "$%s" of non-null type "%s" must not be null.`, v.Variable, v.Type.String())
		case ok:
			values[v.Variable] = c.value(v.Type, value)
		case v.DefaultValue != nil:
			values[v.Variable] = op.defaults[i]
		case v.Type.NonNull:
			c.fail(`Variable "$%s" of required type "%s" was not provided.`, v.Variable, v.Type.String())
		}
	}
	if len(c.errors) > 0 {
		return nil, c.errors
	}
	return values, op.decided(values)
}

// mostErrors is after how many errors no more are looked for.
const mostErrors = 20

// coercion is that of the variables of one operation.
type coercion struct {
	*inputs

	variable *ast.VariableDefinition
	path     []byte // to where the value is, as it is shown: input.lines[2]
	errors   gqlerror.List
}

// fail adds an error of the variable.
func (c *coercion) fail(format string, args ...any) {
	at := c.variable.Position
	c.errors = append(c.errors, &gqlerror.Error{
		Message:    fmt.Sprintf(format, args...),
		Locations:  []gqlerror.Location{{Line: at.Line, Column: at.Column}},
		Extensions: map[string]any{"code": codeBadInput},
	})
}

// misfit adds an error of the value at the path.
func (c *coercion) misfit(message string) {
	if len(c.path) == 0 {
		c.fail(`Variable "$%s" got an invalid value: %s`, c.variable.Variable, message)
		return
	}
	c.fail(`Variable "$%s" got an invalid value at "%s": %s`, c.variable.Variable, clip(c.variable.Variable+string(c.path)), message)
}

// suggest adds an error of a name that is not known.
func (c *coercion) suggest(message string, s suggestion) {
	if !c.quiet && s.likely() {
		var meant gqlerror.Error
		core.SuggestListQuoted(s.prefix, s.given, s.known)(&meant)
		message += meant.Message
	}
	c.misfit(message)
}

// value returns v as a value of t; nil if it is none, with an error.
func (c *coercion) value(t *ast.Type, v any) any {
	switch {
	case len(c.errors) > mostErrors:
		return nil // nobody sees more
	case v == nil:
		if t.NonNull {
			c.misfit(`Expected non-nullable type "` + t.String() + `" not to be null.`)
		}
		return nil
	case t.Elem != nil:
		return c.list(t.Elem, v)
	}
	switch def := c.types[t.NamedType]; def.Kind {
	case ast.InputObject:
		return c.object(def, v)
	case ast.Enum:
		return c.enum(def, v)
	default:
		value, wrong := scalar(def.Name, v)
		if wrong != "" {
			c.misfit(wrong + shown(v))
		} else if check := c.own[def.Name]; check != nil {
			if err := check(value); err != nil {
				c.misfit(`Expected type "` + def.Name + `": ` + strings.TrimPrefix(err.Error(), def.Name+": "))
			}
		}
		return value
	}
}

func (c *coercion) list(of *ast.Type, v any) any {
	items, ok := v.([]any)
	if !ok {
		return []any{c.value(of, v)}
	}
	list := make([]any, len(items))
	before := len(c.path)
	for i, item := range items {
		c.path = append(strconv.AppendInt(append(c.path, '['), int64(i), 10), ']')
		list[i] = c.value(of, item)
		c.path = c.path[:before]
	}
	return list
}

func (c *coercion) object(def *ast.Definition, v any) any {
	given, ok := v.(map[string]any)
	if !ok {
		c.misfit(`Expected type "` + def.Name + `" to be an object.`)
		return nil
	}
	object := make(map[string]any, len(def.Fields))
	before, known := len(c.path), 0
	for _, f := range def.Fields {
		value, ok := given[f.Name]
		switch {
		case ok:
			known++
			c.path = append(append(c.path, '.'), f.Name...)
			object[f.Name] = c.value(f.Type, value)
			c.path = c.path[:before]
		case f.DefaultValue != nil:
			object[f.Name] = c.defaults[f]
		case f.Type.NonNull:
			c.misfit(missingField(def, f))
		}
	}
	if known < len(given) {
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if def.Fields.ForName(name) == nil {
				c.suggest(unknownField(def, name), suggestion{meantField, name, fieldNames(def)})
			}
		}
	}
	if def.Directives.ForName("oneOf") != nil {
		c.oneOf(def, object)
	}
	return object
}

func (c *coercion) oneOf(def *ast.Definition, object map[string]any) {
	if len(object) != 1 {
		c.misfit(notOneOf(def))
		return
	}
	for name, value := range object {
		if value == nil && len(c.errors) == 0 {
			c.path = append(append(c.path, '.'), name...)
			c.misfit(nullOneOf(def, name))
			c.path = c.path[:len(c.path)-len(name)-1]
		}
	}
}

func (c *coercion) enum(def *ast.Definition, v any) any {
	name, ok := v.(string)
	switch {
	case !ok:
		c.misfit(`Enum "` + def.Name + `" cannot represent non-string value: ` + shown(v) + ".")
		return nil
	case def.EnumValues.ForName(name) == nil:
		c.suggest(unknownValue(def, name), suggestion{meantValue, name, enumValues(def)})
		return nil
	}
	return name
}
