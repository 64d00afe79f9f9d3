package upstreams_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/outcome"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// pay is a write.
func pay() *upstreams.Request {
	r := order()
	r.Connector, r.Method = "Mutation.pay", http.MethodPost
	return r
}

func effectOf(err error) upstreams.Effect {
	e, ok := errors.AsType[*upstreams.Error](err)
	if !ok {
		return ""
	}
	return e.Effect
}

// TestEffects is what is known of a write after each thing that a source can do.
func TestEffects(t *testing.T) {
	answer := upstreamtest.Answer
	const none, unknown, applied = upstreams.EffectNone, upstreams.EffectUnknown, upstreams.EffectApplied
	says503 := upstreams.Config{Outcomes: outcome.Rules{NotMade: []string{"503"}}}
	saysDown := upstreams.Config{Outcomes: outcome.Rules{Down: []string{"409"}}}
	spent := upstreams.Config{Quota: quota.Config{Rate: 1e-6, Burst: 1}}
	keyed := func(r *upstreams.Request) { r.Idempotent = true }
	tests := map[string]struct {
		cfg   upstreams.Config
		as    func(*upstreams.Request)
		steps []upstreamtest.Step
		want  upstreams.Effect // of the error
		sum   upstreams.Effect // what the context is told; "": want
	}{
		"all is well":                          {steps: []upstreamtest.Step{answer(200, `{"n":1}`)}, sum: applied},
		"a no":                                 {steps: []upstreamtest.Step{answer(422, `{}`)}, want: none},
		"not there":                            {steps: []upstreamtest.Step{answer(404, `{}`)}, want: none, sum: applied}, // Accept takes it
		"it has moved":                         {steps: []upstreamtest.Step{answer(308, ``)}, want: none},
		"a redirect":                           {steps: []upstreamtest.Step{answer(303, ``)}, want: unknown},
		"401":                                  {steps: []upstreamtest.Step{answer(401, ``)}, want: none},
		"not so fast":                          {steps: []upstreamtest.Step{answer(429, ``)}, want: none},
		"a no that is not so fast":             {steps: []upstreamtest.Step{answer(403, ``, "Retry-After", "9")}, want: none},
		"a firewall":                           {steps: []upstreamtest.Step{answer(403, `<p>`)}, want: unknown},
		"too early":                            {steps: []upstreamtest.Step{answer(425, ``)}, want: none},
		"misdirected":                          {steps: []upstreamtest.Step{answer(421, ``)}, want: none},
		"the source waited in vain":            {steps: []upstreamtest.Step{answer(408, ``)}, want: unknown},
		"500":                                  {steps: []upstreamtest.Step{answer(500, ``)}, want: unknown},
		"503":                                  {steps: []upstreamtest.Step{answer(503, ``)}, want: unknown},
		"503 that says when":                   {steps: []upstreamtest.Step{answer(503, ``, "Retry-After", "9")}, want: none},
		"503 that the operator knows":          {cfg: says503, steps: []upstreamtest.Step{answer(503, ``)}, want: none},
		"409 that the operator knows":          {cfg: saysDown, steps: []upstreamtest.Step{answer(409, ``)}, want: unknown},
		"an answer that lacks what must be":    {steps: []upstreamtest.Step{answer(200, `{}`)}, want: applied},
		"an answer that is no JSON":            {steps: []upstreamtest.Step{answer(201, `{"n":`)}, want: applied},
		"a page with a good status":            {steps: []upstreamtest.Step{answer(200, `<p>`)}, want: unknown},
		"a good status that isSuccess refuses": {as: refuses, steps: []upstreamtest.Step{answer(200, `{"error":1}`)}, want: unknown},
		"nobody listens":                       {steps: []upstreamtest.Step{upstreamtest.Refuse()}, want: none},
		"a reset":                              {steps: []upstreamtest.Step{upstreamtest.Fail(io.EOF)}, want: unknown},
		"no answer":                            {steps: []upstreamtest.Step{upstreamtest.Hang()}, want: unknown},
		"half an answer":                       {steps: []upstreamtest.Step{upstreamtest.Truncate(200, `{"n":1}   `)}, want: unknown},
		"an answer without end":                {steps: []upstreamtest.Step{upstreamtest.Endless()}, want: unknown},
		"our rate is used up":                  {cfg: spent, steps: []upstreamtest.Step{answer(200, `{"n":1}`)}, want: none},
		"it cannot be built":                   {as: func(r *upstreams.Request) { r.URL = "https://shop.test/%zz" }, steps: []upstreamtest.Step{answer(200, ``)}, want: none},
		"a later refusal undoes nothing":       {as: keyed, steps: []upstreamtest.Step{answer(500, ``), answer(409, `{}`)}, want: unknown},
		"nor does no connection":               {as: keyed, steps: []upstreamtest.Step{answer(500, ``), upstreamtest.Refuse()}, want: unknown},
		"what was never sent is not unknown":   {as: keyed, steps: []upstreamtest.Step{upstreamtest.Refuse()}, want: none},
		"a later answer settles it":            {as: keyed, steps: []upstreamtest.Step{answer(500, ``), answer(200, `{}`)}, want: applied},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.cfg.MaxBody = 1 << 16
				s := open(t, tt.cfg, upstreamtest.Play(tt.steps...))
				r := pay()
				if tt.cfg.Quota.Rate > 0 {
					_, _ = s.Write(t.Context(), pay())
				}
				if tt.as != nil {
					tt.as(r)
				}
				w := &upstreams.Writes{}
				_, err := s.Write(upstreams.WithWrites(t.Context(), w), r)
				want := tt.want
				if tt.sum != "" {
					want = tt.sum
				}
				if err != nil && effectOf(err) != tt.want || (err == nil) != (tt.sum != "") || w.Effect() != want {
					t.Errorf("%v with effect %s, told %s; want %s", err, effectOf(err), w.Effect(), tt.want)
				}
			})
		})
	}
}

// TestReadsHaveNoEffect holds that only a write has one.
func TestReadsHaveNoEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, unprobed(), upstreamtest.Play(upstreamtest.Answer(500, ``)))
		w := &upstreams.Writes{}
		_, err := s.Read(upstreams.WithWrites(t.Context(), w), order())
		if effectOf(err) != "" || w.Effect() != upstreams.EffectNone {
			t.Errorf("%v with effect %q, told %s", err, effectOf(err), w.Effect())
		}
	})
}

// TestWritesTogether holds what is said of several writes of one field.
func TestWritesTogether(t *testing.T) {
	ok, no, down := upstreamtest.Answer(200, `{"n":1}`), upstreamtest.Answer(422, ``), upstreamtest.Answer(500, ``)
	tests := map[string]struct {
		steps []upstreamtest.Step
		want  upstreams.Effect
	}{
		"both made":            {[]upstreamtest.Step{ok, ok}, upstreams.EffectApplied},
		"none":                 {[]upstreamtest.Step{no, no}, upstreams.EffectNone},
		"one of two":           {[]upstreamtest.Step{ok, no}, upstreams.EffectUnknown},
		"one that is not sure": {[]upstreamtest.Step{down, no}, upstreams.EffectUnknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, w := open(t, unprobed(), upstreamtest.Play(tt.steps...)), &upstreams.Writes{}
				for range tt.steps {
					_, _ = s.Write(upstreams.WithWrites(t.Context(), w), pay())
				}
				check(t, "effect", tt.want, w.Effect())
			})
		})
	}
}

// TestWhetherAnythingWasSent asks real sockets: only a connection that stood can have brought the request.
func TestWhetherAnythingWasSent(t *testing.T) {
	arrived := make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		if r.URL.Path == "/hang" {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	_ = closed.Close()
	over := "https" + server.URL[len("http"):]

	tests := map[string]struct {
		url  string
		sent bool
	}{
		"nobody listens":                {"http://" + nobody + "/", false},
		"no TLS":                        {over + "/", false},
		"an address that is not public": {"http://10.1.2.3/", false},
		"a connection that breaks":      {server.URL + "/", true},
		"a caller who leaves":           {server.URL + "/hang", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			permit := tt.url
			if name == "an address that is not public" {
				permit = server.URL
			}
			u := upstreams.New(upstreams.Config{Name: "shop", URL: permit, Timeout: time.Hour}, nil, nil)
			defer u.Close(context.WithoutCancel(t.Context()))
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			if tt.sent {
				go func() {
					<-arrived
					if tt.url == server.URL+"/hang" {
						leave()
					}
				}()
			}
			r := pay()
			r.URL, r.Body = tt.url, []byte(`{}`)
			_, err := u.Write(ctx, r)
			e, ok := errors.AsType[*upstreams.Error](err)
			want := upstreams.EffectNone
			if tt.sent {
				want = upstreams.EffectUnknown
			}
			if !ok || e.Sent != tt.sent || e.Effect != want {
				t.Errorf("%v, want sent %v", err, tt.sent)
			}
		})
	}
}
