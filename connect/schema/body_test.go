package schema_test

import (
	"testing"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

func TestReadsBody(t *testing.T) {
	tests := map[string]bool{
		"$(true)":                               false,
		"id: $args.id ok: $(true)":              false,
		"$({id: $args.id, a: [$status, null]})": false,
		"$args.input { id name }":               false,
		"ok: $status->eq(204)":                  false,
		"$args.list->map({id: @.id})":           false,
		"a: { b: $args.b }":                     false,
		"":                                      false,
		"id":                                    true,
		"$":                                     true,
		"$.id":                                  true,
		"id: @":                                 true,
		"a: { b }":                              true,
		"$({id: id})":                           true,
		"$([$.a])":                              true,
		"$args.list->map({id: $.id})":           true,
		"$args.id->echo(id)":                    true,
		"$(@ ?? 1)":                             true,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			con := &schema.Connector{Connector: call.Connector{Selection: mapping.MustParse(text)}}
			if got := con.ReadsBody(); got != want {
				t.Errorf("got %t", got)
			}
		})
	}
}
