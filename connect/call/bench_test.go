package call

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// kept is what a reading makes of an answer, here.
type kept struct{ n int }

// warm is a connector with a header, a path, a template with a query and parameters, and inputs whose answer is
// remembered.
func warm(tb testing.TB) (*Opened, *Inputs) {
	tb.Helper()
	api := open(tb, Source{
		BaseURL: "https://shop.test/v1", Policy: Policy{Fresh: new(time.Hour)},
		Request: Request{Headers: []Header{{Name: "X-Version", Value: mapping.MustTemplate("{$config.version}")}}},
	}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)), Settings{Config: map[string]any{"version": "3"}})
	o := api.Connect(&Connector{
		ID: "Query.orders", Method: http.MethodGet, URL: mapping.MustTemplate("/customers/{$this.id}/orders?expand=lines"),
		Request: Request{Query: mapping.MustParse("per_page: $args.first status: $args.status")},
	})
	in := &Inputs{Args: valueOf(tb, `{"first":20,"status":"open"}`), This: `{"id":"5"}`}
	r, err := o.Ask(in)
	if err != nil {
		tb.Fatal(err)
	}
	r.Accept = func(upstreams.Reply) (any, error) { return &kept{1}, nil }
	if _, err := o.API.Read(tb.Context(), r); err != nil {
		tb.Fatal(err)
	}
	return o, in
}

// hit reads what memory has.
func hit(ctx context.Context, tb testing.TB, o *Opened, in *Inputs) {
	tb.Helper()
	r, err := o.Ask(in)
	if err != nil {
		tb.Fatal(err)
	}
	if a, ok := o.API.Held(ctx, r); !ok || a.Cache != "hit" {
		tb.Fatal(a)
	}
}

// BenchmarkWarmRead is one call of a connector that memory answers: its key comes straight from connector and inputs.
func BenchmarkWarmRead(b *testing.B) {
	o, in := warm(b)
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		hit(ctx, b, o, in)
	}
}

// TestAWarmReadBuildsNothing holds the promise: what is made is the request with its key, and the answer.
func TestAWarmReadBuildsNothing(t *testing.T) {
	o, in := warm(t)
	ctx := t.Context()
	if got := testing.AllocsPerRun(1000, func() { hit(ctx, t, o, in) }); got > 5 { // 3, but for the race detector
		t.Errorf("%v allocations for a warm read, want at most 5", got)
	}
}

// warmBatch is a connector over $batch, and keys of things that are remembered.
func warmBatch(tb testing.TB, n int) (*Opened, []Key) {
	tb.Helper()
	api := open(tb, Source{Policy: Policy{Fresh: new(time.Hour)}}, upstreamtest.Play(upstreamtest.Answer(200, `{}`)), Settings{})
	o := api.Connect(&Connector{
		ID: "Customer", Method: http.MethodGet, URL: mapping.MustTemplate(`/customers?ids={$batch.id->joinNotNull(",")}`), Batch: 100,
	})
	keys := make([]Key, n)
	for i := range keys {
		keys[i] = Key(`{"id":"` + strconv.Itoa(i) + `"}`)
	}
	b, err := o.AskBatch(&Inputs{}, keys)
	if err != nil {
		tb.Fatal(err)
	}
	b.Split = func(_ upstreams.Reply, keys []string) (map[string][]byte, error) {
		items := map[string][]byte{}
		for _, key := range keys {
			items[key] = json.RawMessage(key)
		}
		return items, nil
	}
	b.Accept = func(upstreams.Reply) (any, error) { return &kept{1}, nil }
	for _, item := range api.ReadBatch(tb.Context(), b) {
		if item.Err != nil {
			tb.Fatal(item.Err)
		}
	}
	return o, keys
}

// hits reads keys that memory has.
func hits(ctx context.Context, tb testing.TB, o *Opened, keys []Key) {
	tb.Helper()
	b, err := o.AskBatch(&Inputs{}, keys)
	if err != nil {
		tb.Fatal(err)
	}
	var room [100]*upstreams.Answer
	if n := o.API.HeldBatch(ctx, b, room[:len(keys)]); n != len(keys) {
		tb.Fatal(n)
	}
}

// BenchmarkWarmBatch is one thing, and a hundred, that memory answers.
func BenchmarkWarmBatch(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			o, keys := warmBatch(b, n)
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				hits(ctx, b, o, keys)
			}
		})
	}
}

func TestAWarmBatchBuildsNothing(t *testing.T) {
	o, keys := warmBatch(t, 100)
	ctx := t.Context()
	if got := testing.AllocsPerRun(100, func() { hits(ctx, t, o, keys) }); got > 150 {
		t.Errorf("%v allocations for a hundred warm things, want about one each", got)
	}
}

// BenchmarkAsk is the key alone, with paths only, and with an expression that has to be evaluated.
func BenchmarkAsk(b *testing.B) {
	for name, url := range map[string]string{"paths": "/orders/{$args.id}", "an expression": `/orders/{$($args.id ?? "none")}`} {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			o := open(b, Source{}, nil, Settings{}).Connect(&Connector{ID: "Query.order", Method: "GET", URL: mapping.MustTemplate(url)})
			in := &Inputs{Args: valueOf(b, `{"id":"4711"}`)}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := o.Ask(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestAskingAgain writes over a request, of which nothing is left.
func TestAskingAgain(t *testing.T) {
	o, in := warm(t)
	over, err := o.Ask(&Inputs{Args: valueOf(t, `{"first":7,"status":"a longer one"}`), This: `{"id":"4711"}`})
	if err != nil {
		t.Fatal(err)
	}
	over.Accept = func(upstreams.Reply) (any, error) { return &kept{2}, nil }
	want, err := o.Ask(in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := o.AskAgain(over, in)
	if err != nil || got != over {
		t.Fatal("not over the request that there was:", err)
	}
	for _, r := range []*upstreams.Request{got, want} {
		if err := r.Builder.Build(r); err != nil {
			t.Fatal(err)
		}
		r.Builder = nil
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(upstreams.Request{})); diff != "" {
		t.Error(diff)
	}
	other, _ := warm(t)
	if r, err := other.AskAgain(want, in); err != nil || r == want {
		t.Error("over the request of another connector:", err)
	}
}
