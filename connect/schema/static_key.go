package schema

import (
	"slices"
	"strings"

	"holdfast/connect/mapping"
)

// lacks says whether a value, if it is there, has no such key for certain. What the
// SDL declares is looked up elsewhere.
func (s *static) lacks(key string) bool {
	switch {
	case s.kinds&^mapping.KindsOf(mapping.Missing) == 0 || s.declared != nil:
		return false
	case s.kinds.Has(mapping.Object):
		_, known := s.members[key]
		unlike := s.lower && key != strings.ToLower(key)
		if !unlike && (known || !s.closed) {
			return false
		}
	}
	return !s.kinds.Has(mapping.Array) || s.item != nil && s.item.lacks(key)
}

// first is the key that a path begins with, of $.
func (t *typing) first(p *mapping.Path, in around) *static {
	return t.keyIn(in.dollar, p, 0, p.Start.Key, in)
}

// step is the i-th step of a path, a key.
func (t *typing) step(cur *static, p *mapping.Path, i int, in around) *static {
	return t.keyIn(cur, p, i, p.Steps[i].Key, in)
}

// keyIn is the key k of cur, which the path leads to by its first i steps. One that
// cur cannot have is reported, unless something is said of it already.
func (t *typing) keyIn(cur *static, p *mapping.Path, i int, k *mapping.Key, in around) *static {
	const code = "UNDEFINED_KEY"
	at := t.at(k.Start)
	if !cur.lacks(k.Name) {
		return t.key(cur, k)
	}
	of := (&mapping.Path{Start: p.Start, Steps: p.Steps[:i]}).String()
	if p.Start.Key == k {
		of = "$"
	}
	switch {
	case t.reportedAt(at):
	case t.beforeAnswer(cur) && (of == "$" || of == "@"):
		t.report(at, code, t.coordinate, "%s is a key of nothing: there is no answer yet", k)
		t.hintAtStart(p, in)
	case cur.kinds.Has(mapping.Object):
		t.report(at, code, t.coordinate, "%s has no key %s", of, k)
		t.hintAtKey(cur, k)
	default:
		t.report(at, code, t.coordinate, "%s is %s, and has no key %s", of, inWords(cur.shown()), k)
		t.hintAtKey(cur.leaf(), k)
	}
	return anything() // one finding is enough
}

// beforeAnswer says whether a value is what requests are made of.
func (t *typing) beforeAnswer(s *static) bool {
	null := s.kinds == mapping.KindsOf(mapping.Null)
	object := s.kinds == mapping.KindsOf(mapping.Object) && s.closed && len(s.members) == 0
	return t.ofRequest() && (null || object)
}

// hintAtKey says what may have been meant by a key that cur does not have.
func (t *typing) hintAtKey(cur *static, k *mapping.Key) {
	switch {
	case t.meantMethod(k):
	case slices.Contains(t.legal, "$"+k.Name):
		t.hint("did you mean $%s?", k.Name)
	case cur.lower:
		t.hint("names of headers are in lower case here: did you mean %s?", &mapping.Key{Name: strings.ToLower(k.Name), Quoted: k.Quoted})
	case cur.kinds.Has(mapping.Object):
		var names []string
		for name := range cur.members {
			names = append(names, name)
		}
		slices.Sort(names)
		t.suggest(k.Name, names)
	}
}

// meantMethod says whether a method was meant, which has an arrow before it.
func (t *typing) meantMethod(k *mapping.Key) bool {
	_, ok := mapping.LookupMethod(k.Name)
	if ok {
		t.hint("did you mean ->%s?", k.Name)
	}
	return ok
}

// hintAtStart says what may have been meant by a path that begins at $ or @, where
// there is nothing: a variable without its $, a literal, the item at hand, a key of
// a variable.
func (t *typing) hintAtStart(p *mapping.Path, in around) {
	keys := leadingKeys(p)
	k, rest := keys[0], keys[1:]
	word, item := p.Start.Kind == mapping.StartKey, in.at
	near, owners := nearest("$"+k.Name, t.legal), t.owners(k.Name)
	switch {
	case !k.Quoted && slices.Contains(t.legal, "$"+k.Name):
		t.hint("did you mean %s?", dotted("$"+k.Name, rest))
	case word && (k.Quoted || slices.Contains([]string{"true", "false", "null"}, k.Name)):
		t.hint("did you mean $(%s)?", k)
	case word && item != in.dollar && (item.declares(k.Name) || item.declared == nil && !item.lacks(k.Name)):
		t.hint("did you mean %s?", dotted("@", keys))
	case len(owners) > 0:
		t.hint("did you mean %s?", dotted(owners[0], keys))
	case near != "" && len(rest) > 0:
		t.hint("did you mean %s?", dotted(near, rest))
	default:
		t.hint("expected a variable: %s", list(t.legal))
	}
}

// leadingKeys are the keys that a path begins with.
func leadingKeys(p *mapping.Path) []*mapping.Key {
	var keys []*mapping.Key
	if p.Start.Kind == mapping.StartKey {
		keys = append(keys, p.Start.Key)
	}
	for _, s := range p.Steps {
		if s.Kind != mapping.StepKey {
			break
		}
		keys = append(keys, s.Key)
	}
	return keys
}

// dotted is a path of keys from a start.
func dotted(start string, keys []*mapping.Key) string {
	steps := []string{start}
	for _, k := range keys {
		steps = append(steps, k.String())
	}
	return strings.Join(steps, ".")
}

// owners are the variables of the graph that have a key.
func (t *typing) owners(key string) []string {
	var names []string
	for _, name := range []string{"$args", "$this", "$batch"} {
		if v := t.variable(name, nil); slices.Contains(t.legal, name) && v.each().declares(key) {
			names = append(names, name)
		}
	}
	return names
}

// declares says whether the SDL gives a value such a key.
func (s *static) declares(key string) bool {
	return s.declared != nil && s.declared.def.Fields.ForName(key) != nil
}

// ofRequest says whether the mapping makes a part of a request.
func (t *typing) ofRequest() bool {
	switch t.what {
	case "INVALID_URL", "INVALID_HEADER", "path", "queryParams", "body", "key", "order", "variables":
		return true
	}
	return false
}
