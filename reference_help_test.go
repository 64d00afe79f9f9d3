package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What the help of the other commands shows can be typed into a shell, as shipped.
func TestTheExamplesOfTheCommandsWork(t *testing.T) {
	g := shippedGraph()
	inReference(t)
	for _, line := range shellLines(checkExamples + explainExamples) {
		t.Run(line, func(t *testing.T) {
			args := shellWords(t, line)
			if before, stdin, ok := strings.Cut(line, "|"); ok {
				args = shellWords(t, stdin)
				text := shellWords(t, before)[1] // echo TEXT
				args[slices.Index(args, "-")] = text
			}
			var out strings.Builder
			if err := run(t.Context(), g, args[1:], noVariables, &out, io.Discard); err != nil || out.Len() == 0 {
				t.Errorf("%v, and %d bytes", err, out.Len())
			}
		})
	}
}

// inReference works in a folder that is the repository's, but has the settings that
// nobody edits.
func inReference(t *testing.T) {
	t.Helper()
	sdl, err := filepath.Abs("graph")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "holdfast.yaml"), readFile(t, "testdata/reference.yaml"))
	if err := os.Symlink(sdl, filepath.Join(dir, "graph")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
}

// shellLines are the commands of a help's examples.
func shellLines(help string) (all []string) {
	for line := range strings.Lines(strings.ReplaceAll(help, "|\n", "|")) {
		if line = strings.TrimSpace(line); line != "" && line != "Examples:" {
			all = append(all, line)
		}
	}
	return all
}

// shellWords takes a command apart as a shell does that knows blanks and '.
func shellWords(t *testing.T, line string) (words []string) {
	t.Helper()
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

func noVariables(string) (string, bool) { return "", false }
