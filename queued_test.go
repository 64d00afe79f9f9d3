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
