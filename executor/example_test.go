package executor_test

import (
	"context"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/schema"
	"holdfast/executor"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// A graph is read, opened and asked by the program itself.
func ExampleSchema_Run() {
	sdl := &ast.Source{Name: "ship.graphqls", Input: `
		extend schema @source(name: "ship", http: {baseURL: "https://ship.test"})
		type Query { parcel(id: ID!): Parcel @connect(source: "ship", http: {GET: "/parcels/{$args.id}"}, selection: "id state: status") }
		type Parcel { id: ID! state: String! }`}
	read, findings := schema.Read([]*ast.Source{sdl}, schema.Options{})
	if findings.Failed() {
		fmt.Println(findings)
		return
	}
	graph, err := executor.New(executor.Config{Schema: read, Open: func(s call.Source) (*call.API, error) {
		api := upstreamtest.Play(upstreamtest.Answer(200, `{"id": 7, "status": "on its way"}`))
		return s.Open(upstreams.New(upstreams.Config{Name: s.Name}, nil, api), call.Settings{})
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := graph.Run(context.Background(), executor.Job{
		Service: "probes", Query: `query ($id: ID!) { parcel(id: $id) { state id } }`, Variables: map[string]any{"id": 7},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(got.Data), got.Calls)
	// Output: {"parcel":{"state":"on its way","id":"7"}} map[ship:1]
}
