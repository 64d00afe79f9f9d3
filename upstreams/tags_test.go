package upstreams_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// dependent is a value that depends on what its texts name.
type dependent []string

func (d dependent) Tags() []cache.Tag {
	tags := make([]cache.Tag, len(d))
	for i, text := range d {
		tags[i] = cache.TagOf(text)
	}
	slices.Sort(tags)
	return tags
}

func (d dependent) TagNames(...string) []string { return d }

// depends is an Accept that takes a list of texts.
func depends(r upstreams.Reply) (any, error) {
	if err := r.Err(); err != nil {
		return nil, err
	}
	var d dependent
	return d, json.Unmarshal(r.Body, &d)
}

// list is a read whose value depends on what the answer names.
func list() *upstreams.Request {
	r := order()
	r.Slot, r.Accept = "list", depends
	return r
}

func TestABumpConcernsWhatDependsOnIt(t *testing.T) {
	tests := map[string]struct {
		bump   []string
		forget bool
		as     func(*upstreams.Request)
		state  upstreams.State // while the source is out; "": an error
	}{
		"of something in the answer":                  {bump: []string{"Order:1"}, state: upstreams.StateStandingIn},
		"of something else":                           {bump: []string{"Order:2"}, state: upstreams.StateFresh},
		"of the source":                               {bump: []string{"source:shop"}, state: upstreams.StateStandingIn},
		"of another source":                           {bump: []string{"source:pay"}, state: upstreams.StateFresh},
		"of the connector":                            {bump: []string{"connector:Query.order"}, state: upstreams.StateStandingIn},
		"of another connector":                        {bump: []string{"connector:Query.orders"}, state: upstreams.StateFresh},
		"of something in it, which is refreshed":      {bump: []string{"Order:1"}, as: func(r *upstreams.Request) { r.Policy.Refresh = new(time.Hour) }, state: upstreams.StateStandingIn},
		"that forgets something in the answer":        {bump: []string{"Order:1"}, forget: true},
		"that forgets something else":                 {bump: []string{"Order:2"}, forget: true, state: upstreams.StateFresh},
		"that forgets all of the source":              {bump: []string{"source:shop"}, forget: true},
		"of what another connector makes of it":       {bump: []string{"order 1 too"}, as: also, state: upstreams.StateStandingIn},
		"that forgets what another makes of it":       {bump: []string{"order 1 too"}, forget: true, as: also},
		"of the other connector":                      {bump: []string{"connector:Query.also"}, as: also, state: upstreams.StateStandingIn},
		"of what the first connector makes of it":     {bump: []string{"Order:1"}, as: also, state: upstreams.StateStandingIn},
		"of something, and forgets something else":    {bump: []string{"Order:1", "Order:2"}, state: upstreams.StateStandingIn},
		"after which nothing is to stand in":          {bump: []string{"Order:1"}, as: func(r *upstreams.Request) { r.NoStandIns = true }},
		"of something else where nothing stands in":   {bump: []string{"Order:2"}, as: func(r *upstreams.Request) { r.NoStandIns = true }, state: upstreams.StateFresh},
		"of two things of which one is in the answer": {bump: []string{"Order:7", "Order:1"}, state: upstreams.StateStandingIn},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `["Order:1"]`)))
				ask := func(as func(*upstreams.Request)) (*upstreams.Answer, error) {
					r := list()
					if as != nil {
						as(r)
					}
					if a, ok := s.Held(t.Context(), r); ok {
						return a, nil
					}
					return s.Read(t.Context(), r)
				}
				for _, as := range []func(*upstreams.Request){nil, tt.as} {
					if _, err := ask(as); err != nil {
						t.Fatal(err)
					}
				}
				s.api.Now(upstreamtest.Answer(503, ""))
				bump := s.cache.Epochs.Bump
				if tt.forget {
					bump = s.cache.Epochs.Forget
				}
				tags := cache.BumpOf(tt.bump...)
				if _, err := bump(t.Context(), tags...); err != nil {
					t.Fatal(err)
				}
				got, err := ask(tt.as)
				if tt.state == "" && err == nil || tt.state != "" && (err != nil || got.State != tt.state) {
					t.Errorf("got %+v, %v; want %q", got, err, tt.state)
				}
			})
		})
	}
}

// also is another connector that asks the same and makes something else of it.
func also(r *upstreams.Request) {
	r.Connector, r.Slot = "Query.also", "also"
	r.Accept = func(reply upstreams.Reply) (any, error) {
		if err := reply.Err(); err != nil {
			return nil, err
		}
		return dependent{"order 1 too"}, nil
	}
}

func TestOfABatchABumpConcernsTheItemsThatDependOnIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(warehouse(t, nil)))
		b := orders("001", "002")
		b.Accept = func(r upstreams.Reply) (any, error) {
			v, err := number(r)
			return dependent{fmt.Sprint("Order:", v)}, err
		}
		read := func() (states []upstreams.State) {
			for _, item := range s.ReadBatch(t.Context(), b) {
				if item.Err != nil {
					states = append(states, "")
				} else {
					states = append(states, item.State)
				}
			}
			return states
		}
		read()
		s.api.Now(upstreamtest.Answer(503, ""))
		_, _ = s.cache.Bump(t.Context(), cache.TagOf("Order:10"))
		check(t, "after a bump", fmt.Sprint([]upstreams.State{upstreams.StateStandingIn, upstreams.StateFresh}), fmt.Sprint(read()))
		_, _ = s.cache.Forget(t.Context(), cache.TagOf("Order:10"))
		check(t, "after it was forgotten", fmt.Sprint([]upstreams.State{"", upstreams.StateFresh}), fmt.Sprint(read()))
	})
}

// A 304 says that the answer is as it was: so is what it depends on.
func TestWhatIsConfirmedDependsOnWhatItDid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tag := []string{"Etag", `"1"`}
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `["Order:1"]`, tag...)))
		if _, err := s.Read(t.Context(), list()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		s.api.Now(upstreamtest.Answer(304, "", tag...))
		if a, err := s.Read(t.Context(), list()); err != nil || a.Cache != "revalidated" {
			t.Fatalf("got %+v, %v", a, err)
		}
		_, _ = s.cache.Forget(t.Context(), cache.TagOf("Order:1"))
		s.api.Now(upstreamtest.Answer(200, `[]`))
		if a, err := s.Read(t.Context(), list()); err != nil || a.Cache != "miss" {
			t.Fatalf("got %+v, %v", a, err)
		}
		log := s.api.Log()
		check(t, "the condition after it was forgotten", "", log[len(log)-1].Header.Get("If-None-Match"))
	})
}

// Who comes after a bump joins the call that left before, which may have nothing to do with it. If it has, he asks.
func TestNobodyIsToldByACallThatLeftBeforeABump(t *testing.T) {
	for name, tt := range map[string]struct {
		bump  string
		calls int
		late  string // what who came later got
	}{
		"of something in the answer": {bump: "Order:1", calls: 2, late: "[Order:1 new]"},
		"of something else":          {bump: "Order:2", calls: 1, late: "[Order:1]"},
	} {
		for _, forget := range []bool{false, true} {
			t.Run(fmt.Sprint(name, forget), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := open(t, upstreams.Config{}, upstreamtest.Play(
						upstreamtest.After(time.Second, upstreamtest.Answer(200, `["Order:1"]`)),
						upstreamtest.Answer(200, `["Order:1","new"]`)))
					var got [2]string
					ask := func(i int) {
						a, err := s.Read(t.Context(), list())
						if err != nil {
							t.Error(err)
							return
						}
						got[i] = fmt.Sprint(a.Value)
					}
					go ask(0)
					time.Sleep(time.Millisecond)
					bump := s.cache.Epochs.Bump
					if forget {
						bump = s.cache.Epochs.Forget
					}
					_, _ = bump(t.Context(), cache.TagOf(tt.bump))
					go ask(1)
					time.Sleep(time.Hour)
					synctest.Wait()
					check(t, "who came before", "[Order:1]", got[0])
					check(t, "who came after", tt.late, got[1])
					check(t, "calls", tt.calls, s.api.Calls())
				})
			})
		}
	}
}

func TestOfABatchNobodyIsToldByACallThatLeftBeforeABump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.After(time.Second, warehouse(t, nil)), warehouse(t, nil)))
		b := orders("001", "002")
		b.Accept = func(r upstreams.Reply) (any, error) {
			v, err := number(r)
			return dependent{fmt.Sprint("Order:", v)}, err
		}
		ask := func() {
			for _, item := range s.ReadBatch(t.Context(), b) {
				if item.Err != nil {
					t.Error(item.Err)
				}
			}
		}
		go ask()
		time.Sleep(time.Millisecond)
		_, _ = s.cache.Forget(t.Context(), cache.TagOf("Order:10"))
		go ask()
		time.Sleep(time.Hour)
		check(t, "asked for", []string{"001,002", "001"}, asked(t, s))
	})
}
