package scalars

import (
	"bytes"
	"io"

	"holdfast/connect/mapping"
)

// decoder is a Go type that decodes itself from an API's answer.
type decoder[T any] interface {
	*T
	UnmarshalConnect(v mapping.Value) error
}

// marshaler is a Go value that writes itself, as gqlgen has it.
type marshaler interface{ MarshalGQL(w io.Writer) }

// Of is the scalar of a Go type that decodes itself from answers and from inputs,
// and writes itself.
func Of[T marshaler, P interface {
	decoder[T]
	UnmarshalGQL(v any) error
}](name, version string) Scalar {
	return Scalar{
		Name: name, Version: version,
		Decode: func(dst []byte, v mapping.Value) ([]byte, bool) {
			var t T
			if P(&t).UnmarshalConnect(v) != nil {
				return dst, false
			}
			return appendGQL(dst, t), true
		},
		Input: func(v mapping.Value) (mapping.Value, error) {
			var t T
			if err := P(&t).UnmarshalGQL(v.Any()); err != nil {
				return mapping.Value{}, err
			}
			canonical, _, err := mapping.ParseJSON(appendGQL(nil, t), mapping.JSONLimits{})
			return canonical, err
		},
	}
}

// appendGQL appends what a value writes of itself, with escapes as all texts have
// them: equal ones are equal bytes.
func appendGQL(dst []byte, m marshaler) []byte {
	b := bytes.NewBuffer(dst)
	m.MarshalGQL(b)
	text := b.Bytes()
	if own := text[len(dst):]; bytes.IndexByte(own, '\\') >= 0 {
		if v, _, err := mapping.ParseJSON(own, mapping.JSONLimits{}); err == nil {
			return v.AppendJSON(text[:len(dst)])
		}
	}
	return text
}

// A FieldOf is one field of a value object of a Go type.
type FieldOf[T any] struct {
	Name, Type string
	Append     func(dst []byte, t T) []byte // its ready JSON
}

// ObjectOf is the value object of a Go type that decodes itself.
func ObjectOf[T any, P decoder[T]](name, version string, fields ...FieldOf[T]) Scalar {
	o := &Object{}
	for _, f := range fields {
		o.Fields = append(o.Fields, Field{f.Name, f.Type})
	}
	o.Decode = func(dst []byte, ends []int, v mapping.Value) ([]byte, []int, bool) {
		var t T
		if P(&t).UnmarshalConnect(v) != nil {
			return dst, ends, false
		}
		for _, f := range fields {
			dst = f.Append(dst, t)
			ends = append(ends, len(dst))
		}
		return dst, ends, true
	}
	return Scalar{Name: name, Version: version, Object: o}
}
