package gateway

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/upstreams"
)

const (
	maxRequestErrors = 20   // in an answer to an operation that was not run
	maxPaths         = 1000 // in one error
)

// trouble is one cause and everywhere it shows.
type trouble struct {
	*gqlerror.Error

	paths []ast.Path // in order; one without a path has none
	more  int        // places that are only counted
}

// places is at how many places the trouble shows.
func (t *trouble) places() int { return len(t.paths) + t.more }

// A counted error stands for those of several places: where so many fields fail that
// nobody would read of each, a graph need not make an error for each.
type counted interface {
	error
	Places() int // its own is one of them
}

// group makes one trouble of all errors that tell the same: an API that is down
// is one trouble, however many places of a list it is missing from. The result
// is ordered by path, whatever order the resolvers failed in.
func group(errs gqlerror.List) []*trouble {
	if len(errs) == 0 {
		return nil
	}
	known := make(map[string]*trouble, len(errs))
	var all []*trouble
	for _, e := range errs {
		key, same := sameness(e)
		t := known[key]
		if t == nil || !same {
			t = &trouble{Error: e}
			known[key] = t
			all = append(all, t)
		}
		if len(e.Path) > 0 {
			t.paths = append(t.paths, e.Path)
		}
		if c, ok := errors.AsType[counted](e.Err); ok {
			t.more += c.Places() - 1
		}
	}
	for _, t := range all {
		slices.SortFunc(t.paths, comparePaths)
	}
	slices.SortStableFunc(all, func(a, b *trouble) int { return slices.CompareFunc(a.paths, b.paths, comparePaths) })
	return all
}

// sameness returns a text that is equal for errors to be grouped, and whether e
// may be grouped at all. Errors of gqlgen stand alone. Violations of the contract
// are grouped within one field of a list, not across fields. An outage is one,
// though some of its calls failed and others were not made any more.
func sameness(e *gqlerror.Error) (string, bool) {
	if up, ok := errors.AsType[*upstreams.Error](e.Err); ok {
		where, message, status := "", e.Message, up.Status
		switch up.Kind {
		case upstreams.Contract:
			where = dotted(collapse(e.Path))
		case upstreams.Unavailable:
			message, status = up.Message, 0
		}
		mapped, err := json.Marshal(up.Extensions)
		key := fmt.Sprintf("%d\x00%s\x00%s\x00%d\x00%s\x00%s\x00%s\x00%v",
			up.Kind, up.Source, up.Connector, status, message, mapped, where, e.Extensions["effect"])
		return key, err == nil
	}
	if e.Extensions["code"] == codeInternal {
		return fmt.Sprintf("\x00%s\x00%s\x00%v", e.Message, cause(e), e.Extensions["effect"]), true
	}
	return "", false
}

// written returns what is written of the troubles, at most so many errors and one
// that counts the rest.
func written(all []*trouble, most int) gqlerror.List {
	if len(all) == 0 {
		return nil
	}
	var errs gqlerror.List
	for _, t := range all[:min(len(all), most)] {
		errs = append(errs, t.show())
	}
	if left := len(all) - most; left > 0 {
		errs = append(errs, gqlerror.Errorf("%d more errors are left out", left))
	}
	return errs
}

// show returns the error as it is written: at its first path, with all of them
// in extensions.paths where there are several.
func (t *trouble) show() *gqlerror.Error {
	e := *t.Error
	if len(t.paths) > 0 {
		e.Path = t.paths[0]
	}
	if n := t.places(); n > 1 {
		shown := t.paths[:min(len(t.paths), maxPaths)]
		e.Extensions = maps.Clone(e.Extensions)
		e.Extensions["paths"] = shown
		if n > len(shown) {
			e.Extensions["pathsLeftOut"] = n - len(shown)
		}
	}
	return &e
}

// collapse returns path with a "*" for every place in a list.
func collapse[E any](path []E) []any {
	collapsed := make([]any, len(path))
	for i, element := range path {
		switch element := any(element).(type) {
		case ast.PathName:
			collapsed[i] = string(element)
		case string:
			collapsed[i] = element
		default:
			collapsed[i] = "*"
		}
	}
	return collapsed
}

// dotted writes a collapsed path as text, for comparing and logging.
func dotted(collapsed []any) string {
	var b strings.Builder
	for i, element := range collapsed {
		if i > 0 {
			b.WriteByte('.')
		}
		fmt.Fprint(&b, element)
	}
	return b.String()
}

// comparePaths orders by element: names before places, places by number.
func comparePaths(a, b ast.Path) int {
	return slices.CompareFunc(a, b, func(a, b ast.PathElement) int {
		i, iPlace := a.(ast.PathIndex)
		j, jPlace := b.(ast.PathIndex)
		switch {
		case iPlace && jPlace:
			return cmp.Compare(i, j)
		case iPlace:
			return 1
		case jPlace:
			return -1
		}
		m, _ := a.(ast.PathName)
		n, _ := b.(ast.PathName)
		return cmp.Compare(m, n)
	})
}
