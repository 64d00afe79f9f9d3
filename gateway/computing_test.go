package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"holdfast/gateway"
	"holdfast/upstreams"
)

// busy is a gateway over operations that compute for 400 ms: { hello } at once,
// { count } once an API has answered, after 10 s.
type busy struct {
	*gateway.Gateway

	now, most atomic.Int64 // how many compute at once
	metrics   *sdkmetric.ManualReader
}

func newBusy(t *testing.T, cfg gateway.Config) *busy {
	t.Helper()
	b := &busy{metrics: sdkmetric.NewManualReader()}
	compute := func() {
		if now := b.now.Add(1); now > b.most.Load() {
			b.most.Store(now)
		}
		<-time.After(400 * time.Millisecond)
		b.now.Add(-1)
	}
	call := func(ctx context.Context) {
		defer upstreams.Waiting(ctx)()
		select {
		case <-time.After(10 * time.Second):
		case <-ctx.Done():
		}
	}
	resolvers := map[string]resolver{
		"Query.hello": func(context.Context, map[string]any) (any, error) { compute(); return "world", nil },
		"Query.count": func(ctx context.Context, _ map[string]any) (any, error) {
			call(ctx)
			compute()
			return 1, nil
		},
	}
	var err error
	tel := gateway.Telemetry{Meters: sdkmetric.NewMeterProvider(sdkmetric.WithReader(b.metrics))}
	if b.Gateway, err = gateway.New(cfg, newSchema(resolvers), nil, tel); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// ask asks, and returns where the status and the time it took will come.
func (b *busy) ask(ctx context.Context, t *testing.T, text string) <-chan string {
	t.Helper()
	came := make(chan string, 1)
	r := query(t, text).WithContext(ctx)
	go func() {
		start, w := time.Now(), httptest.NewRecorder()
		b.ServeHTTP(w, r)
		came <- fmt.Sprint(w.Code, " after ", time.Since(start))
	}()
	synctest.Wait()
	return came
}

func TestFewOperationsComputeAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBusy(t, gateway.Config{Computing: 2, Queue: 5})
		var all []<-chan string
		for range 8 {
			all = append(all, b.ask(t.Context(), t, "{hello}"))
		}
		for i, want := range []string{
			"200 after 400ms", "200 after 400ms", "200 after 800ms", "200 after 800ms", "200 after 1.2s", "200 after 1.2s",
			"503 after 1s", // its turn did not come within a second
			"503 after 0s", // the queue was full
		} {
			if got := <-all[i]; got != want {
				t.Errorf("%d: %s, want %s", i, got, want)
			}
		}
		if most := b.most.Load(); most != 2 {
			t.Errorf("%d computed at once", most)
		}
	})
}

func TestWhoIsTurnedAwayIsToldWhenToComeAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBusy(t, gateway.Config{Computing: 1, Queue: 1})
		first, second := b.ask(t.Context(), t, "{hello}"), b.ask(t.Context(), t, "{hello}")
		got := do(t, b, query(t, "mutation{pay(order:1){id}}"))
		if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") != "1" || got.Header().Get("Cache-Control") != "no-store" ||
			len(got.Errors) != 1 || got.Errors[0].Extensions["code"] != "OVERLOAD" || got.Data != nil {
			t.Errorf("%d %v %s", got.Code, got.Header(), got.Body)
		}
		w := httptest.NewRecorder()
		if b.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil)); w.Code != http.StatusOK {
			t.Errorf("/healthz: %d", w.Code)
		}
		<-first
		<-second
		want := []string{
			"holdfast.operation.duration outcome=fresh type=query 2",
			"holdfast.operation.duration outcome=overload 1",
			"holdfast.operation.queue.duration result=begun 1",
			"holdfast.operation.queue.duration result=rejected 1",
		}
		counted := slices.DeleteFunc(collect(t, b.metrics), func(line string) bool { return strings.HasPrefix(line, "http.") })
		if diff := cmp.Diff(want, counted); diff != "" {
			t.Error(diff)
		}
	})
}

// An API that hangs fills nothing: as many as like may wait for it. Those that it
// answers go on before others begin.
func TestWhoWaitsForAnAPITakesNoTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBusy(t, gateway.Config{Computing: 1, Queue: 1})
		var waiting []<-chan string
		for range 50 {
			waiting = append(waiting, b.ask(t.Context(), t, "{count}"))
		}
		if got := <-b.ask(t.Context(), t, "{hello}"); got != "200 after 400ms" {
			t.Errorf("while they wait: %s", got)
		}
		<-time.After(9700 * time.Millisecond)
		if got := <-b.ask(t.Context(), t, "{hello}"); got != "503 after 1s" {
			t.Errorf("when they go on: %s", got)
		}
		var got, want []string
		for i, came := range waiting {
			got = append(got, <-came)
			want = append(want, fmt.Sprint("200 after ", 10*time.Second+time.Duration(i+1)*400*time.Millisecond))
		}
		slices.Sort(got)
		if slices.Sort(want); !slices.Equal(got, want) || b.most.Load() != 1 {
			t.Errorf("%d computed at once: %v", b.most.Load(), got)
		}
		if got := <-b.ask(t.Context(), t, "{hello}"); got != "200 after 400ms" {
			t.Errorf("afterwards: %s", got)
		}
	})
}

// Several fields of one operation wait at once; the last one to come takes a turn.
func TestAnOperationThatWaitsForSeveralTakesOneTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBusy(t, gateway.Config{Computing: 1})
		several := b.ask(t.Context(), t, "{a:count b:count hello}") // one after the other, in these tests
		if got := <-b.ask(t.Context(), t, "{hello}"); got != "200 after 400ms" {
			t.Errorf("while it waits: %s", got)
		}
		if got := <-several; got != "200 after 21.2s" || b.most.Load() != 1 {
			t.Errorf("%s, %d computed at once", got, b.most.Load())
		}
	})
}

// Two goroutines of one operation whose answers come while others compute take one turn
// for both: with a turn of its own each, one would wait for the other's for ever.
func TestAnOperationWhoseAnswersComeWhileOthersComputeTakesOneTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wait := func(ctx context.Context, d time.Duration) {
			defer upstreams.Waiting(ctx)()
			<-time.After(d)
		}
		resolvers := map[string]resolver{
			"Query.hello": func(context.Context, map[string]any) (any, error) {
				<-time.After(400 * time.Millisecond)
				return "world", nil
			},
			"Query.count": func(ctx context.Context, _ map[string]any) (any, error) {
				var both sync.WaitGroup
				both.Go(func() { wait(ctx, 100*time.Millisecond) })
				both.Go(func() {
					wait(ctx, 50*time.Millisecond)
					<-time.After(100 * time.Millisecond) // as the first one asks already
					wait(ctx, 50*time.Millisecond)
				})
				both.Wait()
				return 1, nil
			},
		}
		front, err := gateway.New(gateway.Config{Computing: 1}, newSchema(resolvers), nil, gateway.Telemetry{})
		if err != nil {
			t.Fatal(err)
		}
		defer front.Close()
		b := &busy{Gateway: front}
		ctx, leave := context.WithTimeout(t.Context(), time.Minute)
		defer leave()
		both, other := b.ask(ctx, t, "{count}"), b.ask(ctx, t, "{hello}")
		if got := []string{<-other, <-both}; !slices.Equal(got, []string{"200 after 400ms", "200 after 400ms"}) {
			t.Error(got)
		}
	})
}

// Clients that leave, waiting for a turn or for an API, leave no turn behind that
// nobody has.
func TestWhoLeavesGivesTheTurnBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBusy(t, gateway.Config{Computing: 1, Queue: 10})
		leaving, leave := context.WithCancel(t.Context())
		all := []<-chan string{b.ask(leaving, t, "{count}"), b.ask(leaving, t, "{hello}"), b.ask(leaving, t, "{hello}"), b.ask(leaving, t, "{count}")}
		leave()
		for _, came := range all {
			<-came
		}
		for range 3 {
			if got := <-b.ask(t.Context(), t, "{hello}"); got != "200 after 400ms" {
				t.Error(got)
			}
		}
	})
}
