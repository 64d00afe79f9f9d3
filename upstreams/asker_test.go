package upstreams

import (
	"context"
	"net/http"
	"testing"
)

type oneContext struct {
	context.Context
	Asker
}

func (a *oneContext) Value(key any) any {
	if v, ours := a.From(key); ours {
		return v
	}
	return a.Context.Value(key)
}

func TestAnAskerIsWhatOneByOneSays(t *testing.T) {
	waited := 0
	wait := func() func() { waited++; return func() { waited++ } }
	report, header := NewReport(), http.Header{"X": {"1"}}
	all := &oneContext{t.Context(), Asker{report, header, wait}}
	single := WithWaiting(WithCaller(WithReport(t.Context(), report), header), wait)
	for name, ctx := range map[string]context.Context{"in one": all, "one by one": single, "below": context.WithValue(all, waitingKey{}, nil)} {
		caller, _ := ctx.Value(callerKey{}).(http.Header)
		if ReportFrom(ctx) != report || caller.Get("X") != "1" {
			t.Errorf("%s: %v %v", name, ReportFrom(ctx), caller)
		}
		Waiting(ctx)()
	}
	if waited != 4 {
		t.Errorf("waited %d times", waited)
	}
	if WritesFrom(all) != nil {
		t.Error("writes out of nothing")
	}
	Waiting(&oneContext{t.Context(), Asker{}})() // nobody wants to know
}
