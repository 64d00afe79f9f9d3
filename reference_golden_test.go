package main

import (
	"testing"

	"holdfast/executor/executortest"
)

// TestTheReferenceGraphIsAnsweredAsItWas plays what was asked and answered by the code
// that was once compiled of the graph.
func TestTheReferenceGraphIsAnsweredAsItWas(t *testing.T) {
	g := shippedGraph()
	sdl, err := g.text()
	if err != nil {
		t.Fatal(err)
	}
	executortest.Golden(t, "testdata/reference.txtar", *update, executortest.Engine{SDL: sdl, Scalars: g.scalars, Fields: g.hand}.Open)
}
