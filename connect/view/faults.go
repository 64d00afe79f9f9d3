package view

import (
	"errors"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/record"
	"holdfast/upstreams"
)

// Misfit is the error of a place that has no value.
func Misfit(f *record.Fault) error {
	if f.Err != nil {
		return f.Err
	}
	return &upstreams.Error{
		Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Source: f.Source, Connector: f.Connector,
		Err: errors.New(f.Why),
	}
}

// Missing calls tell for what is missing in the lists of an answer: items, the nodes
// of a connection, and what comes after its last one.
func Missing(a *record.Answer, tell func(below ast.Path, err error)) {
	if a.Root().Kind() != record.Faulty {
		missing(a.Root(), nil, tell)
	}
	for _, b := range a.Beside() {
		var at ast.Path
		for _, step := range b.Path {
			switch step := step.(type) {
			case string:
				at = append(at, ast.PathName(step))
			case int:
				at = append(at, ast.PathIndex(step))
			}
		}
		tell(at, b.Err)
	}
}

func missing(r record.Ref, at ast.Path, tell func(below ast.Path, err error)) {
	switch r.Kind() {
	case record.Faulty:
		tell(slices.Clone(at), Misfit(r.Fault()))
	case record.List:
		for i := range r.Len() {
			missing(r.Item(i), append(at, ast.PathIndex(i)), tell)
		}
	case record.Object:
		for _, name := range []string{"edges", "node"} { // of a connection and its edges
			if column := r.Layout().Column(name); column >= 0 && r.Field(column).Kind() != record.Object {
				missing(r.Field(column), append(at, ast.PathName(name)), tell)
			}
		}
	case record.Null, record.Leaf, record.Cursor:
	}
}
