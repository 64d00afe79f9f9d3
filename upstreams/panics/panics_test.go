package panics_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"holdfast/upstreams/panics"
)

func TestCatch(t *testing.T) {
	tests := map[string]struct {
		f    func() error
		text string
		is   error
	}{
		"nothing":                {func() error { return nil }, "", nil},
		"an error":               {func() error { return io.EOF }, "EOF", io.EOF},
		"a panic":                {func() error { panic("boom") }, "panic: boom", nil},
		"a panic with an error":  {func() error { panic(io.EOF) }, "panic: EOF", io.EOF},
		"a panic of another one": {func() error { panic(panics.Catch(func() error { panic("boom") })) }, "panic: boom", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := panics.Catch(tt.f)
			if (err != nil) != (tt.text != "") || err != nil && err.Error() != tt.text || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("got %v", err)
			}
			if e, ok := errors.AsType[*panics.Error](err); ok && !strings.Contains(string(e.Stack), "TestCatch") {
				t.Errorf("the stack does not say where: %s", e.Stack)
			}
		})
	}
}
