package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Finding is one thing that is wrong, or worth knowing, about an SDL folder.
type Finding struct {
	File      string // as the SDL was named when it was read
	Line, Col int    // from 1, in characters; 0 when the finding belongs to the whole folder
	// EndLine and EndCol are behind the last character of what it is about.
	EndLine, EndCol int
	// Code is stable: scripts and editors may rely on it.
	Code string
	// Coordinate is the connector, field or type it is about, such as Query.order; may be empty.
	Coordinate string
	Message    string
	// Hint says what to do; may be empty.
	Hint    string
	Warning bool // does not keep the schema from being served
}

// String is FILE:LINE:COL: CODE: message, in one line.
func (f Finding) String() string {
	var b strings.Builder
	if f.File != "" {
		fmt.Fprintf(&b, "%s:%d:%d: ", f.File, f.Line, f.Col)
	}
	if f.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(f.Code + ": ")
	if f.Coordinate != "" {
		b.WriteString(f.Coordinate + ": ")
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString(" (" + f.Hint + ")")
	}
	return b.String()
}

// Findings are all findings of one reading, in the order of the text.
type Findings []Finding

// Failed says whether any of them keeps the schema from being served.
func (fs Findings) Failed() bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return !f.Warning })
}

// String has one finding a line.
func (fs Findings) String() string {
	var b strings.Builder
	for _, f := range fs {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

// sorted orders findings by file and position and drops repetitions.
func (fs Findings) sorted() Findings {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Col, b.Col), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message),
			cmp.Compare(a.Coordinate, b.Coordinate), cmp.Compare(a.Hint, b.Hint))
	})
	return slices.Compact(fs)
}
