package scalar_test

import (
	"fmt"

	"holdfast/connect/mapping"
	"holdfast/graph/scalar"
)

func ExampleMoney() {
	answer, _, err := mapping.ParseJSON([]byte(`{"total":"12.5","currency":"eur"}`), mapping.JSONLimits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	money := mapping.MustParse(`amount: total currency`).Apply(answer, nil).Value

	var m scalar.Money
	if err := m.UnmarshalConnect(money); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Amount(), m.AmountMinor, m.Currency)
	// Output: 12.50 1250 EUR
}

func ExampleDateTime() {
	for _, v := range []mapping.Value{
		mapping.StringValue("2024-02-29T12:00:00+01:00"),
		mapping.StringValue("2024-02-29T11:00:00"), // no zone is UTC
		mapping.IntValue(1709204400),               // seconds
	} {
		var d scalar.DateTime
		if err := d.UnmarshalConnect(v); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(d)
	}
	// Output:
	// 2024-02-29T11:00:00Z
	// 2024-02-29T11:00:00Z
	// 2024-02-29T11:00:00Z
}

func ExampleParseDecimal() {
	d, err := scalar.ParseDecimal("12.50")
	fmt.Println(d, err)
	_, err = scalar.ParseDecimal("12,50")
	fmt.Println(err)
	// Output:
	// 12.50 <nil>
	// Decimal: not a decimal number
}
