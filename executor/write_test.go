package executor

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"holdfast/connect/fetch"
)

const posts = `
extend schema @source(name: "api", http: {baseURL: "https://api.test"})
type Query {
	posts: [Post!]! @connect(source: "api", http: {GET: "/posts"}, selection: "id title tags grid: rows user: userId { id: @ }")
	post(id: ID!): Post @connect(source: "api", http: {GET: "/posts/{$args.id}"}, selection: "id title tags grid: rows user: userId { id: @ }")
	things: [Thing] @connect(source: "api", http: {GET: "/things"}, selection: "$->map({__typename: @.kind, id: @.id, size: @.size, name: @.name})")
}
type Post {
	id: ID!
	title: String
	tags: [String!]
	grid: [[Int!]]
	user: User
	comments: [Comment!]! @connect(source: "api", http: {GET: "/posts/{$this.id}/comments"}, selection: "id text")
}
type Comment { id: ID! text: String! }
type User @connect(source: "api", http: {GET: "/users/{$this.id}"}, selection: "id name email") { id: ID! name: String! email: String }
union Thing = Box | Person
type Box { id: ID! size: Int! }
type Person { id: ID! name: String }
`

func TestAnswers(t *testing.T) {
	answers := map[string]string{
		"GET /posts": `[{"id":1,"title":"a","tags":["x","y"],"rows":[[1,2],[],null],"userId":7},
			{"id":2,"title":null,"tags":null,"rows":null,"userId":8},{"id":3,"tags":[],"userId":7}]`,
		"GET /posts/1":          `{"id":1,"title":"a","tags":["x",5],"userId":9}`,
		"GET /users/7":          `{"id":7,"name":"Ann","email":"a@b"}`,
		"GET /users/8":          `{"id":8,"name":null}`,
		"GET /posts/1/comments": `[{"id":1,"text":"hi"},{"id":2,"text":"ho"}]`,
		"GET /posts/2/comments": `[{"id":3,"text":"hi"},{"id":4}]`,
		"GET /posts/3/comments": `[]`,
	}
	tests := map[string]struct {
		query, want string
		calls       []string
	}{
		"fields stand in the order of the operation, by their aliases": {
			"{posts {b: title id a: title __typename}}",
			`{"posts":[{"b":"a","id":"1","a":"a","__typename":"Post"},{"b":null,"id":"2","a":null,"__typename":"Post"},{"b":null,"id":"3","a":null,"__typename":"Post"}]}`,
			[]string{"GET /posts"},
		},
		"lists, and lists of lists": {
			"{posts {tags grid}}",
			`{"posts":[{"tags":["x","y"],"grid":[[1,2],[],null]},{"tags":null,"grid":null},{"tags":[],"grid":null}]}`,
			[]string{"GET /posts"},
		},
		"what has enough is not completed": {
			"{posts {user {id}}}",
			`{"posts":[{"user":{"id":"7"}},{"user":{"id":"8"}},{"user":{"id":"7"}}]}`,
			[]string{"GET /posts"},
		},
		"each object is fetched once, and an error stands where null may be": {
			"{posts {user {name email}}}",
			`{"posts":[{"user":{"name":"Ann","email":"a@b"}},{"user":null},{"user":{"name":"Ann","email":"a@b"}}]}` + "\n" +
				`posts[1].user.name: api (User): unusable answer: CONTRACT: User.name: null, where a value must be`,
			[]string{"GET /posts", "GET /users/7", "GET /users/8"},
		},
		"what is not there is null without an error": {
			`{post(id: 1) {user {name}} other: post(id: 5) {id}}`,
			`{"post":{"user":null},"other":null}`,
			[]string{"GET /posts/1", "GET /posts/5", "GET /users/9"},
		},
		"null goes up to where it may stand": {
			"{posts {id comments {text}}}",
			"null\nposts[1].comments[1].text: api (Post.comments): unusable answer: CONTRACT: Comment.text: text: there is no such key in the object",
			[]string{"GET /posts", "GET /posts/1/comments", "GET /posts/2/comments", "GET /posts/3/comments"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, posts, answers)
			if diff := cmp.Diff(test.want, w.do(test.query, nil)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.calls, w.calls()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A text that was given back is written over, also by another plan.
func TestAnswersAreWrittenOverThoseGivenBack(t *testing.T) {
	w := newWorld(t, q1, q1Answers())
	plans := map[string]*Planned{}
	want := map[string]string{}
	for range 20 {
		for _, query := range []string{"{posts {id title}}", "{posts {id userId title user {id name email}}}"} {
			if plans[query] == nil {
				doc, errs := gqlparser.LoadQueryWithRules(w.schema.Schema(), query, rules.NewDefaultRules())
				if errs != nil {
					t.Fatal(errs)
				}
				p, err := w.schema.Plan(doc, doc.Operations[0], nil)
				if err != nil {
					t.Fatal(err)
				}
				plans[query] = p
			}
			data, ok := plans[query].answer(t.Context(), nil, fetch.Options{})
			if first, known := want[query]; !ok || known && first != string(data) {
				t.Fatalf("got %.200s\nwant %.200s", data, first)
			}
			want[query] = string(data)
			plans[query].Return(data)
		}
	}
}
