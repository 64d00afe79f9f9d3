package call

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// changing opens a write that says what it changes: a template that begins with < is made of the reply.
func changing(t *testing.T, templates ...string) *Opened {
	t.Helper()
	c := &Connector{ID: "Mutation.x", Method: http.MethodPost, URL: mapping.MustTemplate("/a"), Writes: true, Invalidates: []Changed{}}
	for _, text := range templates {
		text, reply := strings.CutPrefix(text, "<")
		c.Invalidates = append(c.Invalidates, Changed{mapping.MustTemplate(text), reply, []string{"shop", "stock"}})
	}
	return open(t, Source{}, http.DefaultTransport, Settings{Config: map[string]any{"site": "s"}}).Connect(c)
}

func TestWhatAWriteChanges(t *testing.T) {
	numbers := func(n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = strconv.Itoa(i)
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	var hundred []string
	for i := range 128 {
		hundred = append(hundred, fmt.Sprint("Order:", i))
	}
	const none, unknown, applied = upstreams.EffectNone, upstreams.EffectUnknown, upstreams.EffectApplied
	tests := map[string]struct {
		says   []string
		args   string
		reply  string // "": none that is good
		effect upstreams.Effect
		before string // with blanks between them
		after  string
	}{
		"what arguments say, before and after":       {says: []string{"Order:{$args.id}"}, args: `{"id":5}`, reply: `{}`, effect: applied, before: "Order:5", after: "Order:5"},
		"also where it was not made":                 {says: []string{"Order:{$args.id}"}, args: `{"id":5}`, effect: none, before: "Order:5", after: "Order:5"},
		"and where nobody knows":                     {says: []string{"Order:{$args.id}"}, args: `{"id":5}`, effect: unknown, before: "Order:5", after: "Order:5"},
		"settings, and what is always so":            {says: []string{"site:{$config.site}", "orders"}, reply: `{}`, effect: applied, before: "site:s orders", after: "site:s orders"},
		"what the reply says, after it":              {says: []string{"<Order:{$.order.id}"}, reply: `{"order":{"id":7}}`, effect: applied, after: "Order:7"},
		"a list in it":                               {says: []string{"<Order:{$.id}"}, reply: `{"id":[7,8,null,9]}`, effect: applied, after: "Order:7 Order:8 Order:9"},
		"both":                                       {says: []string{"Order:{$args.id}", "<Bill:{$.bill}"}, args: `{"id":5}`, reply: `{"bill":1}`, effect: applied, before: "Order:5", after: "Order:5 Bill:1"},
		"a status and a header of it":                {says: []string{"<s:{$status}", "<h:{$response.headers.'x-of'->first}"}, reply: `{}`, effect: applied, after: "s:200 h:1"},
		"without a reply all that may have the tag":  {says: []string{"<Order:{$.id}"}, effect: unknown, after: "source:shop source:stock"},
		"also if it was made and cannot be read":     {says: []string{"<Order:{$.id}"}, effect: applied, after: "source:shop source:stock"},
		"nothing if it was not made":                 {says: []string{"<Order:{$.id}"}, effect: none},
		"beside what arguments say":                  {says: []string{"Order:{$args.id}", "<Bill:{$.id}"}, args: `{"id":5}`, effect: unknown, before: "Order:5", after: "Order:5 source:shop source:stock"},
		"the source if no tag has a value":           {says: []string{"Order:{$args.id}", "<Order:{$.id}"}, args: `{"id":null}`, reply: `{"id":""}`, effect: applied, after: "source:shop"},
		"also if nobody knows":                       {says: []string{"Order:{$args.id}"}, args: `{}`, effect: unknown, after: "source:shop"},
		"not if it was not made":                     {says: []string{"Order:{$args.id}"}, args: `{}`, effect: none},
		"nothing where it says that nothing is":      {reply: `{}`, effect: applied},
		"one of two tags is enough":                  {says: []string{"Order:{$args.id}", "orders"}, args: `{}`, reply: `{}`, effect: applied, before: "orders", after: "orders"},
		"all that may have it where it is an object": {says: []string{"Order:{$args.id}"}, args: `{"id":{"a":1}}`, reply: `{}`, effect: applied, before: "source:shop source:stock", after: "source:shop source:stock"},
		"where a method fails":                       {says: []string{"<Order:{$.id->parseInt}"}, reply: `{"id":"soon"}`, effect: applied, after: "source:shop source:stock"},
		"128 of them":                                {says: []string{"Order:{$args.id}"}, args: `{"id":` + numbers(128) + `}`, reply: `{}`, effect: applied, before: strings.Join(hundred, " "), after: strings.Join(hundred, " ")},
		"all that may have it where there are more":  {says: []string{"Order:{$args.id}"}, args: `{"id":` + numbers(129) + `}`, reply: `{}`, effect: applied, before: "source:shop source:stock", after: "source:shop source:stock"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o, in := changing(t, test.says...), &Inputs{}
			if test.args != "" {
				in.Args = valueOf(t, test.args)
			}
			req, err := o.Ask(in)
			if err != nil {
				t.Fatal(err)
			}
			c, ok := req.Changes.(*Changes)
			if !ok {
				t.Fatalf("%T", req.Changes)
			}
			if diff := cmp.Diff(strings.Fields(test.before), append([]string{}, c.Before()...)); diff != "" {
				t.Errorf("before: %s", diff)
			}
			if test.reply != "" {
				reply := upstreams.Reply{Status: 200, Header: http.Header{"X-Of": {"1"}}, Body: []byte(test.reply)}
				body, vars, err := o.Judge(in, reply)
				if err != nil {
					t.Fatal(err)
				}
				c.Heard(body, vars)
			}
			if diff := cmp.Diff(strings.Fields(test.after), append([]string{}, c.After(test.effect)...)); diff != "" {
				t.Errorf("after: %s", diff)
			}
			if diff := cmp.Diff(strings.Fields(test.after), append([]string{}, c.Said()...)); diff != "" {
				t.Errorf("said: %s", diff)
			}
		})
	}
}

func TestWhoSaysNothingOfChanges(t *testing.T) {
	for name, change := range map[string]func(*Connector){
		"a write without a word": func(c *Connector) { c.Invalidates = nil },
		"a read":                 func(c *Connector) { c.Writes = false },
	} {
		o := changing(t, "Order:1")
		change(o.Connector)
		req, err := o.Ask(&Inputs{})
		if err != nil || req.Changes != nil {
			t.Errorf("%s: %v, %v", name, req.Changes, err)
		}
	}
	var nobody *Changes
	nobody.Heard(mapping.NullValue(), nil)
}
