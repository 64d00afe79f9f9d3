package document

import (
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// suggestion is a name that is not known, and those that it may have been meant to be.
type suggestion struct {
	prefix, given string
	known         []string
}

// likely reports whether it can have been meant to be one of those that are known:
// comparing takes as long as both are, multiplied, and no name is so long.
func (s suggestion) likely() bool { return len(s.known) > 0 && len(s.given) <= maxShown }

// How a suggestion begins.
const (
	meantField = "Did you mean"
	meantValue = "Did you mean the enum value"
)

// valuesOfCorrectType is the rule of that name
// (https://spec.graphql.org/October2021/#sec-Values-of-Correct-Type), which says to
// the letter which literals a type can have. quiet suggests no names; of a scalar that
// the graph brings, own may know why a value is none.
func valuesOfCorrectType(quiet bool, own ownScalars) core.Rule {
	return core.Rule{Name: "ValuesOfCorrectType", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
		observers.OnValue(func(_ *core.Walker, v *ast.Value) {
			report := func(message string, at *ast.Position, meant suggestion) {
				options := []core.ErrorOption{core.Message("%s", message), core.At(at)}
				if !quiet && meant.likely() {
					options = append(options, core.SuggestListQuoted(meant.prefix, meant.given, meant.known))
				}
				addError(options...)
			}
			checkLiteral(v, v.ExpectedType, v.Definition, report)
			if message := own.misfit(v); message != "" {
				report(message, v.Position, suggestion{})
			}
		})
	}}
}

// checkLiteral reports what is wrong with a literal in a place for a type, whose
// innermost is def, without what is in it: each of those is checked on its own.
func checkLiteral(v *ast.Value, t *ast.Type, def *ast.Definition, report func(string, *ast.Position, suggestion)) {
	if t == nil || def == nil || v.Kind == ast.Variable {
		return // what is not known is another rule's
	}
	expected := func() {
		report(`Expected value of type "`+t.String()+`", found `+clip(v.String())+".", v.Position, suggestion{})
	}
	switch {
	case v.Kind == ast.NullValue:
		if t.NonNull {
			expected()
		}
	case v.Kind == ast.ListValue && t.Elem != nil:
	case def.Kind == ast.InputObject && v.Kind == ast.ObjectValue:
		checkObject(v, def, report)
	case def.Kind == ast.InputObject:
		expected()
	case def.Kind == ast.Enum:
		checkEnum(v, def, report)
	default:
		if message := misfitOfScalar(def.Name, v); message != "" {
			report(message+clip(v.String()), v.Position, suggestion{})
		}
	}
}

func checkObject(v *ast.Value, def *ast.Definition, report func(string, *ast.Position, suggestion)) {
	for _, f := range def.Fields {
		if f.Type.NonNull && f.DefaultValue == nil && v.Children.ForName(f.Name) == nil {
			report(missingField(def, f), v.Position, suggestion{})
		}
	}
	for _, c := range v.Children {
		if def.Fields.ForName(c.Name) == nil {
			report(unknownField(def, c.Name), c.Position, suggestion{meantField, c.Name, fieldNames(def)})
		}
	}
	if def.Directives.ForName("oneOf") == nil {
		return
	}
	if len(v.Children) != 1 {
		report(notOneOf(def), v.Position, suggestion{})
	} else if c := v.Children[0]; c.Value.Kind == ast.NullValue {
		report(nullOneOf(def, c.Name), c.Value.Position, suggestion{})
	}
}

func checkEnum(v *ast.Value, def *ast.Definition, report func(string, *ast.Position, suggestion)) {
	switch {
	case v.Kind != ast.EnumValue:
		meant := suggestion{}
		if v.Kind == ast.StringValue {
			meant = suggestion{meantValue, v.Raw, enumValues(def)}
		}
		report(`Enum "`+def.Name+`" cannot represent non-enum value: `+clip(v.String())+".", v.Position, meant)
	case def.EnumValues.ForName(v.Raw) == nil:
		report(unknownValue(def, v.Raw), v.Position, suggestion{meantValue, v.Raw, enumValues(def)})
	}
}

// ownScalars are those that a graph brings, by name, each with what says why a value, as
// JSON has it, is none of it.
type ownScalars map[string]func(value any) error

// ownOf returns the scalars of a schema of which not every value is one.
func ownOf(schema *ast.Schema, scalars Scalars) ownScalars {
	own := ownScalars{}
	for name, def := range schema.Types {
		if scalars == nil || def.Kind != ast.Scalar || def.BuiltIn {
			continue
		}
		if check := scalars(name); check != nil {
			own[name] = check
		}
	}
	return own
}

// misfit says why a literal is none of the scalar that its place is for; "" if it is
// one. What has variables in it is known with their values, and is told of its field.
func (o ownScalars) misfit(v *ast.Value) string {
	if v.Definition == nil || v.ExpectedType == nil || v.Kind == ast.NullValue || hasVariables(v) {
		return ""
	}
	check := o[v.Definition.Name]
	if check == nil || v.Kind == ast.ListValue && v.ExpectedType.Elem != nil {
		return ""
	}
	err := check(scalarLiteral(v.Definition.Name, v))
	if err == nil {
		return ""
	}
	return `Expected value of type "` + v.ExpectedType.String() + `", found ` + clip(v.String()) + "; " + err.Error()
}

func hasVariables(v *ast.Value) bool {
	if v.Kind == ast.Variable {
		return true
	}
	return slices.ContainsFunc(v.Children, func(c *ast.ChildValue) bool { return hasVariables(c.Value) })
}

// misfitOfScalar says why a literal is none of a scalar, before the literal itself;
// "" if it is one.
func misfitOfScalar(scalar string, v *ast.Value) string {
	switch scalar {
	case "Int":
		if v.Kind != ast.IntValue {
			return noInteger
		}
		if _, err := strconv.ParseInt(v.Raw, 10, 32); err != nil {
			return noInt32
		}
	case "Float":
		if v.Kind != ast.IntValue && v.Kind != ast.FloatValue {
			return noNumber
		}
		if _, err := strconv.ParseFloat(v.Raw, 64); err != nil {
			return noNumber
		}
	case "ID":
		if v.Kind != ast.IntValue && v.Kind != ast.StringValue && v.Kind != ast.BlockValue {
			return "ID cannot represent a non-string and non-integer value: "
		}
	case "String":
		if v.Kind != ast.StringValue && v.Kind != ast.BlockValue {
			return noString
		}
	case "Boolean":
		if v.Kind != ast.BooleanValue {
			return noBoolean
		}
	}
	return ""
}

// What is wrong with an input, as graphql-js says it.
const (
	noInteger = "Int cannot represent non-integer value: "
	noInt32   = "Int cannot represent non 32-bit signed integer value: "
	noNumber  = "Float cannot represent non numeric value: "
	noID      = "ID cannot represent value: "
	noString  = "String cannot represent a non string value: "
	noBoolean = "Boolean cannot represent a non boolean value: "
)

// maxShown is how many bytes of a value an error shows at most.
const maxShown = 100

func missingField(def *ast.Definition, f *ast.FieldDefinition) string {
	return `Field "` + def.Name + "." + f.Name + `" of required type "` + f.Type.String() + `" was not provided.`
}

func unknownField(def *ast.Definition, name string) string {
	return `Field "` + clip(name) + `" is not defined by type "` + def.Name + `".`
}

func unknownValue(def *ast.Definition, name string) string {
	return `Value "` + clip(name) + `" does not exist in "` + def.Name + `" enum.`
}

func notOneOf(def *ast.Definition) string {
	return `OneOf Input Object "` + def.Name + `" must specify exactly one key.`
}

func nullOneOf(def *ast.Definition, name string) string {
	return `Field "` + def.Name + "." + name + `" must be non-null.`
}

func fieldNames(def *ast.Definition) []string {
	names := make([]string, len(def.Fields))
	for i, f := range def.Fields {
		names[i] = f.Name
	}
	return names
}

func enumValues(def *ast.Definition) []string {
	names := make([]string, len(def.EnumValues))
	for i, v := range def.EnumValues {
		names[i] = v.Name
	}
	return names
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
