package document

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// closedRules are the rules of validation for a graph that is not open to
// introspection: they refuse it, and suggest nobody a name of the schema.
func closedRules(own ownScalars) []core.Rule {
	quiet := map[string]core.Rule{
		rules.FieldsOnCorrectTypeRule.Name:  rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.ScalarLeafsRule.Name:          rules.ScalarLeafsRuleWithoutSuggestions,
		rules.KnownArgumentNamesRule.Name:   rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:       rules.KnownTypeNamesRuleWithoutSuggestions,
		valuesOfCorrectType(true, own).Name: valuesOfCorrectType(true, own),
	}
	all := openRules(own)
	for i, rule := range all {
		if other, ok := quiet[rule.Name]; ok {
			all[i] = other
		}
	}
	return append(all, core.Rule{Name: "NoIntrospection", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
		observers.OnField(func(_ *core.Walker, f *ast.Field) {
			if f.Name == "__schema" || f.Name == "__type" {
				addError(core.Message("introspection is switched off"), core.At(f.Position))
			}
		})
	}})
}
