package upstreams_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/upstreams"
)

func TestReport(t *testing.T) {
	r := upstreams.NewReport()
	ctx := upstreams.WithReport(t.Context(), r)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			upstreams.ReportFrom(ctx).Called("shop")
			upstreams.ReportFrom(ctx).Note(upstreams.Part{Path: []any{"order", 1}, Source: "shop"})
		})
	}
	all.Wait()
	if diff := cmp.Diff(map[string]int{"shop": 50}, r.Calls()); diff != "" {
		t.Error(diff)
	}
	parts := r.Parts()
	if len(parts) != 50 || parts[0].Source != "shop" {
		t.Errorf("%d parts, the first %+v", len(parts), parts[0])
	}
}

func TestNoReport(t *testing.T) {
	r := upstreams.ReportFrom(context.Background())
	r.Called("shop")
	r.Note(upstreams.Part{})
	if r != nil || r.Calls() != nil || r.Parts() != nil {
		t.Error("a report out of nothing")
	}
}

func TestErrorText(t *testing.T) {
	cause := errors.New("connection refused")
	tests := map[string]struct {
		err  *upstreams.Error
		want string
	}{
		"everything": {
			&upstreams.Error{Kind: upstreams.Unavailable, Reason: "STATUS", Source: "shop", Connector: "Query.order", Status: 503, Err: cause},
			"shop (Query.order): unavailable: STATUS: status 503: connection refused",
		},
		"little": {&upstreams.Error{Kind: upstreams.BadInput, Source: "shop"}, "shop: bad input"},
		"none":   {&upstreams.Error{}, ": unknown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if !errors.Is(tests["everything"].err, cause) {
		t.Error("the cause is lost")
	}
}
