package plan

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// canonical is a scalar's value in its one form.
func (i *input) canonical(v mapping.Value) (mapping.Value, error) {
	if i.form == nil || v.IsNull() || v.IsMissing() {
		return v, nil
	}
	return i.form(v)
}

// literal is the value of a leaf in the document: not of a custom scalar.
func (i *input) literal(v *ast.Value) (mapping.Value, error) {
	text := v.Kind == ast.StringValue || v.Kind == ast.BlockValue
	switch i.kind {
	case intScalar:
		if v.Kind == ast.IntValue {
			return integer(v.Raw)
		}
	case floatScalar:
		if v.Kind == ast.IntValue || v.Kind == ast.FloatValue {
			return float(v.Raw)
		}
	case stringScalar:
		if text {
			return mapping.StringValue(v.Raw), nil
		}
	case idScalar:
		if text || v.Kind == ast.IntValue {
			return mapping.StringValue(v.Raw), nil
		}
	case booleanScalar:
		if v.Kind == ast.BooleanValue {
			return mapping.BoolValue(v.Raw == "true"), nil
		}
	case enum:
		if v.Kind == ast.EnumValue && i.values[v.Raw] {
			return mapping.StringValue(v.Raw), nil
		}
	default:
	}
	return mapping.Value{}, errUnfit
}

// value is the value of a leaf in variables that were coerced: not of a custom
// scalar.
func (i *input) value(v any) (mapping.Value, error) {
	switch i.kind {
	case intScalar:
		if n, ok := v.(int64); ok && n >= math.MinInt32 && n <= math.MaxInt32 { // as they come
			return mapping.IntValue(n), nil
		}
		if n, ok := number(v); ok {
			return integer(n)
		}
	case floatScalar:
		if n, ok := number(v); ok {
			return float(n)
		}
	case booleanScalar:
		if b, ok := v.(bool); ok {
			return mapping.BoolValue(b), nil
		}
	default:
		return i.text(v)
	}
	return mapping.Value{}, errUnfit
}

// text is the value of a leaf that is a string: also of an ID that was a number.
func (i *input) text(v any) (mapping.Value, error) {
	s, ok := v.(string)
	if n, isNumber := number(v); isNumber && i.kind == idScalar {
		whole, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			return mapping.Value{}, errUnfit
		}
		s, ok = strconv.FormatInt(whole, 10), true
	}
	if !ok || i.kind == enum && !i.values[s] {
		return mapping.Value{}, errUnfit
	}
	return mapping.StringValue(s), nil
}

// number is how a number is written.
func number(v any) (string, bool) {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10), true
	case int:
		return strconv.Itoa(v), true
	case int32:
		return strconv.Itoa(int(v)), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

// integer is an Int: 32 bits, however it is written.
func integer(literal string) (mapping.Value, error) {
	n, ok := mapping.NumberValue(literal).Int64()
	if !ok || n < math.MinInt32 || n > math.MaxInt32 {
		return mapping.Value{}, errUnfit
	}
	return mapping.IntValue(n), nil
}

// float is a Float.
func float(literal string) (mapping.Value, error) {
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return mapping.Value{}, errUnfit
	}
	v, err := mapping.FromAny(f)
	if err != nil {
		return v, errUnfit
	}
	return v, nil
}
