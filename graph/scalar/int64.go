package scalar

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"holdfast/connect/mapping"
)

// Int64 is a signed integer of 64 bits.
type Int64 int64

// String returns n in decimal.
func (n Int64) String() string { return strconv.FormatInt(int64(n), 10) }

// MarshalGQL writes n as a JSON number. JavaScript reads numbers beyond 2^53 inexactly; such clients need a parser
// that keeps them.
func (n Int64) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, n.String()) }

// UnmarshalGQL accepts an integer, as a number or as a string.
func (n *Int64) UnmarshalGQL(in any) error {
	switch in := in.(type) {
	case string:
		return n.parse(in)
	case json.Number:
		return n.parse(in.String())
	case int:
		*n = Int64(in)
		return nil
	case int64:
		*n = Int64(in)
		return nil
	default:
		return fmt.Errorf("Int64: want an integer, got %s", kindOf(in))
	}
}

// UnmarshalConnect accepts an integer, as a string or as a number however it is written (1.0, 1e2).
func (n *Int64) UnmarshalConnect(v mapping.Value) error {
	if s, ok := v.Str(); ok {
		return n.parse(s)
	}
	i, ok := v.Int64()
	if !ok {
		if v.Kind() == mapping.Number {
			return errInt64
		}
		return fmt.Errorf("Int64: want an integer, got %s", v.Kind())
	}
	*n = Int64(i)
	return nil
}

var errInt64 = errors.New("Int64: not an integer of 64 bits")

func (n *Int64) parse(s string) error {
	i, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return errInt64
	}
	*n = Int64(i)
	return nil
}
