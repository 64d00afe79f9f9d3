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

// byHand are the methods in resolvers/ that somebody wrote: by receiver and name,
// whether they take many parents at once.
type byHand map[[2]string]bool

// scan finds the hand-written methods of a folder. A file that does not parse is
// an error: its methods would silently be generated a second time.
func scan(dir string) (byHand, error) {
	methods := byHand{}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".generated.go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("resolvers written by hand: %w", err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
				methods[[2]string{receiver(f), f.Name.Name}] = takesMany(f)
			}
		}
	}
	return methods, nil
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
	_, ok := h[handKey(typeName, fieldName)]
	return ok
}

func (h byHand) many(typeName, fieldName string) bool { return h[handKey(typeName, fieldName)] }
