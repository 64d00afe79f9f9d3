package mapping_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"holdfast/connect/mapping"
)

func ExampleParse() {
	data, _, err := mapping.ParseJSON([]byte(`{"id": 7, "billing": {"city": "Bern"}, "lines": [{"sku": "A", "qty": 2}]}`), mapping.JSONLimits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	order, err := mapping.Parse(`
		id
		city: billing.city
		items: lines { sku quantity: qty }
	`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(order.Apply(data, nil).Value)
	// Output: {"id":7,"city":"Bern","items":[{"sku":"A","quantity":2}]}
}

func ExampleMapping_Apply() {
	status := mapping.MustParse(`$.state->match(["open", "OPEN"], ["done", "CLOSED"])`)
	for _, state := range []string{"open", "lost"} {
		data := mapping.ObjectValue(mapping.Member{Key: "state", Value: mapping.StringValue(state)})
		got := status.Apply(data, nil)
		fmt.Printf("%s gives a %s value: %s.\n", state, got.Value.Kind(), got.Value)
		for _, p := range got.Problems {
			fmt.Println("problem:", p)
		}
	}
	// Output:
	// open gives a string value: "OPEN".
	// lost gives a missing value: .
	// problem: METHOD_FAILED at state->match: ->match: no pair matches
}

// A problem says what it is, where in the data, and where in the mapping; what can be had is there nevertheless.
func ExampleProblem() {
	data, _, err := mapping.ParseJSON([]byte(`{"lines": [{"sku": "A"}, {}], "note": "7 days"}`), mapping.JSONLimits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := mapping.MustParse(`skus: lines.sku days: note->parseInt by: $args.user`)
	got := m.Apply(data, mapping.Vars{"$args": mapping.ObjectValue()})
	fmt.Println(got.Value)
	for _, p := range got.Problems {
		fmt.Printf("%s %v %q: %s\n", p.Code, p.Path, m.Source[p.Start:p.End], p.Message)
	}
	// Output:
	// {"skus":["A",null]}
	// MISSING_KEY [lines 1 sku] "sku": there is no such key
	// METHOD_FAILED [note ->parseInt] "parseInt": ->parseInt: not an integer of 64 bits
	// MISSING_KEY [$args user] "user": there is no such key
}

// Numbers pass as they were written; only arithmetic makes new ones, and that is exact for decimals.
func ExampleParseJSON() {
	data, _, err := mapping.ParseJSON([]byte(`{"id": 12345678901234567890, "price": 19.90, "z": 1, "a": 2}`), mapping.JSONLimits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	got := mapping.MustParse(`id text: id->toString price three: price->mul(3) z a`).Apply(data, nil)
	text, err := json.Marshal(got.Value)
	fmt.Println(string(text), err)
	// Output: {"id":12345678901234567890,"text":"12345678901234567890","price":19.90,"three":59.70,"z":1,"a":2} <nil>
}

func ExampleFromAny() {
	args, err := mapping.FromAny(map[string]any{"ids": []int64{1, 2}, "since": time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), "limit": nil})
	fmt.Println(args, err)
	// Output: {"ids":[1,2],"limit":null,"since":"2024-02-29T00:00:00Z"} <nil>
}

func ExampleTemplate() {
	url := mapping.MustTemplate(`/orders/{$args.id}}?expand={$args.expand}`)
	for _, at := range url.Stray {
		fmt.Printf("the %q at %d closes nothing\n", url.Source[at.Start:at.End], at.Start)
	}
	for _, part := range url.Parts {
		fmt.Printf("%q %v\n", part.Text, part.Mapping != nil)
	}
	// Output:
	// the "}" at 18 closes nothing
	// "/orders/" false
	// "" true
	// "}?expand=" false
	// "" true
}

// Who checks a mapping refuses an escape that the language does not have; who only evaluates it may go on.
func ExampleParse_unknownEscape() {
	m, err := mapping.Parse(`$("100\% cotton")`)
	fmt.Println(err)
	fmt.Println(m.Apply(mapping.NullValue(), nil).Value)
	// Output:
	// offset 6: unknown escape (the escapes are \n \\ \' and \"; other characters stand as they are)
	// "100% cotton"
}

func ExampleParseTemplate() {
	url, err := mapping.ParseTemplate(`/orders/{$args.id}?state={$($args.state ?? "open")}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	args := mapping.ObjectValue(mapping.Member{Key: "id", Value: mapping.IntValue(7)})
	var text strings.Builder
	for _, part := range url.Parts {
		text.WriteString(part.Text)
		if part.Mapping != nil {
			got := part.Mapping.Apply(mapping.NullValue(), mapping.Vars{"$args": args})
			s, _ := mapping.Text(got.Value) // in a URL it would be escaped here
			text.WriteString(s)
		}
	}
	fmt.Println(text.String())
	// Output: /orders/7?state=open
}

func ExampleSyntaxError() {
	_, err := mapping.Parse(`name ?? "none"`)
	fmt.Println(err)
	// Output: offset 5: unexpected "??", want a key, $, @ or a variable (an operator stands inside $( … ) or the arguments of a method)
}

func ExampleWalk() {
	m := mapping.MustParse(`id: $args.id name: $this.first->joinNotNull($config.separator)`)
	mapping.Walk(m.Root, func(n mapping.Node) bool {
		if p, ok := n.(*mapping.Path); ok && p.Start.Kind == mapping.StartVar {
			fmt.Println(p)
		}
		return true
	})
	// Output:
	// $args.id
	// $this.first->joinNotNull($config.separator)
	// $config.separator
}
