package upstreams_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// sized is a value of a shape that the answer says.
type sized struct{ Items, Fields *int }

func (s sized) Shape() upstreams.Shape {
	shape := upstreams.Shape{Items: -1, Fields: -1}
	if s.Items != nil {
		shape.Items = *s.Items
	}
	if s.Fields != nil {
		shape.Fields = *s.Fields
	}
	return shape
}

func (sized) Tags() []cache.Tag { return []cache.Tag{cache.TagOf("Order:1")} }

func (s sized) String() string { return fmt.Sprint(s.Shape()) }

func sizes(r upstreams.Reply) (any, error) {
	if r.NotThere() {
		return sized{}, nil
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	var s sized
	return s, json.Unmarshal(r.Body, &s)
}

func catalogue() *upstreams.Request {
	r := order()
	r.Slot, r.Accept = "catalogue", sizes
	return r
}

const (
	items12, items9, none = `{"items":12}`, `{"items":9}`, `{"items":0}`
	fields20              = `{"fields":20}`
)

func TestWhatIsDoubted(t *testing.T) {
	tests := map[string]struct {
		was, is upstreamtest.Step
		as      func(*upstreams.Request)
		before  func(*testing.T, source) // the second answer
		off     bool
		doubted bool
	}{
		"a list of ten or more that is empty":            {was: sized200(items12), is: sized200(none), doubted: true},
		"a list of ten or more that is null":             {was: sized200(items12), is: sized200(`{}`), doubted: true},
		"a list of less that is empty":                   {was: sized200(items9), is: sized200(none)},
		"a list that is shorter":                         {was: sized200(items12), is: sized200(`{"items":1}`)},
		"an object with less than a fifth of its fields": {was: sized200(fields20), is: sized200(`{"fields":3}`), doubted: true},
		"an object with a fifth of its fields":           {was: sized200(fields20), is: sized200(`{"fields":4}`)},
		"an object with none of its five fields":         {was: sized200(`{"fields":5}`), is: sized200(`{"fields":0}`), doubted: true},
		"a small object with none of its fields":         {was: sized200(`{"fields":4}`), is: sized200(`{"fields":0}`)},
		"an object that is null":                         {was: sized200(fields20), is: sized200(`{}`)},
		"a list that is not there any more":              {was: sized200(items12), is: upstreamtest.Answer(404, "")},
		"an object that is not there any more":           {was: sized200(fields20), is: upstreamtest.Answer(410, "")},
		"a list that was not there":                      {was: upstreamtest.Answer(404, ""), is: sized200(none)},
		"where that is switched off":                     {was: sized200(items12), is: sized200(none), off: true},
		"who asks for something else":                    {was: sized200(items12), is: sized200(none), as: func(r *upstreams.Request) { r.URL += "?after=12" }},
		"who makes something else of it":                 {was: sized200(items12), is: sized200(none), as: func(r *upstreams.Request) { r.Slot = "other" }, doubted: true},
		"who wants no old answer":                        {was: sized200(items12), is: sized200(none), as: func(r *upstreams.Request) { r.NoStandIns = true }},
		"where the one before is too old to stand in":    {was: sized200(items12), is: sized200(none), as: func(r *upstreams.Request) { r.Policy.Stale = new(time.Minute) }},
		"after a bump of what it depends on":             {was: sized200(items12), is: sized200(none), before: bumped("Order:1")},
		"after a bump of something else":                 {was: sized200(items12), is: sized200(none), before: bumped("Order:2"), doubted: true},
		"after a write":                                  {was: sized200(items12), is: sized200(none), before: func(t *testing.T, s source) { t.Helper(); wrote(t, s) }},
		"who wants what was asked for after something":   {was: sized200(items12), is: sized200(none), as: func(r *upstreams.Request) { r.NotBefore = cache.AsOf{Process: 1, Number: 1} }},
		"after it was forgotten, which nobody remembers": {was: sized200(items12), is: sized200(none), before: func(t *testing.T, s source) { t.Helper(); _, _ = s.cache.Forget(t.Context(), cache.TagOf("Order:1")) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(tt.was), upstreams.WithShrink(!tt.off))
				if _, err := s.Read(t.Context(), catalogue()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				if tt.before != nil {
					tt.before(t, s)
				}
				s.api.Now(tt.is)
				r := catalogue()
				if tt.as != nil {
					tt.as(r)
				}
				a, err := s.Read(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				if doubted := a.State == upstreams.StateRefreshing && a.Reason == upstreams.ReasonShrunk; doubted != tt.doubted {
					t.Errorf("got %+v, want it doubted: %v", a, tt.doubted)
				}
				if !tt.doubted && a.State != upstreams.StateFresh {
					t.Errorf("got %+v, want it fresh", a)
				}
			})
		})
	}
}

func sized200(text string) upstreamtest.Step { return upstreamtest.Answer(200, text) }

func bumped(text string) func(*testing.T, source) {
	return func(t *testing.T, s source) {
		t.Helper()
		_, _ = s.cache.Bump(t.Context(), cache.BumpOf(text)...)
	}
}

func wrote(t *testing.T, s source) {
	t.Helper()
	s.api.Now(sized200(`{}`))
	if _, err := s.Write(t.Context(), &upstreams.Request{Method: "POST", URL: "https://shop.test/pay"}); err != nil {
		t.Fatal(err)
	}
}

// What is doubted is asked for once more by itself; what the second answer says is so.
func TestTheSecondAnswerIsBelieved(t *testing.T) {
	for name, tt := range map[string]struct {
		second upstreamtest.Step
		want   string // a moment later
		calls  int
	}{
		"that says the same":          {sized200(none), "{0 -1} FRESH ", 2},
		"that has all again":          {sized200(`{"items":13}`), "{13 -1} FRESH ", 2},
		"and none while it is out":    {upstreamtest.Answer(404, "{}"), "{-1 -1} FRESH ", 2},
		"that is an outage, is later": {upstreamtest.Answer(401, ""), "{12 -1} REFRESHING SHRUNK", 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(sized200(items12)), upstreams.WithShrink(true))
				read := func() string {
					a, err := s.Read(t.Context(), catalogue())
					if err != nil {
						return err.Error()
					}
					return fmt.Sprint(a.Value, " ", a.State, " ", a.Reason)
				}
				read()
				time.Sleep(time.Hour)
				s.api.Now(sized200(none))
				check(t, "at first", "{12 -1} REFRESHING SHRUNK", read())
				s.api.Now(tt.second)
				for range 4 {
					time.Sleep(time.Second)
					check(t, "while it is doubted", "{12 -1} REFRESHING SHRUNK", read())
					if a, ok := s.Held(t.Context(), catalogue()); !ok || a.Reason != upstreams.ReasonShrunk {
						t.Errorf("held: %+v", a)
					}
				}
				check(t, "calls meanwhile", 1, s.api.Calls()-1)
				time.Sleep(3 * time.Second)
				check(t, "a moment later", tt.want, read())
				check(t, "calls", tt.calls, s.api.Calls()-1)
				check(t, "counted", uint64(1), s.Status().Connectors["Query.order"].Shrunk)
			})
		})
	}
}

// Answers that have all lost as much, in turn in one way and another, are believed the third time.
func TestTheThirdAnswerIsBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(sized200(fields20)), upstreams.WithShrink(true))
		_, _ = s.Read(t.Context(), catalogue())
		time.Sleep(time.Hour)
		for n, want := range []string{"{-1 20} SHRUNK", "{-1 20} SHRUNK", "{-1 1} "} {
			s.api.Now(sized200(fmt.Sprintf(`{"fields":%d}`, n%2+1)))
			time.Sleep(7 * time.Second)
			a, err := s.Read(t.Context(), catalogue())
			if err != nil {
				t.Fatal(err)
			}
			check(t, fmt.Sprint("answer ", n+1), want, fmt.Sprint(a.Value, " ", a.Reason))
		}
	})
}

// Nobody asks twice at once, and what is doubted for long is asked for by who wants it.
func TestWhatIsDoubtedIsNotServedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(sized200(items12)), upstreams.WithShrink(true))
		_, _ = s.Read(t.Context(), catalogue())
		time.Sleep(time.Hour)
		s.api.Now(sized200(none))
		_, _ = s.Read(t.Context(), catalogue())
		s.api.Now(upstreamtest.Answer(503, ""))
		time.Sleep(time.Minute)
		a, err := s.Read(t.Context(), catalogue())
		if err != nil || a.State != upstreams.StateStandingIn || a.Reason != upstreams.ReasonStatus {
			t.Errorf("in an outage: %+v, %v", a, err)
		}
		s.api.Now(sized200(none))
		if a, err = s.Read(t.Context(), catalogue()); err != nil || a.State != upstreams.StateFresh {
			t.Errorf("after it: %+v, %v", a, err)
		}
	})
}

func TestOfABatchItemsAreDoubtedForThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(warehouse(t, map[string]string{"001": fields20, "002": fields20, "003": fields20})), upstreams.WithShrink(true))
		b := orders("001", "002", "003")
		b.Accept = sizes
		read := func() string { return strings.Join(told(s.ReadBatch(t.Context(), b)), ", ") }
		read()
		time.Sleep(time.Hour)
		s.api.Now(warehouse(t, map[string]string{"001": fields20, "002": `{"fields":1}`, "003": ""}))
		check(t, "at first", "{-1 20} FRESH miss, {-1 20} REFRESHING SHRUNK stale, {-1 -1} FRESH miss", read())
		time.Sleep(10 * time.Second)
		check(t, "later", "{-1 20} FRESH hit, {-1 1} FRESH hit, {-1 -1} FRESH hit", read())
		check(t, "asked for", []string{"001,002,003", "001,002,003", "002"}, asked(t, s))
	})
}
