package field

import "strings"

// Errors are everything that is wrong with settings. The zero value is nothing.
type Errors []*Error

// Add puts what is wrong on the list; nil is nothing.
func (e *Errors) Add(errs ...*Error) {
	for _, err := range errs {
		if err != nil {
			*e = append(*e, err)
		}
	}
}

// Err returns the list, nil if there is nothing on it.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// Error returns each on a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns each.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, err := range e {
		all[i] = err
	}
	return all
}
