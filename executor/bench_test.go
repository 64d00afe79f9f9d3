package executor

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"holdfast/connect/fetch"
)

const q1 = `
extend schema @source(name: "api", http: {baseURL: "https://api.test"}) @cache(source: "api", fresh: "1h")
type Query { posts: [Post] @connect(source: "api", http: {GET: "/posts"}, selection: "id userId title body") }
type Post { id: Int! userId: Int! title: String body: String
	user: User @connect(source: "api", http: {GET: "/users/{$this.userId}"}, selection: "id name username email phone website") }
type User { id: Int! name: String! username: String! email: String! phone: String website: String }
`

const q1Batched = `
extend schema @source(name: "api", http: {baseURL: "https://api.test"}) @cache(source: "api", fresh: "1h")
type Query { posts: [Post] @connect(source: "api", http: {GET: "/posts"}, selection: "id userId title body user: { id: userId }") }
type Post { id: Int! userId: Int! title: String body: String user: User }
type User @connect(source: "api", http: {GET: "/users", queryParams: "id: $batch.id->joinNotNull(',')"}, batch: {maxSize: 100}, selection: "id name username email phone website")
{ id: Int! name: String! username: String! email: String! phone: String website: String }
`

func q1Answers() map[string]string {
	answers := map[string]string{}
	var posts, users strings.Builder
	var ids []string
	for i := range 10 {
		id := i + 1
		user := fmt.Sprintf(`{"id":%d,"name":"Leanne Graham %d","username":"Bret","email":"Sincere%d@april.biz","phone":"1-770-736-8031","website":"hildegard.org","address":{"street":"Kulas Light"}}`, id, id, id)
		answers[fmt.Sprintf("GET /users/%d", id)] = user
		users.WriteString("," + user)
	}
	for _, id := range []int{10, 1, 2, 3, 4, 5, 6, 7, 8, 9} {
		ids = append(ids, strconv.Itoa(id))
	}
	for i := range 100 {
		fmt.Fprintf(&posts, `,{"id":%d,"userId":%d,"title":"sunt aut facere repellat provident occaecati","body":"quia et suscipit suscipit recusandae consequuntur expedita et cum"}`, i+1, i/10+1)
	}
	answers["GET /posts"] = "[" + posts.String()[1:] + "]"
	answers["GET /users?id="+strings.Join(ids, "%2C")] = "[" + users.String()[1:] + "]"

	return answers
}

// BenchmarkWarm measures plans that are run again, with all answers in memory: without
// what a gateway does before and after.
func BenchmarkWarm(b *testing.B) {
	for name, sdl := range map[string]string{"q1": q1, "q1 batched": q1Batched} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, sdl, q1Answers())
			warm(b, w, "{posts {id userId title user {id name email}}}", 100)
		})
	}
}

func warm(b *testing.B, w *world, query string, items int) {
	b.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(w.schema.Schema(), query, rules.NewDefaultRules())
	if errs != nil {
		b.Fatal(errs)
	}
	op := doc.Operations[0]
	p, err := w.schema.Plan(doc, op, nil)
	if err != nil {
		b.Fatal(err)
	}
	oc := &graphql.OperationContext{RawQuery: query, Doc: doc, Operation: op}
	ctx := graphql.WithOperationContext(b.Context(), oc)
	ctx = graphql.WithResponseContext(ctx, asIs, func(context.Context, any) error { return nil })
	var size int
	for b.Loop() {
		resp := p.Exec(ctx)(ctx)
		size = len(resp.Data)
	}
	if errs := graphql.GetErrors(ctx); len(errs) > 0 {
		b.Fatal(errs[0])
	}
	b.StopTimer()
	b.ReportMetric(float64(size), "bytes/answer")
	b.ReportMetric(float64(len(w.calls())), "calls")
	if size < items*20 {
		b.Fatal(size)
	}
}

// BenchmarkWrite measures writing alone: everything was fetched.
func BenchmarkWrite(b *testing.B) {
	w := newWorld(b, q1, q1Answers())
	doc, errs := gqlparser.LoadQueryWithRules(w.schema.Schema(), "{posts {id userId title user {id name email}}}", rules.NewDefaultRules())
	if errs != nil {
		b.Fatal(errs)
	}
	p, err := w.schema.Plan(doc, doc.Operations[0], nil)
	if err != nil {
		b.Fatal(err)
	}
	r := p.begin(b.Context(), nil, fetch.Options{})
	r.writer.run, r.writer.most = r, 1<<20
	if err := r.writer.operation(b.Context()); err != nil {
		b.Fatal(err)
	}
	size := len(r.writer.buf)
	for b.Loop() {
		r.writer.buf = r.writer.buf[:0]
		r.writer.object(r.plan.Root, row{}, 0)
	}
	if len(r.writer.buf) != size {
		b.Fatal(len(r.writer.buf), size)
	}
}
