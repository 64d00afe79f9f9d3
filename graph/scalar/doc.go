// Package scalar has Go types for the scalars and value objects that APIs share: dates, exact decimals, money.
// They decode themselves, strictly, from a mapped answer (UnmarshalConnect) and from GraphQL input (UnmarshalGQL), so
// that the many ways in which APIs write one thing end at the border. Errors say what was wanted and never repeat the
// value. Every type is a small immutable value, safe for concurrent use, whose zero value is of no special use unless
// it says so.
//
// Read [Decimal] first, then [Money], which is made of the others.
package scalar

import (
	"fmt"
	"io"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/connect/mapping"
)

// writeString writes s as a GraphQL string. An error of the writer is the response writer's to notice.
func writeString(w io.Writer, s string) { graphql.MarshalString(s).MarshalGQL(w) }

// text returns the text of a string value for the type called name.
func text(name string, v mapping.Value) (string, error) {
	s, ok := v.Str()
	if !ok {
		return "", fmt.Errorf("%s: want a string, got %s", name, v.Kind())
	}
	return s, nil
}

// textInput is text for GraphQL input.
func textInput(name string, in any) (string, error) {
	s, ok := in.(string)
	if !ok {
		return "", fmt.Errorf("%s: want a string, got %s", name, kindOf(in))
	}
	return s, nil
}

// kindOf names the kind of a GraphQL input as its sender knows it.
func kindOf(in any) string {
	switch in.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	default:
		return "number"
	}
}
