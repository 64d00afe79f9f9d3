package call

import (
	"regexp"
	"slices"
	"strings"

	"holdfast/connect/mapping"
)

// An operand is an expression in a request. Most are plain paths, such as $args.id, and are read without
// evaluating anything.
type operand struct {
	expression

	constant *mapping.Value // that it always is, for this source; nil: it depends on inputs
	variable string         // that a plain path begins with; "": it is no plain path
	keys     []string       // of a plain path
}

// An expression is a mapping, or a path in one.
type expression interface {
	Apply(data mapping.Value, vars mapping.Vars) mapping.Result
}

// compile prepares an expression, of which root is the syntax, that is evaluated over data.
func (a *API) compile(e expression, root mapping.Node, data mapping.Value) operand {
	op := operand{expression: e}
	if readsOnly(root, "$config", "$env") {
		result := e.Apply(data, mapping.Vars{"$config": a.config, "$env": a.env})
		if !tooLarge(result) {
			op.constant = &result.Value
		}
		return op
	}
	p, isPath := root.(*mapping.Path)
	if g, ok := root.(*mapping.Group); ok {
		p, isPath = soleOf(g), true
	}
	if isPath && p != nil {
		op.variable, op.keys = plain(p)
	}
	return op
}

// readsOnly says whether an expression reads none but these variables.
func readsOnly(root mapping.Node, variables ...string) bool {
	only := true
	mapping.Walk(root, func(n mapping.Node) bool {
		if p, ok := n.(*mapping.Path); ok && p.Start.Kind == mapping.StartVar {
			only = only && slices.Contains(variables, p.Start.Name)
		}
		return only
	})
	return only
}

// reads says whether an expression reads a variable.
func reads(root mapping.Node, variable string) (is bool) {
	mapping.Walk(root, func(n mapping.Node) bool {
		p, ok := n.(*mapping.Path)
		is = is || ok && p.Start.Kind == mapping.StartVar && p.Start.Name == variable
		return !is
	})
	return is
}

// soleOf is the one path that a mapping is; nil if it is something else.
func soleOf(g *mapping.Group) *mapping.Path {
	if len(g.Items) != 1 || g.Items[0].Alias != nil || g.Items[0].Group != nil {
		return nil
	}
	return g.Items[0].Path
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// plain is the variable and the keys of a path that has nothing else; "" for any other.
func plain(p *mapping.Path) (variable string, keys []string) {
	known := []string{"$args", "$this", "$context", "$request", "$write"}
	if p.Group != nil || p.Start.Kind != mapping.StartVar || !slices.Contains(known, p.Start.Name) {
		return "", nil
	}
	for _, s := range p.Steps {
		if s.Kind != mapping.StepKey || !plainName.MatchString(s.Key.Name) {
			return "", nil
		}
		keys = append(keys, s.Key.Name)
	}
	return p.Start.Name, keys
}

func tooLarge(r mapping.Result) bool {
	return slices.ContainsFunc(r.Problems, func(p mapping.Problem) bool { return p.Code == mapping.LimitExceeded })
}

// value is what an operand yields over data.
func (r *renderer) value(op *operand, data mapping.Value) mapping.Value {
	switch {
	case op.constant != nil:
		return *op.constant
	case op.variable != "":
		return r.read(op.variable, op.keys)
	}
	result := op.Apply(data, r.variables())
	r.over = r.over || tooLarge(result)
	return result.Value
}

// read follows a plain path.
func (r *renderer) read(variable string, keys []string) mapping.Value {
	if key, isKey := r.keyOf(variable); isKey && len(keys) > 0 {
		if v, ok := leaf(key, keys); ok {
			return v
		}
	}
	v := r.valueOf(variable)
	for _, key := range keys {
		v = v.Key(key)
	}
	return v
}

// leaf follows keys into a key's text, to a value that is no list or object.
func leaf(k Key, keys []string) (mapping.Value, bool) {
	for _, name := range keys {
		if strings.HasPrefix(string(k), "[") {
			return mapping.Value{}, false
		}
		text, found := k.Leaf(name)
		if !found {
			return mapping.Value{}, true
		}
		k = Key(text)
	}
	switch text := string(k); text[0] {
	case '{', '[':
		return mapping.Value{}, false
	case 'n':
		return mapping.NullValue(), true
	case '"':
		if !strings.Contains(text, `\`) {
			return mapping.StringValue(text[1 : len(text)-1]), true
		}
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return mapping.NumberValue(text), true
	}
	return k.Value(), true
}

// keyOf is the key that a variable is; false where it is something else.
func (r *renderer) keyOf(variable string) (Key, bool) {
	isArgs := r.AsArgs && r.in.This != ""
	if variable == "$args" && isArgs || variable == "$this" && !isArgs {
		return r.in.This, true
	}
	return "", false
}

// valueOf is the value of a variable.
func (r *renderer) valueOf(variable string) mapping.Value {
	if key, isKey := r.keyOf(variable); isKey {
		return key.Value()
	}
	switch variable {
	case "$args":
		return r.in.Args
	case "$write":
		return r.in.write()
	case "$context":
		return r.in.Caller.context()
	case "$request":
		if r.readsRequest {
			return r.in.Caller.Request()
		}
		return mapping.ObjectValue()
	}
	return mapping.Value{}
}

// variables are all of them, for what has to be evaluated.
func (r *renderer) variables() mapping.Vars {
	if r.vars == nil {
		r.vars = r.Vars(r.in)
	}
	return r.vars
}
