package scalar

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"holdfast/connect/mapping"
)

// JSON is any JSON value but null, passed on verbatim: numbers keep their digits and the keys of an answer's objects
// their order. Scalars that gqlgen.yml does not bind are of this type. The zero JSON is written as null.
type JSON struct{ v mapping.Value }

// NewJSON returns v as a JSON.
func NewJSON(v mapping.Value) JSON { return JSON{v} }

// Value returns the value.
func (j JSON) Value() mapping.Value { return j.v }

// String returns the value as compact JSON.
func (j JSON) String() string {
	if j.v.IsMissing() {
		return "null"
	}
	return j.v.String()
}

// Equal reports whether j and k are the same value; the order of keys does not count.
func (j JSON) Equal(k JSON) bool { return j.v.Equal(k.v) }

// MarshalGQL writes the value as it is.
func (j JSON) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, j.String()) }

// UnmarshalGQL accepts what gqlgen makes of arguments and variables. Keys of objects are sorted, for gqlgen keeps no
// order of them. Numbers in variables stay exact; in the query text they are of 64 bits.
func (j *JSON) UnmarshalGQL(in any) error {
	v, err := ofInput(in)
	if err != nil {
		return fmt.Errorf("JSON: %w", err)
	}
	j.v = v
	return nil
}

// ofInput is [mapping.FromAny] with empty lists, which gqlgen gives as nil.
func ofInput(in any) (mapping.Value, error) {
	switch in := in.(type) {
	case []any:
		items := make([]mapping.Value, len(in))
		for i, item := range in {
			v, err := ofInput(item)
			if err != nil {
				return mapping.Value{}, err
			}
			items[i] = v
		}
		return mapping.ArrayValue(items...), nil
	case map[string]any:
		members := make([]mapping.Member, 0, len(in))
		for _, key := range slices.Sorted(maps.Keys(in)) {
			v, err := ofInput(in[key])
			if err != nil {
				return mapping.Value{}, err
			}
			members = append(members, mapping.Member{Key: key, Value: v})
		}
		return mapping.ObjectValue(members...), nil
	}
	return mapping.FromAny(in)
}

// UnmarshalConnect accepts any value.
func (j *JSON) UnmarshalConnect(v mapping.Value) error {
	j.v = v
	return nil
}
