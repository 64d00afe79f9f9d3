package schema

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
)

// A place is a line and a column of an SDL file, both from 1.
type place struct {
	file      string
	line, col int
}

// start is where a token begins. The parser's own Line and Column are those of
// a block string's end, so they are counted afresh.
func start(pos *ast.Position) place {
	if pos == nil || pos.Src == nil {
		return place{}
	}
	before := pos.Src.Input[:offset(pos)]
	line := 1 + strings.Count(before, "\n")
	last := before[strings.LastIndex(before, "\n")+1:]
	return place{pos.Src.Name, line, 1 + utf8.RuneCountInString(last)}
}

// directive is where a directive begins: its @, one before its name.
func directive(d *ast.Directive) place {
	p := start(d.Position)
	if p.col > 1 {
		p.col--
	}
	return p
}

// offset is the byte at which a token begins; positions count characters.
func offset(pos *ast.Position) int {
	runes := 0
	for i := range pos.Src.Input {
		if runes == pos.Start {
			return i
		}
		runes++
	}
	return len(pos.Src.Input)
}

// inside is the place of the byte at off of a string value's content: the SDL
// holds the content behind quotes, escapes or a block string's indentation.
func inside(v *ast.Value, off int) place {
	p := start(v.Position)
	if p.line == 0 {
		return p
	}
	raw := v.Position.Src.Input[offset(v.Position):]
	if v.Kind == ast.BlockValue {
		p.line, p.col = inBlock(raw, p.line, p.col, off)
	} else {
		p.col += inQuotes(raw, off)
	}
	return p
}

// inQuotes counts the characters of raw, which begins with a quote, that stand
// before the content's byte at offset.
func inQuotes(raw string, offset int) int {
	raw = strings.TrimPrefix(raw, `"`)
	col, read := 1, 0
	for read < offset && raw != "" && raw[0] != '"' {
		r, size := utf8.DecodeRuneInString(raw)
		width, bytes := 1, size
		if r == '\\' && len(raw) > 1 {
			width, size, bytes = 2, 2, 1
			if raw[1] == 'u' && len(raw) >= 6 {
				width, size = 6, 6
				bytes = escapedBytes(raw[2:6])
			}
		}
		raw, col, read = raw[size:], col+width, read+bytes
	}
	return col
}

// escapedBytes is how many bytes of UTF-8 the four hex digits of \uXXXX make.
func escapedBytes(hex string) int {
	switch {
	case hex <= "007F" || hex <= "007f":
		return 1
	case strings.ToUpper(hex) <= "07FF":
		return 2
	default:
		return 3
	}
}

// inBlock finds the content's byte at offset in a block string that begins, with
// its quotes, at line and col. It undoes BlockStringValue of the GraphQL
// specification: common indentation, and blank lines at both ends.
func inBlock(raw string, line, col, offset int) (int, int) {
	raw = strings.TrimPrefix(raw, `"""`)
	raw = raw[:blockEnd(raw)]
	lines := strings.Split(strings.ReplaceAll(raw, "\r\n", "\n"), "\n")
	indent := commonIndent(lines)
	first := 0
	for first < len(lines)-1 && strings.Trim(lines[first], " \t") == "" {
		first++
	}
	for i := first; i < len(lines); i++ {
		text, cut := lines[i], 0
		if i > 0 {
			cut = min(indent, len(text))
		}
		content := strings.ReplaceAll(text[cut:], `\"""`, `"""`)
		if offset <= len(content) || i == len(lines)-1 {
			column := 1 + cut + utf8.RuneCountInString(content[:min(offset, len(content))])
			if i == 0 {
				column += col + 2
			}
			return line + i, column
		}
		offset -= len(content) + 1
	}
	return line, col
}

func blockEnd(raw string) int {
	for i := 0; i < len(raw); i++ {
		switch {
		case strings.HasPrefix(raw[i:], `\"""`):
			i += 3
		case strings.HasPrefix(raw[i:], `"""`):
			return i
		}
	}
	return len(raw)
}

// commonIndent is the indentation shared by all lines that hold something. The
// parser counts the first line too.
func commonIndent(lines []string) int {
	indent := -1
	for _, l := range lines {
		n := len(l) - len(strings.TrimLeft(l, " \t"))
		if n < len(l) && (indent < 0 || n < indent) {
			indent = n
		}
	}
	return max(indent, 0)
}

// String is FILE:LINE:COL.
func (p place) String() string {
	return fmt.Sprintf("%s:%d:%d", p.file, p.line, p.col)
}
