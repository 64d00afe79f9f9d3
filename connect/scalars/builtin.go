package scalars

import (
	"math"
	"strconv"

	"holdfast/connect/mapping"
)

// builtIn are the scalars of GraphQL itself.
func builtIn() []Scalar {
	return []Scalar{
		{Name: "String", Decode: decodeString, Version: "1"},
		{Name: "ID", Decode: decodeID, Version: "1"},
		{Name: "Int", Decode: decodeInt, Version: "1"},
		{Name: "Float", Decode: decodeFloat, Version: "1"},
		{Name: "Boolean", Decode: decodeBoolean, Version: "1"},
	}
}

// decodeString takes a string only.
func decodeString(dst []byte, v mapping.Value) ([]byte, bool) {
	if v.Kind() != mapping.String {
		return dst, false
	}
	return v.AppendJSON(dst), true
}

// decodeID takes a string, or an integer as its digits.
func decodeID(dst []byte, v mapping.Value) ([]byte, bool) {
	if v.Kind() == mapping.String {
		return v.AppendJSON(dst), true
	}
	digits, isNumber := v.Literal()
	if !isNumber {
		return dst, false
	}
	if n, ok := v.Int64(); ok {
		dst = strconv.AppendInt(append(dst, '"'), n, 10)
		return append(dst, '"'), true
	}
	if !allDigits(digits) { // beyond 64 bits
		return dst, false
	}
	dst = append(append(dst, '"'), digits...)
	return append(dst, '"'), true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// decodeInt takes an integral number of 32 bits, however it is written.
func decodeInt(dst []byte, v mapping.Value) ([]byte, bool) {
	n, ok := v.Int64()
	if !ok || n < math.MinInt32 || n > math.MaxInt32 {
		return dst, false
	}
	return strconv.AppendInt(dst, n, 10), true
}

// decodeFloat takes a number that is not out of range.
func decodeFloat(dst []byte, v mapping.Value) ([]byte, bool) {
	f, ok := v.Float64()
	if !ok {
		return dst, false
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64), true
}

// decodeBoolean takes a boolean only.
func decodeBoolean(dst []byte, v mapping.Value) ([]byte, bool) {
	b, ok := v.Bool()
	if !ok {
		return dst, false
	}
	return strconv.AppendBool(dst, b), true
}
