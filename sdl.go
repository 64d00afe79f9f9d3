package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/record"
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
func (f folder) text() ([]*ast.Source, error) {
	files, err := fs.Glob(f.files, f.sdl)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.sdl, err)
	}
	var sources []*ast.Source
	for _, name := range files {
		text, err := fs.ReadFile(f.files, name)
		if err != nil {
			return nil, err
		}
		sources = append(sources, &ast.Source{Name: name, Input: string(text)})
	}
	return sources, nil
}

// readGraph reads and checks the SDL that is served. The error says all that is wrong
// with it.
func readGraph(o options) (*schema.Schema, error) {
	sdl, err := readSDL(o)
	if err != nil {
		return nil, err
	}
	read, findings := schema.Read(sdl, o.graph.options(sdl))
	if findings.Failed() {
		return nil, fmt.Errorf("%sthe SDL cannot be served", findings)
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

// options is what the folder says that SDL does not.
func (f folder) options(sdl []*ast.Source) schema.Options {
	return schema.Options{Values: record.Values(sdl, f.scalars), ByHand: f.hand.Has}
}
