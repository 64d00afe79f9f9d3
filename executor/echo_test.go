package executor

import (
	"strings"
	"testing"
)

// Objects that several others lead to are written once, and copied where that makes no
// difference.
func TestEchoes(t *testing.T) {
	const sdl = `
extend schema @source(name: "api", http: {baseURL: "https://api.test"})
type Query { rows: [Row] @connect(source: "api", http: {GET: "/rows"}, selection: "u v") }
type Row { u: ID! v: ID!
	user: User @connect(source: "api", http: {GET: "/users/{$this.u}"}, selection: "id name tags")
	needed: Needed! @connect(source: "api", http: {GET: "/needed/{$this.v}"}, selection: "id") }
type User { id: ID! name: String tags: [String!] }
type Needed { id: ID! }`
	answers := map[string]string{
		"GET /rows":    `[{"u":1,"v":0},{"u":1,"v":1},{"u":2,"v":1},{"u":2,"v":1}]`,
		"GET /users/1": `{"id":1,"name":"Ann","tags":["a"]}`, "GET /users/2": `{"id":2,"name":{}}`,
		"GET /needed/1": `{"id":1}`,
	}
	tests := map[string]struct{ query, want string }{
		"in any order": {
			"{rows {user {id name}}}",
			`{"rows":[{"user":{"id":"1","name":"Ann"}},{"user":{"id":"1","name":"Ann"}},{"user":{"id":"2","name":null}},{"user":{"id":"2","name":null}}]}|rows[2].user.name|rows[3].user.name`,
		},
		"with the error of each": {
			"{a: rows {user {name}} rows {user {name}}}",
			`{"a":[{"user":{"name":"Ann"}},{"user":{"name":"Ann"}},{"user":{"name":null}},{"user":{"name":null}}],"rows":[{"user":{"name":"Ann"}},{"user":{"name":"Ann"}},{"user":{"name":null}},{"user":{"name":null}}]}|a[2].user.name|a[3].user.name|rows[2].user.name|rows[3].user.name`,
		},
		"but nothing that was taken back": {
			"{rows {user {id name} needed {id}}}",
			`{"rows":[null,{"user":{"id":"1","name":"Ann"},"needed":{"id":"1"}},{"user":{"id":"2","name":null},"needed":{"id":"1"}},{"user":{"id":"2","name":null},"needed":{"id":"1"}}]}|rows[0].needed|rows[2].user.name|rows[3].user.name`,
		},
		"with lists": {
			"{rows {user {tags id}}}",
			`{"rows":[{"user":{"tags":["a"],"id":"1"}},{"user":{"tags":["a"],"id":"1"}},{"user":{"tags":null,"id":"2"}},{"user":{"tags":null,"id":"2"}}]}`,
		},
		"as each asks for them": {
			"{rows {user {id} other: user {name id}}}",
			`{"rows":[{"user":{"id":"1"},"other":{"name":"Ann","id":"1"}},{"user":{"id":"1"},"other":{"name":"Ann","id":"1"}},{"user":{"id":"2"},"other":{"name":null,"id":"2"}},{"user":{"id":"2"},"other":{"name":null,"id":"2"}}]}|rows[2].other.name|rows[3].other.name`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			lines := strings.Split(newWorld(t, sdl, answers).do(test.query, nil), "\n")
			for i := range lines[1:] {
				lines[i+1], _, _ = strings.Cut(lines[i+1], ":")
			}
			if got := strings.Join(lines, "|"); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
