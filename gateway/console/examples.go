package console

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Example is a query that the page opens with. Its tab is titled with the name
// of the operation.
type Example struct {
	Name  string `json:"name"`  // where it comes from, for messages
	Query string `json:"query"` // a GraphQL document; comments are shown
}

// Examples reads the files of fsys that end in .graphql, in the order of their
// paths. No files are no examples.
func Examples(fsys fs.FS) ([]Example, error) {
	var all []Example
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".graphql" {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		all = append(all, Example{Name: name, Query: strings.TrimSpace(string(text))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("console: examples: %w", err)
	}
	return all, nil
}

// tabs returns the file that tells the page of the examples.
func tabs(at string, examples []Example) (*file, error) {
	if examples == nil {
		examples = []Example{} // not null
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if err := json.NewEncoder(zip).Encode(examples); err != nil {
		return nil, fmt.Errorf("console: examples: %w", err)
	}
	if err := zip.Close(); err != nil {
		return nil, fmt.Errorf("console: examples: %w", err)
	}
	return newFile(at, packed.Bytes()), nil
}
