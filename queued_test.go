package main

import (
	"io"
	"os"
	"strings"
	"testing"
)

// queuedSDL keeps a write of the source shop.
const queuedSDL = `extend schema @source(name: "shop", http: {baseURL: "https://shop.example.com"})
type Query { n: Int @connect(source: "shop", http: {GET: "/n"}, selection: "$.n") }
type Mutation {
  note(text: String!): Noted @queue @connect(source: "shop", http: {POST: "/notes", body: "text: $args.text"}, selection: "id")
}
type Noted { id: ID write: Write }
`

func TestWhatIsKeptIsNotSentAsTheCaller(t *testing.T) {
	tests := map[string]struct{ settings, says string }{
		"a credential of the source":   {"sources: {shop: {auth: {bearer: t}}}", ""},
		"the caller's":                 {"sources: {shop: {auth: {forward: [Authorization]}}}", "a.graphqls:4:37: Mutation.note has @queue, and sources.shop.auth.forward"},
		"the caller's, for all":        {"defaults: {auth: {forward: [Authorization]}}", "a.graphqls:4:37: Mutation.note has @queue, and sources.shop.auth.forward"},
		"of the source, and no others": {"defaults: {auth: {forward: [Authorization]}}\nsources: {shop: {auth: {bearer: t}}}", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := files(t, map[string]string{"a.graphqls": queuedSDL, "h.yaml": test.settings})
			err := run(t.Context(), shop(), []string{"check", "-schema", dir, "-config", dir + "/h.yaml"}, os.LookupEnv, io.Discard, io.Discard)
			if got := errorText(err); !strings.Contains(got, test.says) || (err == nil) != (test.says == "") {
				t.Errorf("got %q, want %q", got, test.says)
			}
		})
	}
}

// TestWhatIsLookedForIsNotAskedAsTheCaller has the probe of a write to the shop ask the desk.
func TestWhatIsLookedForIsNotAskedAsTheCaller(t *testing.T) {
	const sdl = `extend schema
  @source(name: "shop", http: {baseURL: "https://shop.example.com"})
  @source(name: "desk", http: {baseURL: "https://desk.example.com"})
type Query { n: Int @connect(source: "desk", http: {GET: "/n"}, selection: "$.n") }
type Mutation {
  note(text: String!): Int @connect(source: "shop", http: {POST: "/notes", body: "text: $args.text"}, selection: "$.n") @probe(query: "{ n }", made: "$.n->gt(0)")
}
`
	for name, test := range map[string]struct{ settings, says string }{
		"credentials of the sources": {"defaults: {auth: {bearer: t}}", ""},
		"the caller's":               {"sources: {desk: {auth: {forward: [Authorization]}}}", "a.graphqls:6:28: Mutation.note has a @probe whose query asks desk, and sources.desk.auth.forward"},
		"the caller's for the write": {"sources: {shop: {auth: {forward: [Authorization]}}}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := files(t, map[string]string{"a.graphqls": sdl, "h.yaml": test.settings})
			err := run(t.Context(), shop(), []string{"check", "-schema", dir, "-config", dir + "/h.yaml"}, os.LookupEnv, io.Discard, io.Discard)
			if got := errorText(err); (test.says == "") != (err == nil) || !strings.Contains(got, test.says) {
				t.Errorf("got %q, want %q", got, test.says)
			}
		})
	}
}
