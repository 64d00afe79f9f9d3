package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/99designs/gqlgen/codegen/templates"
)

// byHand is what somebody wrote in resolvers/.
type byHand struct {
	methods  map[[2]string]bool // by receiver and name, whether they take many parents at once
	declared []string           // package-level names
}

// scan finds the hand-written methods of a folder. A file that does not parse is
// an error: its methods would silently be generated a second time.
func scan(dir string) (byHand, error) {
	hand := byHand{methods: map[[2]string]bool{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return hand, err
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".generated.go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return hand, fmt.Errorf("resolvers written by hand: %w", err)
		}
		for _, d := range file.Decls {
			hand.declaration(d)
		}
	}
	return hand, nil
}

func (h *byHand) declaration(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil {
			h.methods[[2]string{receiver(d), d.Name.Name}] = takesMany(d)
		} else {
			h.declared = append(h.declared, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				h.declared = append(h.declared, spec.Name.Name)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					h.declared = append(h.declared, name.Name)
				}
			}
		}
	}
}

func receiver(f *ast.FuncDecl) string {
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// takesMany says whether the second parameter is a slice: of parents.
func takesMany(f *ast.FuncDecl) bool {
	params := f.Type.Params.List
	if len(params) < 2 {
		return false
	}
	_, slice := params[1].Type.(*ast.ArrayType)
	return slice
}

func handKey(typeName, fieldName string) [2]string {
	return [2]string{resolverType(typeName), templates.ToGo(fieldName)}
}

// resolverType is the Go type whose methods resolve the fields of a type.
func resolverType(typeName string) string { return templates.LcFirst(typeName) + "Resolver" }

func (h byHand) has(typeName, fieldName string) bool {
	_, ok := h.methods[handKey(typeName, fieldName)]
	return ok
}

func (h byHand) many(typeName, fieldName string) bool { return h.methods[handKey(typeName, fieldName)] }
