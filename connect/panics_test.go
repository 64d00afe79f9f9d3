package connect

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/upstreams/panics"
)

func brokenCompleter() { panic("boom") }

// A completer that panics costs the objects of its own type, and nobody else.
func TestACompleterThatPanics(t *testing.T) {
	dogs := ofType[pet](func(_ context.Context, _ []*dog, _ graphql.BatchErrorList, _ func(int) ast.Path) []*dog {
		brokenCompleter()
		return nil
	})
	cats := ofType[pet](func(_ context.Context, own []*cat, _ graphql.BatchErrorList, _ func(int) ast.Path) []*cat { return own })
	for name, by := range map[string][]Completer[pet]{
		"on a goroutine of its own": {dogs, cats},
		"on the caller's":           {cats, dogs},
		"alone":                     {dogs},
	} {
		t.Run(name, func(t *testing.T) {
			wholes, err := completeByType(t.Context(), []pet{&dog{}, &cat{}, &dog{}}, func(int) ast.Path { return nil }, by)
			errs, ok := errors.AsType[graphql.BatchErrorList](err)
			if !ok || errs[1] != nil || wholes[0] != nil || wholes[1] == nil || wholes[2] != nil {
				t.Fatalf("got %v, %v", wholes, err)
			}
			for _, i := range []int{0, 2} {
				if p, ok := errors.AsType[*panics.Error](errs[i]); !ok || !strings.Contains(string(p.Stack), "brokenCompleter") {
					t.Errorf("error %d is %v", i, errs[i])
				}
			}
		})
	}
}

// What several tasks do goes on when one of them panics; the panic is the caller's, with the stack it left.
func TestATaskThatPanics(t *testing.T) {
	for broken := range 3 {
		var done atomic.Int64
		err := panics.Catch(func() error {
			concurrently(3, func(i int) {
				if i == broken {
					brokenCompleter()
				}
				done.Add(1)
			})
			return nil
		})
		p, ok := errors.AsType[*panics.Error](err)
		if !ok || p.Value != "boom" || !strings.Contains(string(p.Stack), "brokenCompleter") || done.Load() != 2 {
			t.Errorf("task %d: %v, %d others ended", broken, err, done.Load())
		}
	}
}
