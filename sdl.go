package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"holdfast/connect/schema"
	"holdfast/settings"
	"holdfast/upstreams/field"
)

// readSDL reads the SDL files that -schema names: files, folders of them, or
// patterns of their names. Without it they are those of the graph that is served.
func readSDL(o options) ([]*ast.Source, error) {
	if len(o.schema) == 0 {
		return o.graph.text()
	}
	var files []string
	for _, pattern := range o.schema {
		found, err := matching(pattern)
		if err != nil {
			return nil, settings.Wrong("-schema "+pattern, field.Reason(err))
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	var sources []*ast.Source
	for _, name := range slices.Compact(files) {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, settings.Wrong(name+":1:1", "cannot be read: "+field.Reason(err))
		}
		sources = append(sources, &ast.Source{Name: filepath.ToSlash(name), Input: string(text)})
	}
	return sources, nil
}

// text is the graph's SDL, by the names of its files.
func (g compiledGraph) text() ([]*ast.Source, error) {
	files, err := fs.Glob(g.files, g.sdl)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.sdl, err)
	}
	var sources []*ast.Source
	for _, name := range files {
		text, err := fs.ReadFile(g.files, name)
		if err != nil {
			return nil, err
		}
		sources = append(sources, &ast.Source{Name: name, Input: string(text)})
	}
	return sources, nil
}

// read reads and checks the graph's SDL. The error says all that is wrong with it.
func (g compiledGraph) read() (*schema.Schema, error) {
	sdl, err := g.text()
	if err != nil {
		return nil, err
	}
	read, findings := schema.Read(sdl, schemaOptions(g, sdl))
	if findings.Failed() {
		return nil, fmt.Errorf("%sthe SDL of the graph cannot be served", findings)
	}
	return read, nil
}

// matching are the files that one pattern names. Of a folder they are those with
// the endings of SDL.
func matching(pattern string) ([]string, error) {
	info, err := os.Stat(pattern)
	patterns := []string{pattern}
	if err == nil && info.IsDir() {
		patterns = []string{filepath.Join(pattern, "*.graphqls"), filepath.Join(pattern, "*.graphql")}
	}
	var files []string
	for _, p := range patterns {
		found, err := filepath.Glob(p)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, errors.New("no such files")
	}
	return files, nil
}

// schemaOptions is what the compiled program knows and SDL does not say. SDL from
// elsewhere may call types of its own by names that are values here.
func schemaOptions(compiled compiledGraph, sdl []*ast.Source) schema.Options {
	var values []string
	for _, name := range compiled.declared.Values {
		if def := compiled.types.Types[name]; def == nil || def.Kind != ast.Object || declares(sdl, def) {
			values = append(values, name)
		}
	}
	byHand := func(typeName, fieldName string) bool {
		return slices.Contains(compiled.declared.ByHand, typeName+"."+fieldName)
	}
	return schema.Options{Values: values, ByHand: byHand}
}

// declares says whether SDL declares a type with the fields of def.
func declares(sdl []*ast.Source, def *ast.Definition) bool {
	for _, source := range sdl {
		doc, err := parser.ParseSchema(source)
		if err != nil {
			continue // found when it is read
		}
		if own := doc.Definitions.ForName(def.Name); own != nil {
			return slices.EqualFunc(own.Fields, def.Fields, func(a, b *ast.FieldDefinition) bool {
				return a.Name == b.Name && a.Type.String() == b.Type.String()
			})
		}
	}
	return false
}
