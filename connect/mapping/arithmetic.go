package mapping

import (
	"errors"
	"math"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

const (
	precision  = 34   // significant digits of a decimal result
	maxLiteral = 1000 // bytes of a number that takes part in arithmetic
	maxScale   = 6144 // largest decimal exponent, as in IEEE 754 decimal128
)

var (
	errOverflow = errors.New("the result is no integer of 64 bits")
	errZero     = errors.New("division by zero")
	errRange    = errors.New("a number is out of range")
)

// arithmetic folds the arguments into the input from left to right.
func (c *call) arithmetic() Value {
	switch {
	case c.in.Kind() != Number:
		return c.wrongInput()
	case !c.step.HasArgs:
		return c.fail("an argument is missing")
	}
	result := c.in.text
	for i := range c.step.Args {
		x := c.arg(i)
		if x.Kind() != Number {
			return c.fail("an argument is " + x.Kind().String() + " and no number")
		}
		var err error
		if result, err = compute(c.step.Key.Name, result, x.text); err != nil {
			return c.fail(err.Error())
		}
	}
	return Value{kind: Number, text: result}
}

// compute applies an operation to two literals. Integers are computed in int64, sums and products with a decimal
// exactly up to 34 digits, and quotients and decimal remainders as floats.
func compute(op, a, b string) (string, error) {
	integers := isInteger(a) && isInteger(b)
	switch {
	case len(a) > maxLiteral || len(b) > maxLiteral:
		return "", errRange
	case op == "div", op == "mod" && !integers:
		return computeFloat(op, a, b)
	case integers:
		return computeInt(op, a, b)
	default:
		return computeDecimal(op, a, b)
	}
}

func computeInt(op, a, b string) (string, error) {
	x, okX := parts(a).truncated()
	y, okY := parts(b).truncated()
	if !okX || !okY {
		return "", errOverflow
	}
	var n int64
	ok := true
	switch op {
	case "add":
		n = x + y
		ok = (n > x) == (y > 0)
	case "sub":
		n = x - y
		ok = (n < x) == (y > 0)
	case "mul":
		n = x * y
		ok = x == 0 || n/x == y && (x != -1 || y != math.MinInt64)
	default:
		if y == 0 {
			return "", errZero
		}
		n = x % y
	}
	if !ok {
		return "", errOverflow
	}
	return IntValue(n).text, nil
}

func computeFloat(op, a, b string) (string, error) {
	x, okX := Value{kind: Number, text: a}.Float64()
	y, okY := Value{kind: Number, text: b}.Float64()
	switch {
	case !okX || !okY:
		return "", errRange
	case y == 0:
		return "", errZero
	}
	f := x / y
	if op == "mod" {
		f = math.Mod(x, y)
	}
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return "", errRange
	}
	return formatDecimal(f), nil
}

func computeDecimal(op, a, b string) (string, error) {
	x, err := decimal(a)
	if err != nil {
		return "", err
	}
	y, err := decimal(b)
	if err != nil {
		return "", err
	}
	ctx := apd.Context{
		Precision: precision, MaxExponent: maxScale, MinExponent: -maxScale + 1, Rounding: apd.RoundHalfEven,
		Traps: apd.DefaultTraps &^ (apd.Underflow | apd.Subnormal),
	}
	var sum apd.Decimal
	switch op {
	case "add":
		_, err = ctx.Add(&sum, x, y)
	case "sub":
		_, err = ctx.Sub(&sum, x, y)
	default:
		_, err = ctx.Mul(&sum, x, y)
	}
	if err != nil || sum.Form != apd.Finite {
		return "", errRange
	}
	return asDecimal(strings.ToLower(sum.String())), nil
}

// decimal reads a literal whose exponent is in range.
func decimal(literal string) (*apd.Decimal, error) {
	if n := parts(literal); n.exp > maxScale || n.exp < -maxScale {
		return nil, errRange
	}
	d, _, err := apd.NewFromString(literal)
	if err != nil {
		return nil, errRange
	}
	return d, nil
}
