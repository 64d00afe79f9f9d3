package document

import (
	"errors"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// openRules are the rules of validation for a graph with scalars of its own.
func openRules(own ownScalars) []core.Rule {
	return []core.Rule{
		rules.FieldsOnCorrectTypeRule,
		rules.FragmentsOnCompositeTypesRule,
		rules.KnownArgumentNamesRule,
		rules.KnownDirectivesRule,
		rules.KnownFragmentNamesRule,
		rules.KnownRootTypeRule,
		rules.KnownTypeNamesRule,
		rules.LoneAnonymousOperationRule,
		rules.MaxIntrospectionDepth,
		rules.NoFragmentCyclesRule,
		rules.NoUndefinedVariablesRule,
		rules.NoUnusedFragmentsRule,
		rules.NoUnusedVariablesRule,
		rules.OverlappingFieldsCanBeMergedRule,
		rules.PossibleFragmentSpreadsRule,
		rules.ProvidedRequiredArgumentsRule,
		rules.ScalarLeafsRule,
		rules.SingleFieldSubscriptionsRule,
		rules.UniqueArgumentNamesRule,
		rules.UniqueDirectivesPerLocationRule,
		rules.UniqueFragmentNamesRule,
		rules.UniqueInputFieldNamesRule,
		rules.UniqueOperationNamesRule,
		rules.UniqueVariableNamesRule,
		valuesOfCorrectType(false, own),
		rules.VariablesAreInputTypesRule,
		rules.VariablesInAllowedPositionRule,
	}
}

// validate returns what is wrong with a document, each mistake once: those in a fragment
// are found again wherever it is spread.
func validate(schema *ast.Schema, doc *ast.QueryDocument, all []core.Rule) (errs gqlerror.List) {
	var events core.Events
	found := map[mistake]bool{}
	for _, rule := range all {
		rule.RuleFunc(&events, func(options ...core.ErrorOption) {
			err := &gqlerror.Error{Rule: strings.TrimSuffix(rule.Name, "WithoutSuggestions"), Extensions: map[string]any{"code": codeInvalid}}
			for _, o := range options {
				o(err)
			}
			m := mistake{message: err.Message}
			if len(err.Locations) > 0 {
				m.at = err.Locations[0]
			}
			if !found[m] {
				found[m] = true
				errs = append(errs, err)
			}
		})
	}
	core.Walk(schema, doc, &events)
	return errs
}

// A mistake is what is wrong with a document, and where.
type mistake struct {
	message string
	at      gqlerror.Location
}

// Parse parses a document of at most so many tokens; 0: of any number. An error has
// extensions.code, as all of this package.
func Parse(text string, tokens int) (*ast.QueryDocument, *gqlerror.Error) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, tokens)
	if err == nil && len(doc.Operations) == 0 {
		return nil, invalid("the document has no operation")
	}
	if err == nil {
		return doc, nil
	}
	shown, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		shown = &gqlerror.Error{Message: err.Error()}
	}
	if strings.Contains(shown.Message, lexer.Invalid.String()) {
		shown = unreadable(text, shown)
	}
	shown.Extensions = map[string]any{"code": codeUnreadable}
	return nil, shown
}

// unreadable says what about a text is no token at all, where the parser only says
// that it stands there.
func unreadable(text string, otherwise *gqlerror.Error) *gqlerror.Error {
	lex := lexer.New(&ast.Source{Input: text})
	for {
		token, err := lex.ReadToken()
		if shown, ok := errors.AsType[*gqlerror.Error](err); ok {
			return shown
		}
		if err != nil || token.Kind == lexer.EOF {
			return otherwise
		}
	}
}
