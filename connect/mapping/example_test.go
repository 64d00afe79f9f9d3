package mapping_test

import (
	"fmt"
	"strings"

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
			fmt.Println("problem:", p.Path, p.Message)
		}
	}
	// Output:
	// open gives a string value: "OPEN".
	// lost gives a missing value: .
	// problem: [state ->match] ->match: no pair matches
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
