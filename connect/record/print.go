package record

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

// printVersion changes with the form of records.
const printVersion = "record 2"

// printOf changes with all that decides what a connector makes of an answer.
func printOf(con *schema.Connector, m *Mapper) string {
	h := sha256.New()
	fmt.Fprintln(h, printVersion, con.Returns.String(), con.Selection.Source)
	if p := con.Paginate; p != nil {
		fmt.Fprintln(h, p.Style, p.At, p.Size, p.Max, p.Vital)
		for _, m := range []*mapping.Mapping{p.Pages, p.Next, p.More, p.Total} {
			if m != nil {
				fmt.Fprintln(h, m.Source)
			}
		}
	}
	for _, t := range slices.Concat(m.templates, m.absent) {
		fmt.Fprintln(h, t.Source)
	}
	printNode(h, m.root)
	for _, l := range m.layouts {
		fmt.Fprintln(h, l.Type, l.Fields, l.Keys, l.held, l.tags)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func printNode(w io.Writer, n *node) {
	fmt.Fprintln(w, n.place, n.need, n.vital)
	switch {
	case n.list != nil:
		printNode(w, n.list)
	case n.scalar != nil:
		fmt.Fprintln(w, n.scalar.Name, n.scalar.Version)
	case n.value != nil:
		fmt.Fprintln(w, n.value.scalar.Name, n.value.scalar.Version, n.value.fields)
	case n.several != nil:
		printOrigin(w, &n.several.typeName)
		names := make([]string, 0, len(n.several.members))
		for name := range n.several.members {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			printObject(w, n.several.members[name])
		}
	default:
		printObject(w, n.object)
	}
}

func printObject(w io.Writer, o *object) {
	fmt.Fprintln(w, o.typeName, o.layout, o.always, o.has, o.early, o.maybe, o.stub)
	for i := range o.splices {
		printOrigin(w, &o.splices[i])
	}
	for i := range o.columns {
		c := &o.columns[i]
		fmt.Fprintln(w, c.name, c.splice)
		printOrigin(w, &c.from)
		if c.node != nil {
			printNode(w, c.node)
		}
	}
}

func printOrigin(w io.Writer, o *origin) {
	if o.expr != nil {
		fmt.Fprintln(w, o.expr.Source)
		return
	}
	fmt.Fprintln(w, o.keys)
}

// readsOf are the variables that change what is made of an answer: status and
// response belong to the answer, and settings are one with their source.
func readsOf(con *schema.Connector) []string {
	return slices.DeleteFunc(slices.Clone(con.Reads), func(path string) bool {
		name, _, _ := strings.Cut(path, ".")
		return !slices.Contains([]string{"$args", "$this", "$request", "$context"}, name)
	})
}

// Print changes with everything that can change what answers are mapped to, but the
// variables that are read.
func (m *Mapper) Print() string { return m.print }

// AppendSlot appends the name of the slot of a remembered answer that holds what m
// makes of it: it has the connector, the print, settings ($config, as text), and the
// inputs that mapping reads, by their paths such as $args.first.
func (m *Mapper) AppendSlot(dst []byte, settings string, input func(path string) mapping.Value) []byte {
	dst = append(dst, m.connector...)
	dst = append(append(dst, 0), m.print...)
	dst = append(append(dst, 0), settings...)
	for _, path := range m.reads {
		dst = input(path).AppendJSON(append(dst, 0))
	}
	return dst
}
