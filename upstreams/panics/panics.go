// Package panics makes errors of panics, so that one goroutine's mistake ends neither the process nor the
// wait of others. Read [Catch].
package panics

import (
	"fmt"
	"runtime/debug"
)

// Error is a panic that was recovered.
type Error struct {
	Value any
	Stack []byte // where it happened; for logs
}

// Error returns what the panic said, without the stack.
func (e *Error) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value if it is an error.
func (e *Error) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Of makes an error of a value just recovered. One that is an *[Error] already keeps its stack.
func Of(value any) *Error {
	if e, ok := value.(*Error); ok {
		return e
	}
	return &Error{Value: value, Stack: debug.Stack()}
}

// Catch calls f and returns its error, or an *[Error] if it panics.
func Catch(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = Of(value)
		}
	}()
	return f()
}
