package connect

import (
	"math"
	"strconv"

	"holdfast/connect/mapping"
)

// String decodes a GraphQL String: a string only.
func String(v Value) (string, bool) { return v.Str() }

// ID decodes a GraphQL ID: a string, or an integer as its digits.
func ID(v Value) (string, bool) {
	if s, ok := v.Str(); ok {
		return s, true
	}
	n, ok := v.Int64()
	if !ok {
		digits, isNumber := v.Literal() // beyond 64 bits
		return digits, isNumber && allDigits(digits)
	}
	return strconv.FormatInt(n, 10), true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Int decodes a GraphQL Int: an integral number of 32 bits.
func Int[T ~int | ~int32 | ~int64](v Value) (T, bool) {
	n, ok := v.Int64()
	return T(n), ok && n >= math.MinInt32 && n <= math.MaxInt32
}

// Float decodes a GraphQL Float.
func Float(v Value) (float64, bool) { return v.Float64() }

// Bool decodes a GraphQL Boolean.
func Bool(v Value) (bool, bool) { return v.Bool() }

// Enum decodes a generated enum: a string that is one of its values.
func Enum[E interface {
	~string
	IsValid() bool
}](v Value) (E, bool) {
	s, ok := v.Str()
	e := E(s)
	return e, ok && e.IsValid()
}

// Pointer decodes to a pointer, as gqlgen has it where a Go type is a struct.
func Pointer[T any](decode Decoder[T]) Decoder[*T] {
	return func(v Value) (*T, bool) {
		t, ok := decode(v)
		return &t, ok
	}
}

// Custom decodes a Go type that decodes itself. See graph/scalar for examples.
func Custom[T any, P interface {
	*T
	UnmarshalConnect(v mapping.Value) error
}](v Value) (T, bool) {
	var t T
	err := P(&t).UnmarshalConnect(v)
	return t, err == nil
}

// CustomObject builds a value object that decodes itself, such as Money.
func CustomObject[T any, P interface {
	*T
	UnmarshalConnect(v mapping.Value) error
}](a At, v Value) *T {
	if v.IsNull() {
		a.absent(v)
		return nil
	}
	t := new(T)
	if err := P(t).UnmarshalConnect(v); err != nil {
		a.fail(a.because(v))
		return nil
	}
	a.fields.m.fits(v)
	return t
}

// GraphQL decodes a Go type through its GraphQL input form, UnmarshalGQL.
func GraphQL[T any, P interface {
	*T
	UnmarshalGQL(v any) error
}](v Value) (T, bool) {
	var t T
	err := P(&t).UnmarshalGQL(v.Any())
	return t, err == nil
}

// Via decodes with a gqlgen unmarshal function, such as graphql.UnmarshalTime.
func Via[T any](unmarshal func(any) (T, error)) Decoder[T] {
	return func(v Value) (T, bool) {
		t, err := unmarshal(v.Any())
		return t, err == nil
	}
}
