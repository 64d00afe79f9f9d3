package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Several wait for an API that hangs, where one operation may compute at once.
func TestAnAPIThatHangsKeepsNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	p := start(t, "-set", "gateway.computing=1", "-set", "sources.stripe.timeout=3s", "-set", "sources.stripe.retry.max=0")
	p.fault("stripe", `{"hang":true}`)
	var waiting sync.WaitGroup
	for range 8 {
		waiting.Go(func() {
			if a := p.ask(orderQuery); a.Data["order"] == nil || len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UPSTREAM_UNAVAILABLE" {
				t.Errorf("%+v", a)
			}
		})
	}
	p.eventually("{ __typename }", func(answer) bool { return p.callsSoFar()["stripe"] > 0 })
	for range 10 {
		if a := p.ask(`{ order(id: "1002") { number } }`); len(a.Errors) > 0 || a.Data["order"] == nil {
			t.Errorf("%+v", a)
		}
	}
	waiting.Wait()
	if metrics := p.do(http.MethodGet, p.url+"/metrics", ""); strings.Contains(metrics, `outcome="overload"`) {
		t.Error("some were turned away")
	}
}
