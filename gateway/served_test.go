package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"holdfast/gateway"
)

// Settings are read again while requests are served: a new gateway is made on a
// schema that others validate against. The race detector watches.
func TestMakingAGatewayChangesNothingThatOthersRead(t *testing.T) {
	t.Parallel()
	graph := newSchema(map[string]resolver{"Query.hello": always("world")})
	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	g, err := gateway.New(gateway.Config{}, graph, nil, gateway.Telemetry{})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for client := range 4 {
		clients.Go(func() {
			for i := 0; ctx.Err() == nil; i++ { // a new document each time: it is validated
				if got := do(t, g, query(t, fmt.Sprintf("query Q%d_%d { hello @skip(if: false) }", client, i))); got.Code != http.StatusOK || len(got.Errors) > 0 {
					t.Errorf("%d: %v", got.Code, got.Errors)
				}
			}
		})
	}
	made := 100
	if testing.Short() {
		made = 20
	}
	for range made {
		next, err := gateway.New(gateway.Config{}, graph, nil, gateway.Telemetry{})
		if err != nil {
			t.Fatal(err)
		}
		next.Close()
	}
	stop()
	clients.Wait()
	if graph.Schema().Directives["defer"] == nil {
		t.Error("the schema that was given is changed")
	}
}
