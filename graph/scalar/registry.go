package scalar

import (
	"strconv"
	"time"

	"holdfast/connect/mapping"
	"holdfast/connect/scalars"
)

// Registry has the types of this package by the names that schemas know them by.
func Registry() scalars.Registry {
	return scalars.New(
		decodes(scalars.Of[DateTime]("DateTime", "1"), decodeDateTime),
		decodes(scalars.Of[Decimal]("Decimal", "1"), decodeDecimal),
		decodes(scalars.Of[Int64]("Int64", "1"), decodeInt64),
		decodes(scalars.Of[CurrencyCode]("CurrencyCode", "1"), decodeCurrencyCode),
		decodes(scalars.Of[EmailAddress]("EmailAddress", "1"), decodeEmailAddress),
		decodes(scalars.Of[URL]("URL", "1"), decodeURL),
		decodes(scalars.Of[PlainText]("PlainText", "1"), decodePlainText),
		money(),
	)
}

// decodes is s with a decoder that does the same without making a Go value of each
// answer's on the heap.
func decodes(s scalars.Scalar, decode func([]byte, mapping.Value) ([]byte, bool)) scalars.Scalar {
	s.Decode = decode
	return s
}

func money() scalars.Scalar {
	o := &scalars.Object{
		Fields: []scalars.Field{{Name: "amount", Type: "Decimal"}, {Name: "amountMinor", Type: "Int64"}, {Name: "currency", Type: "CurrencyCode"}},
		Decode: func(dst []byte, ends []int, v mapping.Value) ([]byte, []int, bool) {
			var m Money
			if m.UnmarshalConnect(v) != nil {
				return dst, ends, false
			}
			dst = append(m.appendAmount(append(dst, '"')), '"')
			ends = append(ends, len(dst))
			dst = strconv.AppendInt(dst, int64(m.AmountMinor), 10)
			ends = append(ends, len(dst))
			dst = append(append(append(dst, '"'), m.Currency...), '"')
			return dst, append(ends, len(dst)), true
		},
	}
	return scalars.Scalar{Name: "Money", Version: "1", Object: o}
}

func decodeDateTime(dst []byte, v mapping.Value) ([]byte, bool) {
	var d DateTime
	if d.UnmarshalConnect(v) != nil {
		return dst, false
	}
	return append(d.t.AppendFormat(append(dst, '"'), time.RFC3339Nano), '"'), true
}

func decodeDecimal(dst []byte, v mapping.Value) ([]byte, bool) {
	var d Decimal
	if d.UnmarshalConnect(v) != nil {
		return dst, false
	}
	return append(append(append(dst, '"'), d.String()...), '"'), true
}

func decodeInt64(dst []byte, v mapping.Value) ([]byte, bool) {
	var n Int64
	if n.UnmarshalConnect(v) != nil {
		return dst, false
	}
	return strconv.AppendInt(dst, int64(n), 10), true
}

func decodeCurrencyCode(dst []byte, v mapping.Value) ([]byte, bool) {
	var c CurrencyCode
	if c.UnmarshalConnect(v) != nil {
		return dst, false
	}
	return quoted(dst, string(c)), true
}

func decodeEmailAddress(dst []byte, v mapping.Value) ([]byte, bool) {
	var e EmailAddress
	if e.UnmarshalConnect(v) != nil {
		return dst, false
	}
	return quoted(dst, string(e)), true
}

func decodeURL(dst []byte, v mapping.Value) ([]byte, bool) {
	var u URL
	if u.UnmarshalConnect(v) != nil {
		return dst, false
	}
	return quoted(dst, string(u)), true
}

func decodePlainText(dst []byte, v mapping.Value) ([]byte, bool) {
	var t PlainText
	if t.UnmarshalConnect(v) != nil {
		return dst, false
	}
	return quoted(dst, string(t)), true
}

func quoted(dst []byte, s string) []byte { return mapping.StringValue(s).AppendJSON(dst) }
