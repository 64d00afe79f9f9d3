package main

import (
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/99designs/gqlgen/codegen/templates"
)

// names are the package-level names of resolvers/ in use, with what they stand
// for: generated code must not declare one twice, nor hide one.
type names map[string]string

// What a name may stand for, if not a package: its path.
const (
	reserved = "reserved"
	local    = "local" // of functions without parameters of GraphQL's naming
	declared = "declared"
)

// newNames has the names that are not to be had: what the folder declares by
// hand, what every generated package declares, and what functions call their
// parameters and locals.
func newNames(byHand []string) names {
	n := names{
		"connect": connectPath, "context": "context", "reflect": "reflect",
	}
	for name := range strings.FieldsSeq("args o") {
		n[name] = local
	}
	for _, name := range slices.Concat(byHand, types.Universe.Names(),
		strings.Fields("Resolver Fields init main ctx obj objs r")) {
		n[name] = reserved
	}
	return n
}

// ofImport is the name for a package, the same in every file.
func (n names) ofImport(path, name string) string {
	for i := 2; n[name] != "" && n[name] != path; i++ {
		name = strings.TrimRight(name, "0123456789") + strconv.Itoa(i)
	}
	n[name] = path
	return name
}

// of is a new name made of text, such as queryOrder of Query.order.
func (n names) of(text string) string {
	base := templates.LcFirst(goName(text))
	if token.IsKeyword(base) {
		base += "Connector"
	}
	return n.unused(base)
}

func (n names) unused(base string) string {
	name := base
	for i := 2; n[name] != ""; i++ {
		name = base + strconv.Itoa(i)
	}
	n[name] = declared
	return name
}

// parameter is a name for a parameter that hides nothing its function uses.
func (n names) parameter(name string) string {
	for n[name] != "" && n[name] != local {
		name += "Arg"
	}
	return name
}

// goName is a Go name made of the words in text, whatever stands between them.
func goName(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-'
	})
	for i, w := range words {
		words[i] = templates.ToGo(w)
	}
	return strings.Join(words, "")
}
