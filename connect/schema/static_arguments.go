package schema

import (
	"strings"

	"holdfast/connect/mapping"
)

func (t *typing) checkInput(in *static, m mapping.Method, s *mapping.Step) {
	const code = "INVALID_METHOD_INPUT"
	at := t.at(s.Key.Start)
	switch {
	case in.never(m.Input):
		t.report(at, code, t.coordinate, "->%s works on %s, not on %s", m.Name, inWords(m.Input), inWords(in.shown()))
	case m.Name == "joinNotNull" && in.surely(mapping.KindsOf(mapping.Array)) && in.items().surely(nested):
		t.report(at, code, t.coordinate, "->joinNotNull joins scalars, not %s", inWords(in.items().present()))
	}
}

// checkArgument checks the kind of an argument where the method needs a certain one.
func (t *typing) checkArgument(in *static, s *mapping.Step, i int, arg *static) {
	const code = "INVALID_METHOD_ARGUMENTS"
	want := wanted(s, in)
	at := t.at(s.Args[i].Start)
	switch {
	case arg.never(want):
		t.report(at, code, t.coordinate, "->%s: expected %s, got %s", s.Key.Name, inWords(want), inWords(arg.shown()))
	case len(arg.values) == 1 && arg.kinds == mapping.KindsOf(mapping.Number):
		if why := badNumber(s.Key.Name, arg.values[0].value); why != "" {
			t.report(at, code, t.coordinate, "->%s: expected %s, got %s", s.Key.Name, why, arg.values[0].value)
		}
	}
}

// wanted are the kinds that a method takes as its arguments.
func wanted(s *mapping.Step, in *static) mapping.Kinds {
	const text, number = mapping.Kinds(1 << mapping.String), mapping.Kinds(1 << mapping.Number)
	switch s.Key.Name {
	case "slice", "parseInt", "add", "sub", "mul", "div", "mod":
		return number
	case "joinNotNull":
		return text
	case "filter", "find", "and", "or":
		return mapping.KindsOf(mapping.Bool)
	case "in":
		if len(s.Args) == 1 {
			return mapping.KindsOf(mapping.Array)
		}
	case "gt", "gte", "lt", "lte":
		if like := in.present() & (text | number); like != 0 {
			return like
		}
		return text | number
	case "get":
		if in.surely(mapping.KindsOf(mapping.Object)) {
			return text
		}
		if in.never(mapping.KindsOf(mapping.Object)) {
			return number
		}
		return text | number
	}
	return mapping.AnyKind
}

// badNumber says what number a method wants instead; "" if it takes this one.
func badNumber(method string, v mapping.Value) string {
	n, whole := v.Int64()
	literal, _ := v.Literal()
	switch method {
	case "get", "slice":
		if strings.Contains(literal, ".") && !whole {
			return "a whole number"
		}
	case "parseInt":
		if !whole || n < 2 || n > 36 {
			return "a base from 2 to 36"
		}
	}
	return ""
}

// shown are the kinds that a message names. A group makes an object; that it leaves
// scalars as they are is not worth a word.
func (s *static) shown() mapping.Kinds {
	switch {
	case s.present() == 0:
		return s.kinds & nothing
	case s.members != nil:
		return s.present() & nested
	}
	return s.present()
}

// inWords is kinds in words.
func inWords(kinds mapping.Kinds) string {
	names := map[mapping.Kind]string{
		mapping.Missing: "nothing", mapping.Null: "null", mapping.Bool: "a boolean", mapping.Number: "a number",
		mapping.String: "a string", mapping.Array: "a list", mapping.Object: "an object",
	}
	var words []string
	for k := mapping.Object; ; k-- {
		if kinds.Has(k) && (k != mapping.Missing || len(words) == 0) {
			words = append(words, names[k])
		}
		if k == mapping.Missing {
			break
		}
	}
	return list(words)
}
