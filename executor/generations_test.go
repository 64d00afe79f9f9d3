package executor

import (
	"context"
	"strings"
	"testing"

	"holdfast/cache"
)

// What an older schema made of an answer, and how it judged it, is not what a newer one
// serves, though the answer is still remembered.
func TestRememberedAnswersAreReadAnewByANewerSchema(t *testing.T) {
	t.Parallel()
	kept, err := cache.New(cache.Config{}, cache.NewMemory(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close(context.Background()) }()
	answers := map[string]string{
		"GET /x":       `{"id": 1, "k": "A", "n": null}`,
		"GET /below/1": `{"v": "by id"}`,
		"GET /below/A": `{"v": "by k"}`,
	}
	const refused, x = "x: s (Query.x): refused: CONTRACT: status 200: isSuccess is not true", `"s", http: {GET: "/x"}, selection: "id k n"`
	for _, generation := range []struct{ name, sdl, query, want string }{
		{
			"the first",
			`type Query { x: X @connect(source: ` + x + `) }
			type X { id: ID! k: K n: Int v: String @connect(source: "s", http: {GET: "/below/{$this.id}"}, selection: "$.v") } enum K { A }`,
			"{ x { id k n v } }", `{"x":{"id":"1","k":"A","n":null,"v":"by id"}} GET /below/1, GET /x`,
		},
		{
			"another key below",
			`type Query { x: X @connect(source: ` + x + `) }
			type X { id: ID! k: K n: Int v: String @connect(source: "s", http: {GET: "/below/{$this.k}"}, selection: "$.v") } enum K { A }`,
			"{ x { id k n v } }", `{"x":{"id":"1","k":"A","n":null,"v":"by k"}} GET /below/A`,
		},
		{
			"another type",
			`type Query { x: X @connect(source: ` + x + `) } type X { id: Int! k: String n: Int }`,
			"{ x { id k } }", `{"x":{"id":1,"k":"A"}} `,
		},
		{
			"another enum",
			`type Query { x: X @connect(source: ` + x + `) } type X { id: Int! k: K n: Int } enum K { B }`,
			"{ x { id k } }",
			`{"x":{"id":1,"k":null}}|x.k: s (Query.x): unusable answer: CONTRACT: X.k: the string that is there does not fit `,
		},
		{
			"another judgement",
			`type Query { x: X @connect(source: ` + x + `, isSuccess: "k->eq('Z')") } type X { id: Int! k: String n: Int }`,
			"{ x { id k } }", `{"x":null}|` + refused + " GET /x",
		},
		{
			"a judgement that lets it pass",
			`type Query { x: X @connect(source: ` + x + `, isSuccess: "k->eq('A')") } type X { id: Int! k: String n: Int }`,
			"{ x { id k } }", `{"x":{"id":1,"k":"A"}} `,
		},
		{
			"and the other one again",
			`type Query { x: X @connect(source: ` + x + `, isSuccess: "k->eq('Z')") } type X { id: Int! k: String n: Int }`,
			"{ x { id k } }", `{"x":null}|` + refused + " GET /x",
		},
	} {
		w := newGeneration(t, kept, `extend schema @source(name: "s", http: {baseURL: "https://s.test"}) @cache(source: "s", fresh: "1h") `+generation.sdl, answers)
		got := strings.ReplaceAll(w.do(generation.query, nil), "\n", "|") + " " + strings.Join(w.calls(), ", ")
		if got != generation.want {
			t.Errorf("%s: %s\nwant %s", generation.name, got, generation.want)
		}
		if strings.Contains(generation.want, refused) {
			continue // it is asked each time
		}
		want, _, _ := strings.Cut(generation.want, " GET")
		for range 3 { // by key, and then by shortcuts
			got := strings.ReplaceAll(w.do(generation.query, nil), "\n", "|")
			if got != strings.TrimSpace(want) {
				t.Errorf("%s, again: %s\nwant %s", generation.name, got, want)
			}
		}
	}
}
