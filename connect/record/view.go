package record

import (
	"errors"
	"reflect"
)

// Types are the Go types of objects by the names of their GraphQL types: for places
// where one of several may stand.
type Types map[string]reflect.Type

// Decode makes a Go value of what stands here: scalars by UnmarshalConnect or
// UnmarshalGQL, objects by the json tags of their models. Faults go to the models'
// [mapping.ItemFaults]; one of the place itself is the error.
func (r Ref) Decode(into any, types Types) error { return errors.New("record: not built yet") }
