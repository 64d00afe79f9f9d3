package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

// Options are what a schema does not say of itself.
type Options struct {
	// ByHand says whether a method resolves a field, also where a connector
	// stands; nil: as the schema was read.
	ByHand func(typeName, fieldName string) bool
	// Input gives values of a scalar their canonical form, such as an EmailAddress
	// in lower case. It returns nil for scalars whose values stay as they are; nil
	// is none for all of them.
	Input func(scalar string) func(mapping.Value) (mapping.Value, error)
	// Most is how large one plan may become, in bytes; 0: [Most].
	Most int64
}

// Most is how large one plan may become where nobody says, in bytes.
const Most = 32 << 20

// A Graph is how the fields of a schema come by their values: what plans of
// operations are made from. It is immutable and safe for concurrent use.
type Graph struct {
	served *ast.Schema
	opt    Options
	types  map[string]*typed // of all types that may have fields
	inputs *inputs
}

// typed is what is known of a type: an object, or what several objects may be.
type typed struct {
	def     *ast.Definition
	names   map[string]bool // that speak of an object in fragments: its own, and of what it is
	fields  map[string]*known
	objects []*typed // that may stand where def is asked for, by name
}

// place is the place of an object type among those that may stand where t is asked
// for; -1 if it may not.
func (t *typed) place(name string) int {
	if len(t.objects) == 1 && t.objects[0].def.Name == name {
		return 0
	}
	i, ok := slices.BinarySearchFunc(t.objects, name, func(o *typed, name string) int { return strings.Compare(o.def.Name, name) })
	if !ok {
		return -1
	}
	return i
}

// known is what is known of a field of an object.
type known struct {
	coordinate  string
	def         *ast.FieldDefinition
	kind        Kind
	connectors  []*schema.Connector
	ids         []call.ID // of connectors
	reads       []string  // of the object
	completions []*Completion
	write       bool
	given       bool // an object has it or not, whatever completes it: it tells of the write that returned the object
}

// fetches says whether the field may have a place.
func (k *known) fetches() bool {
	return k.kind == Connected || k.kind == Completed || k.kind == ByHand || k.kind == Recorded
}

// A Completion is how objects of one type, of which an answer has only a part, get
// the rest, or some of it. It is immutable.
type Completion struct {
	Type   string
	Entity *schema.Connector
	// Provided are the fields that need no call of Entity, sorted.
	Provided []string
	// Own are the fields that Entity alone has: those that are lost with it where
	// others have more of the object.
	Own []string
	// Alone says that the objects get all they lack by it: when it fails there is no
	// object, else [Completion.Own] are lost.
	Alone bool
	// AsArgs says that the key of an object stands in $args, not in $this.
	AsArgs bool
}

// New returns the graph of a schema that was read without failing. served is the
// schema that operations are validated against: s without what is not served.
func New(s *schema.Schema, served *ast.Schema, opt Options) (*Graph, error) {
	if opt.Most == 0 {
		opt.Most = Most
	}
	g := &Graph{served: served, opt: opt, types: map[string]*typed{}, inputs: inputsOf(served, opt.Input)}
	for name, def := range served.Types {
		if def.Kind == ast.Object || def.IsAbstractType() {
			g.types[name] = &typed{def: def}
		}
	}
	for name, t := range g.types {
		if t.def.Kind == ast.Object {
			g.object(s, t)
			continue
		}
		for _, def := range served.GetPossibleTypes(t.def) {
			t.objects = append(t.objects, g.types[def.Name])
		}
		slices.SortFunc(t.objects, func(a, b *typed) int { return strings.Compare(a.def.Name, b.def.Name) })
		if slices.Contains(t.objects, nil) {
			return nil, fmt.Errorf("plan: a type of %s is not served", name)
		}
	}
	g.follow(s)
	return g, nil
}

// follow has the fields of Subscription come by their values as those of Query that they follow.
func (g *Graph) follow(s *schema.Schema) {
	if g.served.Subscription == nil {
		return
	}
	fields := g.types[g.served.Subscription.Name].fields
	for name, of := range s.Lives {
		if own, query := fields[name], g.types[g.served.Query.Name].fields[of]; own != nil && query != nil {
			k := *query
			k.def = own.def
			fields[name] = &k
		}
	}
}

// object says how the fields of an object come by their values.
func (g *Graph) object(s *schema.Schema, t *typed) {
	t.objects = []*typed{t}
	t.names = map[string]bool{t.def.Name: true}
	for _, of := range g.served.GetImplements(t.def) {
		t.names[of.Name] = true
	}
	t.fields = make(map[string]*known, len(t.def.Fields)+1)
	t.fields["__typename"] = &known{coordinate: t.def.Name + ".__typename", def: typename(), kind: TypeName}
	for _, f := range t.def.Fields {
		k := &known{coordinate: t.def.Name + "." + f.Name, def: f}
		switch f.Name {
		case "__schema":
			k.kind = IntrospectSchema
		case "__type":
			k.kind = IntrospectType
		default:
			k.connect(s.Plans[k.coordinate], g.opt.ByHand != nil && g.opt.ByHand(t.def.Name, f.Name))
		}
		if p := s.Plans[k.coordinate]; k.kind == Mapped && p != nil && p.Kind == schema.Recorded {
			k.given = true
			if t.def == g.served.Query || t.def == g.served.Mutation {
				k.kind = Recorded
			}
		}
		k.write = t.def == g.served.Mutation
		t.fields[f.Name] = k
	}
}

// typename is the field that every object has.
func typename() *ast.FieldDefinition {
	return &ast.FieldDefinition{Name: "__typename", Type: ast.NonNullNamedType("String", nil)}
}

// connect takes over what the schema says of the field.
func (k *known) connect(p *schema.Plan, byHand bool) {
	switch {
	case byHand || p != nil && p.Kind == schema.ByHand:
		k.kind = ByHand
		return
	case p == nil:
		return
	case p.Kind == schema.Connected:
		k.kind, k.connectors = Connected, p.Connectors
	case p.Kind == schema.Completed:
		k.kind = Completed
	}
	for _, con := range k.connectors {
		k.ids = append(k.ids, con.ID)
		k.reads = append(k.reads, con.This...)
	}
	slices.Sort(k.reads)
	k.reads = slices.Compact(k.reads)
	for _, step := range p.Completions {
		k.completions = append(k.completions, completion(step, p.Completions))
	}
}

// completion is one of all the steps that complete objects at a place.
func completion(step schema.Completion, all []schema.Completion) *Completion {
	c := &Completion{Type: step.Type.Name, Entity: step.Entity, Provided: slices.Sorted(slices.Values(step.Provided))}
	c.AsArgs = step.Entity.Entity && step.Entity.Field != nil
	steps := 0
	for _, other := range all {
		if other.Type == step.Type {
			steps++
		}
	}
	c.Alone = steps == 1
	for _, f := range step.Entity.Yields.Fields {
		if !c.provides(f.Name) {
			c.Own = append(c.Own, f.Name)
		}
	}
	return c
}

func (c *Completion) provides(name string) bool {
	_, ok := slices.BinarySearch(c.Provided, name)
	return ok
}
