package record_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/connect/schema"
)

var (
	seed   = flag.Uint64("seed", 1, "of the random selections")
	random = flag.Int("random", 50, "how many random selections")
)

// Records are what the interpreter of the mapping language makes of random answers, by
// GraphQL's rules for results.
func TestRecordsAgreeWithTheInterpreter(t *testing.T) {
	for name, test := range map[string]struct {
		value               func(*rand.Rand, int) mapping.Value
		values, each, atAll int // how many are made, and have to be compared: of each selection and of all
	}{
		"objects":  {looseValue, 2000, 50, 15_000},
		"abstract": {typedValue, 3000, 5, 2000},
	} {
		t.Run(name, func(t *testing.T) {
			sdl, err := os.ReadFile("testdata/differential/" + name + ".graphqls")
			if err != nil {
				t.Fatal(err)
			}
			differ(t, string(sdl), test.value, test.values, test.each, test.atAll)
		})
	}
}

// More random selections take -random 1000, others -seed 2.
func TestRecordsOfRandomSelectionsAgreeWithTheInterpreter(t *testing.T) {
	objects, err := os.ReadFile("testdata/differential/objects.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("-seed %d", *seed)
	types := regexp.MustCompile(`(?s)type Query \{.*?\n\}\n`).ReplaceAllString(string(objects),
		`type Query { none: Int @connect(source: "shop", http: {GET: "/x"}, selection: "$.n") }`)
	sample := sampler{rand.New(rand.NewPCG(*seed, 0))}
	var sdl strings.Builder
	sdl.WriteString(types)
	for i, selection := range sample.selections(t, types, *random) {
		sdl.WriteString(fieldWith(fmt.Sprintf("f%d", i), selection) + "\n")
	}
	differ(t, sdl.String(), looseValue, 800, 0, 150**random)
}

// differ maps random values with every connector of SDL, and compares what the
// interpreter makes of them.
func differ(t *testing.T, sdl string, value func(*rand.Rand, int) mapping.Value, values, each, atAll int) {
	t.Helper()
	opt := readAs(t, sdl, func(typeName, _ string) bool { return typeName != "Query" })
	all := 0
	for _, con := range opt.Schema.Connectors {
		mapper := compile(t, opt, string(con.ID))
		r, compared := rand.New(rand.NewPCG(1, 2)), 0
		for range values {
			in := value(r, 3)
			result := con.Selection.Apply(in, nil)
			if slices.ContainsFunc(result.Problems, func(p mapping.Problem) bool { return p.Method }) {
				continue // the whole field is then at fault
			}
			answer, err := mapper.Map(record.Reading{Body: in})
			if err != nil {
				continue // none of it can be used, so nothing of it is
			}
			want, got := judged(con.Yields, in, coerced(opt.Schema.AST, con.Returns, result.Value)), plain(t, opt.Schema.AST, answer.Root())
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s: %s of %s (-interpreted +mapped):\n%s", con.ID, con.Selection.Source, in, diff)
			}
			if want != nil || each >= 50 {
				compared++
			}
		}
		if compared < each {
			t.Errorf("%s: only %d values were compared", con.Selection.Source, compared)
		}
		all += compared
	}
	if all < atAll {
		t.Errorf("only %d values were compared", all)
	}
}

// plain is what is in a record as coerced has it.
func plain(t *testing.T, s *ast.Schema, r record.Ref) any {
	t.Helper()
	switch r.Kind() {
	case record.Leaf:
		var x any
		if err := json.Unmarshal(r.JSON(), &x); err != nil {
			t.Fatal(err)
		}
		return x
	case record.List:
		items := []any{}
		for i := range r.Len() {
			items = append(items, plain(t, s, r.Item(i)))
		}
		return items
	case record.Object:
		fields := map[string]any{}
		l := r.Layout()
		for i, c := range l.Fields {
			if x := plain(t, s, r.Field(i)); x != nil && !c.Hidden {
				fields[c.Name] = x
			}
		}
		return object(s, l.Type, fields)
	}
	return nil
}

// object is an object of a type, or nothing if it stands for an interface and has no
// fields: a type name alone makes no object of what was none.
func object(s *ast.Schema, name string, fields map[string]any) any {
	if len(s.GetImplements(s.Types[name])) == 0 {
		return fields
	}
	if len(fields) == 0 {
		return nil
	}
	fields["__typename"] = name
	return fields
}

// judged is what is left of what an interpreted answer is: an object of it, or of
// its items, that was made of what has none of the selected keys is none.
func judged(s *schema.Shape, in mapping.Value, want any) any {
	switch from := s.From; {
	case from.Expr != nil:
		in = from.Expr.Apply(in, nil).Value
	default:
		for _, k := range from.Keys {
			in = in.Key(k.Name)
		}
	}
	if items, ok := want.([]any); ok {
		for i := range items {
			items[i] = found(s, in.At(i), items[i])
		}
		return items
	}
	return found(s, in, want)
}

func found(s *schema.Shape, in mapping.Value, want any) any {
	for _, m := range s.Members {
		if fields, ok := want.(map[string]any); ok && fields["__typename"] == m.Type.Name {
			s = m
		}
	}
	keys := s.Reads()
	if keys != nil && !slices.ContainsFunc(keys, func(k string) bool { return !in.Get(k).IsMissing() }) {
		return nil
	}
	return want
}

// coerced is what GraphQL answers for a value of a type, all of which may be null.
func coerced(s *ast.Schema, t *ast.Type, v mapping.Value) any {
	if t.Elem != nil {
		if !v.IsArray() {
			return nil
		}
		items := []any{}
		for _, item := range v.Items() {
			items = append(items, coerced(s, t.Elem, item))
		}
		return items
	}
	def := s.Types[t.NamedType]
	switch def.Kind {
	case ast.Interface, ast.Union:
		name, _ := v.Get("__typename").Str()
		if def = s.Types[name]; def == nil || def.Kind != ast.Object {
			return nil
		}
	case ast.Object:
		if !v.IsObject() {
			return nil
		}
	default:
		return coercedLeaf(def.Name, v)
	}
	fields := map[string]any{}
	for _, f := range def.Fields {
		if x := coerced(s, f.Type, v.Get(f.Name)); x != nil {
			fields[f.Name] = x
		}
	}
	return object(s, def.Name, fields)
}

// coercedLeaf has the rules for the results of the scalars in use, written down once more.
func coercedLeaf(name string, v mapping.Value) any {
	text, isText := v.Str()
	n, isInt := v.Int64()
	b, isBool := v.Bool()
	switch {
	case isText && (name == "ID" || name == "String"):
		return text
	case isInt && name == "ID":
		return strconv.FormatInt(n, 10)
	case isInt && name == "Int":
		return float64(n)
	case isBool && name == "Boolean":
		return b
	}
	return nil
}

// looseValue is a random value of the keys that selections of objects read.
func looseValue(r *rand.Rand, depth int) mapping.Value {
	kinds := 5
	if depth > 0 {
		kinds = 6 + 3*depth
	}
	switch r.IntN(kinds) {
	case 0:
		return mapping.NullValue()
	case 1:
		return mapping.BoolValue(r.IntN(2) == 0)
	case 2:
		return mapping.IntValue(int64(r.IntN(4)))
	case 3, 4:
		return mapping.StringValue([]string{"x", "y", ""}[r.IntN(3)])
	case 5:
		return list(r, depth, looseValue)
	}
	return mapping.ObjectValue(members(r, depth, looseValue, "a", "b", "id", "n", "s", "t", "ts", "words", "grid", "a b")...)
}

// typedValue is a random value that says, mostly, of which type it is.
func typedValue(r *rand.Rand, depth int) mapping.Value {
	kinds := 10
	if depth == 0 {
		kinds = 4
	}
	name := func() mapping.Value { return mapping.StringValue([]string{"x", "y", "A", "B"}[r.IntN(4)]) }
	switch r.IntN(kinds) {
	case 0:
		return mapping.NullValue()
	case 1:
		return mapping.IntValue(int64(r.IntN(4)))
	case 2, 3:
		return name()
	case 4, 5:
		return list(r, depth, typedValue)
	}
	k := name()
	if r.IntN(4) == 0 {
		k = typedValue(r, 0)
	}
	own := []mapping.Member{{Key: "k", Value: k}, {Key: "__typename", Value: k}}
	return mapping.ObjectValue(append(own, members(r, depth, typedValue, "a", "b", "id", "n", "s", "t", "x", "xs")...)...)
}

func list(r *rand.Rand, depth int, value func(*rand.Rand, int) mapping.Value) mapping.Value {
	items := make([]mapping.Value, r.IntN(3))
	for i := range items {
		items[i] = value(r, depth-1)
	}
	return mapping.ArrayValue(items...)
}

func members(r *rand.Rand, depth int, value func(*rand.Rand, int) mapping.Value, keys ...string) (all []mapping.Member) {
	for _, key := range keys {
		if r.IntN(3) > 0 {
			all = append(all, mapping.Member{Key: key, Value: value(r, depth-1)})
		}
	}
	return all
}
