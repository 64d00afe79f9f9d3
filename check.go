package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect"
	"holdfast/connect/schema"
	"holdfast/resolvers"
)

// check reads SDL and settings, says everything that is wrong with them, and
// serves nothing.
func check(_ context.Context, o options, env func(string) (string, bool), stdout, _ io.Writer) error {
	sources, err := readSDL(o.schema)
	if err != nil {
		return err
	}
	declared := resolvers.Declared()
	read, findings := schema.Read(sources, schema.Options{Values: declared.Values, ByHand: byHand(declared)})
	fmt.Fprint(stdout, findings)
	if findings.Failed() {
		return errors.New("the SDL cannot be compiled; the settings were not looked at")
	}
	var known []string
	for _, s := range read.Sources {
		known = append(known, s.Name)
	}
	somewhere := func(name string) (string, bool) {
		if name == "SANDBOX" && o.sandbox != "off" {
			return "http://" + o.sandbox, true
		}
		return env(name)
	}
	if _, err := readSettings(o.config, o.sets, somewhere, known); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "ok: %d files, %d sources, %d connectors\n", len(sources), len(read.Sources), len(read.Connectors))
	return nil
}

func readSDL(pattern string) ([]*ast.Source, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, &settingsError{"-schema " + pattern, err.Error()}
	}
	if len(files) == 0 {
		return nil, &settingsError{"-schema " + pattern, "no such files"}
	}
	var sources []*ast.Source
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, &settingsError{name + ":1:1", "cannot be read: " + reason(err)}
		}
		sources = append(sources, &ast.Source{Name: filepath.ToSlash(name), Input: string(text)})
	}
	return sources, nil
}

func byHand(m connect.Manifest) func(typeName, fieldName string) bool {
	fields := map[string]bool{}
	for _, f := range m.ByHand {
		fields[f] = true
	}
	return func(typeName, fieldName string) bool { return fields[typeName+"."+fieldName] }
}
