package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// only is the completion of a field whose objects are of one type and need one
// connector; else nil.
func (r fieldWriter) only() *schema.Completion {
	if len(r.plan.Completions) > 1 || r.data.Interfaces[r.field.Type.Name()] != nil {
		return nil
	}
	return &r.plan.Completions[0]
}

// byType are the completers of the types of which the field's objects may be.
func (r fieldWriter) byType() string {
	name := r.field.Type.Name()
	place := r.objectType(name)
	if i := r.data.Interfaces[name]; i != nil {
		place = r.file.typeName(i.Type)
	}
	var b strings.Builder
	for steps := r.plan.Completions; len(steps) > 0; {
		def := steps[0].Type
		n := 1
		for n < len(steps) && steps[n].Type == def {
			n++
		}
		if n == 1 {
			fmt.Fprintf(&b, "\n%s,", r.completer(place, steps[0], false, r.below[def.Name]))
		} else {
			fmt.Fprintf(&b, "\n%s[%s](", r.connect("InTurn"), place)
			for i, step := range steps[:n] {
				offer := "" // what is below is offered when all of it is there
				if i == n-1 {
					offer = r.below[def.Name]
				}
				fmt.Fprintf(&b, "\n%s,", r.completer(r.objectType(def.Name), step, true, offer))
			}
			b.WriteString("\n),")
		}
		steps = steps[n:]
	}
	return b.String() + "\n"
}

// completer is one step of completing objects of one type, of several or the only one.
func (r fieldWriter) completer(place string, step schema.Completion, several bool, offer string) string {
	if offer != "" {
		offer = ", " + offer
	}
	return fmt.Sprintf("%s[%s](%s, %s%s)", r.connect("ByType"), place, r.api(step.Entity), r.entity(step, several), offer)
}

// objectType is the Go type of objects of a type; "" where there are none.
func (r fieldWriter) objectType(name string) string {
	if o := r.byName[name]; o != nil {
		return r.file.typeName(o.Reference())
	}
	return ""
}

// entity writes how objects of one type at this field are completed and returns
// its name.
func (r fieldWriter) entity(by schema.Completion, several bool) string {
	coordinate, def, con := r.object.Name+"."+r.field.Name, by.Type, by.Entity
	name := coordinate
	if r.data.Interfaces[r.field.Type.Name()] != nil {
		name += "." + def.Name
	}
	name = r.name(name + ".entity")
	r.entities[coordinate+"."+def.Name] = append(r.entities[coordinate+"."+def.Name], name)
	target := r.file.typeName(r.byName[def.Name].Type)

	f := r.file
	f.printf("\n// %s completes %s.%s.\n", name, r.object.Name, r.field.Name)
	f.printf("var %s = &%s[%s]{\nConnector: %s,\n", name, r.connect("Entity"), target, r.vars[con])
	f.printf("%s", stringsField("Types", r.typeNames(def)))
	f.printf("%s", stringsField("Provided", by.Provided))
	f.printf("%s", r.needs(def))
	variable, asArgs := "$this", ""
	if con.Entity && con.Field != nil {
		variable, asArgs = "$args", "AsArgs: true,\n"
	}
	f.printf("Key: func(o *%s) %s {\nreturn %s\n},\n%s", target, r.connect("Value"), r.keyObject(def, con.Key, readBelow(variable, con)), asArgs)
	f.printf("%s", r.merge(by, target))
	if several {
		f.printf("%s", r.lost(by, target))
	}
	f.printf("}\n")
	return name
}

// needs lists what connectors of the entity's own fields read of it.
func (r fieldWriter) needs(def *ast.Definition) string {
	var b strings.Builder
	for _, field := range def.Fields {
		plan := r.schema.Plans[def.Name+"."+field.Name]
		if plan == nil || plan.Kind != schema.Connected || r.hand.has(def.Name, field.Name) {
			continue
		}
		var names []string
		for _, con := range plan.Connectors {
			names = append(names, con.This...)
		}
		slices.Sort(names)
		fmt.Fprintf(&b, "%q: %s,\n", field.Name, stringList(slices.Compact(names)))
	}
	if b.Len() == 0 {
		return ""
	}
	return "Needs: map[string][]string{\n" + b.String() + "},\n"
}

// merge is needed when the part has what the whole does not.
func (r fieldWriter) merge(by schema.Completion, target string) string {
	var only []string
	for _, name := range by.Provided {
		if !slices.ContainsFunc(by.Entity.Yields.Fields, func(s *schema.Selected) bool { return s.Name == name }) {
			only = append(only, name)
		}
	}
	if only == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Merge: func(part, whole *%s) *%s {\nmerged := *whole\n", target, target)
	for _, name := range only {
		goName := r.goField(by.Type.Name, name)
		fmt.Fprintf(&b, "merged.%s = part.%s\n", goName, goName)
	}
	fmt.Fprintf(&b, "merged.ItemFaults = whole.ItemFaults.Joined(&part.ItemFaults, %s)\n", quotedList(only))
	b.WriteString("return &merged\n},\n")
	return b.String()
}

// lost is needed where other connectors have more of the object: what this one has
// is at fault then, and nothing else.
func (r fieldWriter) lost(by schema.Completion, target string) string {
	var own []string
	for _, s := range by.Entity.Yields.Fields {
		if !slices.Contains(by.Provided, s.Name) {
			own = append(own, s.Name)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Lost: func(part *%s, err error) *%s {\nlost := *part\n", target, target)
	fmt.Fprintf(&b, "lost.ItemFaults = part.ItemFaults.Lost(err, %s)\n", quotedList(own))
	b.WriteString("return &lost\n},\n")
	return b.String()
}
