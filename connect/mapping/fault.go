package mapping

import "slices"

// A Fault is one place of a mapped object that has no value because what was there
// did not fit, or could not be had: it is null, and whoever asks for it is told so.
type Fault struct {
	Field string // of the object; "" for the answer itself
	Index []int  // of the list items that lead to the place; nil for the field
	// Whole says that the field as a whole has no value, because its Go type
	// cannot hold a null where the fault is.
	Whole             bool
	Source, Connector string // who answered
	Err               error  // why nobody did; nil: what was answered did not fit
	Why               string // it did not, for logs: kinds and keys, never values
}

// ItemFaults is embedded in Go models that answers are mapped to; the zero value
// has no faults. It is written while the object is mapped and only read after.
type ItemFaults struct{ faults *[]Fault }

// AddItemFault notes a fault.
func (f *ItemFaults) AddItemFault(fault Fault) {
	if f.faults == nil {
		f.faults = new([]Fault)
	}
	*f.faults = append(*f.faults, fault)
}

// Lost returns the faults of f, and one for each field: err is why they cannot be had.
func (f *ItemFaults) Lost(err error, fields ...string) ItemFaults {
	all := f.Joined(nil)
	for _, field := range fields {
		all.AddItemFault(Fault{Field: field, Whole: true, Err: err})
	}
	return all
}

// Joined returns the faults of f, and those that other has for fields.
func (f *ItemFaults) Joined(other *ItemFaults, fields ...string) ItemFaults {
	var all ItemFaults
	if f.faults != nil {
		all.faults = new(slices.Clone(*f.faults))
	}
	for _, field := range fields {
		for _, fault := range other.FaultsOf(field) {
			all.AddItemFault(fault)
		}
	}
	return all
}

// FaultsOf returns the faults of one field. The slice is the caller's.
func (f *ItemFaults) FaultsOf(field string) []Fault {
	if f == nil || f.faults == nil {
		return nil
	}
	return slices.Collect(func(yield func(Fault) bool) {
		for _, fault := range *f.faults {
			if fault.Field == field && !yield(fault) {
				return
			}
		}
	})
}
