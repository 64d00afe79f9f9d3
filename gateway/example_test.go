package gateway_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"holdfast/gateway"
)

func ExampleNew() {
	graph := newSchema(map[string]resolver{"Query.hello": always("world")})
	g, err := gateway.New(gateway.Config{Depth: 5}, graph, nil, gateway.Telemetry{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer g.Close()

	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query": "{ hello }"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output: 200 {"data":{"hello":"world"}}
}
