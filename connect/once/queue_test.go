package once_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/once"
	"holdfast/outbox"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// A desk is where changes are asked for that are queued.
type desk struct {
	t   *testing.T
	api *upstreamtest.API
	box *outbox.Outbox
	c   *call.Opened
}

// openDesk opens one over an API that answers with steps. later makes what nobody waits for; nil: nobody does.
func openDesk(t *testing.T, q *call.Queue, later outbox.Send, steps ...upstreamtest.Step) *desk {
	t.Helper()
	d := &desk{t: t, api: upstreamtest.Play(steps...), box: outbox.New(outbox.Config{Send: later}, outbox.NewMemory(outbox.Bounds{}))}
	answers, err := cache.New(cache.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = d.box.Close(context.Background())
		_ = answers.Close(context.Background())
	})
	add := &call.Connector{
		ID: "adding", Field: "Mutation.add", Source: "desk", Method: http.MethodPost, Writes: true, URL: mapping.MustTemplate("/notes"),
		Write: &call.Write{Queue: q, Probe: &call.Probe{After: time.Minute}},
	}
	r, err := call.NewRegistry([]call.Source{{Name: "desk", BaseURL: "https://desk.test"}}, []*call.Connector{add}, func(src call.Source) (*call.API, error) {
		cfg := upstreams.Config{Name: src.Name, URL: src.BaseURL}
		cfg.Retry.Max = new(0)
		u := upstreams.New(cfg, answers, d.api)
		return src.Open(u, call.Settings{})
	})
	if err != nil {
		t.Fatal(err)
	}
	d.c = r.Connector("adding")
	return d
}

// ask asks for a change with arguments, and a key if it is not "".
func (d *desk) ask(key, args string) (call.Written, error) {
	d.t.Helper()
	v, _, err := mapping.ParseJSON([]byte(args), mapping.JSONLimits{})
	if err != nil {
		d.t.Fatal(err)
	}
	in := &call.Inputs{Args: v}
	send, err := once.New(d.box).For(once.Key{Text: key}).Begin(d.t.Context(), d.c, in)
	if err != nil {
		return call.Written{}, err
	}
	req, err := d.c.AskAgain(nil, in)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Accept = func(r upstreams.Reply) (any, error) {
		if err := r.Err(); err != nil {
			return nil, err
		}
		return string(r.Body), nil
	}
	return send(d.t.Context(), req)
}

// said is what a caller is told, as one line: the answer, the state of the write, the error.
func said(w call.Written, err error) string {
	var all []string
	if w.Answer != nil {
		text, _ := w.Answer.Value.(string)
		all = append(all, text)
	}
	if state, ok := w.Write.Get("state").Str(); ok && err == nil {
		all = append(all, state)
	}
	if e, ok := errors.AsType[*upstreams.Error](err); ok {
		code, _ := e.Extensions["code"].(string)
		if code == "" {
			code = e.Kind.String()
		}
		if all = append(all, code, string(e.Effect)); e.Extensions["write"] != nil {
			all = append(all, "with its id")
		}
	} else if err != nil {
		all = append(all, err.Error())
	}
	return strings.Join(all, " ")
}

func TestWhoComesWithTheKeyOfWhatIsQueued(t *testing.T) {
	ok, no, busy := upstreamtest.Answer(200, "done"), upstreamtest.Answer(422, "no"), upstreamtest.Answer(http.StatusTooEarly, "")
	lost := upstreamtest.Fail(io.ErrUnexpectedEOF)
	operate := func(do func(*outbox.Outbox, context.Context, outbox.ID) error) func(*desk) {
		return func(d *desk) {
			d.t.Helper()
			if err := do(d.box, d.t.Context(), outbox.IDOf("Mutation.add", "", "k")); err != nil {
				d.t.Fatal(err)
			}
		}
	}
	later := func(r outbox.Result) outbox.Send {
		return func(context.Context, outbox.Attempt) outbox.Result { return r }
	}
	for name, test := range map[string]struct {
		api          upstreamtest.Step
		always       bool
		later        outbox.Send
		meanwhile    func(*desk)
		first, again string
	}{
		"made at once":    {api: ok, first: "done APPLIED", again: "done APPLIED"},
		"refused at once": {api: no, first: "refused NONE with its id", again: "refused NONE with its id"},
		"unknown at once": {api: lost, first: "unavailable UNKNOWN with its id", again: "WRITE_UNKNOWN UNKNOWN with its id"},
		"queued":          {api: busy, first: "QUEUED", again: "QUEUED"},
		"made later":      {api: busy, later: later(outbox.Result{Verdict: outbox.Made, Outcome: &outbox.Outcome{Status: 200, Body: []byte("later")}}), first: "QUEUED", again: "later APPLIED"},
		"refused later":   {api: busy, later: later(outbox.Result{Verdict: outbox.No, Outcome: &outbox.Outcome{Status: 422}}), first: "QUEUED", again: "refused NONE with its id"},
		"unknown later":   {api: busy, later: later(outbox.Result{}), first: "QUEUED", again: "WRITE_UNKNOWN UNKNOWN with its id"},
		"dead":            {api: busy, later: later(outbox.Result{Verdict: outbox.Broken}), first: "QUEUED", again: "WRITE_NOT_MADE NONE with its id"},
		"always queued":   {api: ok, always: true, first: "QUEUED", again: "QUEUED"},
		"under way for longer than a try may take": {
			always: true, first: "QUEUED", again: "SENDING",
			later: func(ctx context.Context, _ outbox.Attempt) outbox.Result {
				<-ctx.Done()
				time.Sleep(time.Hour) // as who does not hear
				return outbox.Result{}
			},
		},
		"taken back": {
			api: busy, first: "QUEUED", again: "WRITE_NOT_MADE NONE with its id",
			meanwhile: operate(func(o *outbox.Outbox, ctx context.Context, id outbox.ID) error {
				return o.Cancel(ctx, id, "", outbox.ReasonCaller)
			}),
		},
		"expired": {api: busy, first: "QUEUED", again: "WRITE_NOT_MADE NONE with its id", meanwhile: func(*desk) { time.Sleep(25 * time.Hour) }},
		"held": {
			api: busy, first: "QUEUED", again: "HELD",
			meanwhile: operate(func(o *outbox.Outbox, ctx context.Context, _ outbox.ID) error {
				return o.Hold(ctx, "desk", outbox.ReasonOperator, "me")
			}),
		},
		"made, as somebody says": {
			api: lost, first: "unavailable UNKNOWN with its id", again: "APPLIED",
			meanwhile: operate(func(o *outbox.Outbox, ctx context.Context, id outbox.ID) error { return o.Resolve(ctx, id, true, "me") }),
		},
		"not made, as somebody says": {
			api: lost, first: "unavailable UNKNOWN with its id", again: "QUEUED",
			meanwhile: operate(func(o *outbox.Outbox, ctx context.Context, id outbox.ID) error {
				return o.Resolve(ctx, id, false, "me")
			}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := openDesk(t, &call.Queue{Expires: 24 * time.Hour, Always: test.always}, test.later, test.api)
				if got := said(d.ask("k", `{"text":"a"}`)); got != test.first {
					t.Errorf("first: got %s, want %s", got, test.first)
				}
				if time.Sleep(5 * time.Second); test.meanwhile != nil {
					test.meanwhile(d)
				}
				for range 2 {
					if got := said(d.ask("k", `{"text":"a"}`)); got != test.again {
						t.Errorf("again: got %s, want %s", got, test.again)
					}
				}
				if got := said(d.ask("k", `{"text":"b"}`)); got != "IDEMPOTENCY_CONFLICT NONE" {
					t.Errorf("other arguments: got %s", got)
				}
				if n := d.api.Calls(); n > 1 {
					t.Errorf("asked %d times", n)
				}
			})
		})
	}
}

func TestWhatIsWrittenDownOfWhatIsQueued(t *testing.T) {
	order := func(text string) *call.Queue { return &call.Queue{Expires: time.Hour, Order: mapping.MustParse(text)} }
	sum := func(text string) string {
		s := sha256.Sum256([]byte(text))
		return hex.EncodeToString(s[:16])
	}
	for name, test := range map[string]struct {
		queue *call.Queue
		args  string
		lane  string
	}{
		"no order":         {&call.Queue{Expires: time.Hour}, `{"id":"7"}`, ""},
		"a text":           {order("$args.id"), `{"id":"7"}`, "7"},
		"a number":         {order("$args.id"), `{"id":7}`, "7"},
		"nothing":          {order("$args.id"), `{}`, ""},
		"null":             {order("$args.id"), `{"id":null}`, ""},
		"an object":        {order("$args"), `{"id":"7"}`, sum(`{"id":"7"}`)},
		"more than a name": {order("$args.id"), `{"id":"` + strings.Repeat("7", 256) + `"}`, sum(`"` + strings.Repeat("7", 256) + `"`)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.queue.Always = true
				d := openDesk(t, test.queue, nil)
				now := time.Now()
				w, err := d.ask("", test.args)
				if err != nil {
					t.Fatal(err)
				}
				public, _ := w.Write.Get("id").Str()
				r, err := d.box.Find(t.Context(), public)
				if err != nil {
					t.Fatal(err)
				}
				is := r.Write
				if is.Field != "Mutation.add" || is.Connector != "adding" || !is.Queue || !is.Later || is.Key != "" ||
					!is.Accepted.Equal(now) || !is.Expires.Equal(now.Add(time.Hour)) || !is.Probe || is.ProbeAfter != time.Minute ||
					is.Request.PathAndQuery != "/notes" || is.Timeout == 0 {
					t.Errorf("%+v", is)
				}
				if is.Lane != test.lane {
					t.Errorf("its lane is %q, want %q", is.Lane, test.lane)
				}
			})
		})
	}
}

// TestAnOrderThatCannotBeMade has nothing recorded: nobody knows what comes before it.
func TestAnOrderThatCannotBeMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, &call.Queue{Expires: time.Hour, Order: mapping.MustParse("$args.id->first")}, nil, upstreamtest.Answer(200, ""))
		_, err := d.ask("k", `{"id":7}`)
		if bad, ok := errors.AsType[call.InputError](err); !ok || !strings.Contains(bad.Error(), "@queue(order:") {
			t.Errorf("got %v", err)
		}
		if all := d.box.List(outbox.Filter{}); len(all) > 0 || d.api.Calls() > 0 {
			t.Errorf("%d are recorded, %d calls", len(all), d.api.Calls())
		}
	})
}

// TestTheReceiptIsOfTheSchemaAsItIs asks with the key of a write that was asked for while @queue stood elsewhere.
func TestTheReceiptIsOfTheSchemaAsItIs(t *testing.T) {
	ok, busy := upstreamtest.Answer(200, "done"), upstreamtest.Answer(http.StatusTooEarly, "")
	for name, test := range map[string]struct {
		api       upstreamtest.Step
		then, now *call.Queue
		was, is   string
	}{
		"it is queued, and has no receipt any more": {api: busy, then: &call.Queue{Expires: time.Hour}, was: "QUEUED", is: "WRITE_PENDING UNKNOWN with its id"},
		"it was made, and has no receipt any more":  {api: ok, then: &call.Queue{Expires: time.Hour}, was: "done APPLIED", is: "done"},
		"it was made, and has a receipt now":        {api: ok, now: &call.Queue{Expires: time.Hour}, was: "done", is: "done APPLIED"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := openDesk(t, test.then, nil, test.api)
				if got := said(d.ask("k", `{}`)); got != test.was {
					t.Errorf("got %s, want %s", got, test.was)
				}
				d.c = openDesk(t, test.now, nil, test.api).c
				if got := said(d.ask("k", `{}`)); got != test.is {
					t.Errorf("then got %s, want %s", got, test.is)
				}
			})
		})
	}
}
