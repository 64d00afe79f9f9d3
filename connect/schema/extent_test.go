package schema

import (
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

func TestFindingsEndWithTheirToken(t *testing.T) {
	text := "type é @connect(url: \"a \\\" b\") $args.id->first 'k' {\n\"\"\"\nblock\n\"\"\"\n  \"open\n"
	tests := map[string]struct {
		line, col       int
		endLine, endCol int
	}{
		"a name":                            {1, 1, 1, 5},
		"a character":                       {1, 6, 1, 7},
		"a directive":                       {1, 8, 1, 16},
		"a string with an escaped quote":    {1, 22, 1, 30},
		"a variable":                        {1, 32, 1, 37},
		"a method":                          {1, 40, 1, 47},
		"a quoted key":                      {1, 48, 1, 51},
		"a brace":                           {1, 52, 1, 53},
		"the end of a line":                 {1, 53, 1, 53},
		"a block string":                    {2, 1, 4, 4},
		"a string that is not closed":       {5, 3, 5, 8},
		"a place that the text has not":     {9, 1, 0, 0},
		"a finding about the whole folder":  {0, 0, 0, 0},
		"a column behind the end of a line": {1, 99, 1, 99},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fs := Findings{{File: "x", Line: tt.line, Col: tt.col}}
			fs.extend([]*ast.Source{{Name: "x", Input: text}})
			if fs[0].EndLine != tt.endLine || fs[0].EndCol != tt.endCol {
				t.Errorf("ends at %d:%d, want %d:%d", fs[0].EndLine, fs[0].EndCol, tt.endLine, tt.endCol)
			}
		})
	}
}
