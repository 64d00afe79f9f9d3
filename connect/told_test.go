package connect

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

func mapNamed(at At, in Value) *person {
	if !at.IsObject(in) {
		return nil
	}
	p := &person{}
	f := at.Object("Person", &p.ItemFaults)
	p.Name = Need(f, "name", f.Eval("name", mapping.MustParse("$.list.name->first"), in), String)
	Want(f, "short", f.Eval("short", mapping.MustParse("$(nick ?? nam)"), in), String)
	return p
}

// Whatever is wrong with an answer, its problems name places, keys and kinds.
func TestProblemsOfMappings(t *testing.T) {
	const good = `"id":"1","quantity":2,"customer":{"name":"Ada"},"lines":[{"n":1}],"note":"n","colour":"RED","tags":["a"],"marks":["m"],"grid":[]`
	order := func(m *Mapper, in Value) { WantObject(m.Answer(), "", in, mapOrder) }
	orders := func(m *Mapper, in Value) { NeedList(m.Answer(), "", in.Key("items"), NonNullObject(mapOrder)) }
	named := func(m *Mapper, in Value) { WantObject(m.Answer(), "", in, mapNamed) }
	without := func(key, value string) string {
		for _, member := range []string{`"id":"1"`, `"quantity":2`, `"customer":{"name":"Ada"}`, `"note":"n"`, `"colour":"RED"`} {
			if strings.HasPrefix(member, `"`+key+`"`) {
				return "{" + strings.Replace(good, member+",", value, 1) + "}"
			}
		}
		panic(key)
	}
	tests := map[string]struct {
		mapped func(*Mapper, Value)
		answer string
		want   []string // FIELD KIND message ×count
	}{
		"a good one has none":            {order, "{" + good + "}", nil},
		"a key that is not there":        {order, without("quantity", ""), []string{"Order.quantity MISSING_KEY quantity: there is no such key in the object"}},
		"where null may be too":          {order, without("note", ""), []string{"Order.note MISSING_KEY note: there is no such key in the object"}},
		"but a null there is none":       {order, without("note", `"note":null,`), nil},
		"null where a value must be":     {order, without("quantity", `"quantity":null,`), []string{"Order.quantity NULL null, where a value must be"}},
		"a value of another kind":        {order, without("quantity", `"quantity":"CANARY",`), []string{"Order.quantity MISFIT the string that is there does not fit"}},
		"an unknown value of an enum":    {order, without("colour", `"colour":"CANARY",`), []string{"Order.colour MISFIT the string that is there does not fit"}},
		"a list for an object":           {order, without("customer", `"customer":["CANARY"],`), []string{"Order.customer MISFIT the array that is there does not fit"}},
		"what is in an object":           {order, without("customer", `"customer":{"nam":"CANARY"},`), []string{"Person.name MISSING_KEY name: there is no such key in the object"}},
		"what is in each item, together": {orders, `{"items":[` + without("quantity", "") + "," + without("quantity", "") + `]}`, []string{"Order.quantity MISSING_KEY quantity: there is no such key in the object ×2"}},
		"the answer itself":              {orders, `{"CANARY":[]}`, []string{"Query.order MISSING_KEY items: there is no such key in the object"}},
		"a key of what is no object":     {orders, `"CANARY"`, []string{"Query.order MISSING_KEY items: a key of string, which is no object"}},
		"the way of an expression": {named, `{"list":[{"nam":"CANARY"},{"nam":"CANARY"}],"nick":"x"}`, []string{
			"Person.name MISSING_KEY list.*.name: there is no such key ×2",
		}},
		"a method that cannot work": {named, `{"list":{"name":5},"nick":"x"}`, []string{"Person.name METHOD_FAILED list.name->first: ->first: cannot work with number"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := &Mapper{source: "shop", connector: "Query.order"}
			test.mapped(m, valueOf(t, test.answer))
			var got []string
			for _, p := range m.problems() {
				text := p.Field + " " + p.Kind + " " + p.Message
				if p.Count > 1 {
					text += " ×" + string(rune('0'+p.Count))
				}
				got = append(got, text)
				if p.Source != "shop" || p.Connector != "Query.order" {
					t.Errorf("of whom? %+v", p)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if text := strings.Join(got, m.first); strings.Contains(text, "CANARY") {
				t.Errorf("a value is told: %s", text)
			}
			if m.faults > 0 && m.first == "" {
				t.Error("the first fault says nothing")
			}
		})
	}
}

// The error of a place, or of an answer, says why; a report gets the problems in
// either case, where it wants them.
func TestErrorsOfMappingsSayWhy(t *testing.T) {
	c := &Connector[*order]{
		Call: Call{ID: "Query.order", Nullable: true},
		Map:  func(m *Mapper, in Value) *order { return WantObject(m.Answer(), "", in, mapOrder) },
	}
	tests := map[string]struct{ answer, cause string }{
		"one field": {`{"id":"1","customer":{"name":"Ada"},"lines":[]}`, "Order.quantity: quantity: there is no such key in the object"},
		"all of it": {`[1]`, "nothing fits the declared type, first at Query.order: the array that is there does not fit"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := open(t, Source{}, nil, Settings{})
			value, err := accept(a.Opened(&c.Call), c, &call.Inputs{})(reply(200, "application/json", test.answer))
			var answer *answerOf
			if err == nil {
				answer = &answerOf{&upstreams.Answer{Value: value}, a, &c.Call}
			}
			report := upstreams.NewTrace()
			ctx := upstreams.WithReport(context.WithValue(t.Context(), stateKey{}, newState()), report)
			if err == nil {
				err = misfit(value.(*mapped[*order]).value.FaultsOf("quantity")[0]) //nolint:errcheck // it is one
			}
			e, ok := errors.AsType[*upstreams.Error](err)
			if !ok || e.Kind != upstreams.Contract || e.Err == nil || e.Err.Error() != test.cause {
				t.Errorf("cause %v, want %s", e.Err, test.cause)
			}
			if answer != nil {
				err = nil
			}
			_, _ = take[*order](ctx, ast.Path{ast.PathName("order")}, answer, err)
			if len(report.Problems()) == 0 {
				t.Error("the report has no problems")
			}
		})
	}
}
