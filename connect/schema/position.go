package schema

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
)

// A place is a line and a column of an SDL file, both from 1; columns count
// characters.
type place struct {
	file      string
	line, col int
}

// String is FILE:LINE:COL.
func (p place) String() string {
	return fmt.Sprintf("%s:%d:%d", p.file, p.line, p.col)
}

// compare orders places as they follow each other in the text.
func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.file, q.file), cmp.Compare(p.line, q.line), cmp.Compare(p.col, q.col))
}

// normal is a source as positions are counted in it: without a byte order mark,
// with line feeds only, as GraphQL reads block strings, and in valid UTF-8.
func normal(s *ast.Source) *ast.Source {
	text := strings.TrimPrefix(strings.ToValidUTF8(s.Input, "\uFFFD"), "\uFEFF")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return &ast.Source{Name: s.Name, Input: text, BuiltIn: s.BuiltIn}
}

// start is where a token begins. The parser's own Line and Column are those of
// a block string's end, so they are counted afresh.
func start(pos *ast.Position) place {
	if pos == nil || pos.Src == nil {
		return place{}
	}
	line, _, col := indexOf(pos.Src).find(pos.Start)
	return place{pos.Src.Name, line + 1, col + 1}
}

// directive is where a directive begins: its @, one before its name.
func directive(d *ast.Directive) place {
	p := start(d.Position)
	if p.col > 1 {
		p.col--
	}
	return p
}

// typeStart is where a type begins. The parser's position of a list is behind its
// bracket.
func typeStart(t *ast.Type) place {
	p := start(t.Position)
	if t.Elem == nil {
		return p
	}
	x := indexOf(t.Position.Src)
	_, offset, _ := x.find(t.Position.Start)
	if line := x.text[strings.LastIndexByte(x.text[:offset], '\n')+1 : offset]; strings.Contains(line, "[") {
		p.col -= utf8.RuneCountInString(line[strings.LastIndexByte(line, '['):])
	}
	return p
}

// inside is the place of the byte at off of a string value's content: the SDL
// holds the content behind quotes, escapes or a block string's indentation.
func inside(v *ast.Value, off int) place {
	pos := v.Position
	if pos == nil || pos.Src == nil {
		return place{}
	}
	x := indexOf(pos.Src)
	line, offset, col := x.find(pos.Start)
	if v.Kind != ast.BlockValue {
		return place{pos.Src.Name, line + 1, col + 1 + inQuotes(x.text[offset:], off)}
	}
	b := x.blocks[pos.Start]
	if b == nil {
		b = newBlock(x.text[offset:])
		x.blocks[pos.Start] = b
	}
	below, within := b.find(off)
	if below == 0 {
		within += col
	}
	return place{pos.Src.Name, line + 1 + below, within}
}

// inQuotes counts the characters of raw, which begins with a quote, that stand
// before the content's byte at off.
func inQuotes(raw string, off int) int {
	raw = strings.TrimPrefix(raw, `"`)
	col, read := 1, 0
	for read < off && raw != "" && raw[0] != '"' {
		_, size := utf8.DecodeRuneInString(raw)
		width, bytes := 1, size
		if raw[0] == '\\' {
			width, bytes = escape(raw)
			size = width
		}
		raw, col, read = raw[size:], col+width, read+bytes
	}
	return col
}

// escape is the length of the escape sequence that s begins with, and of the
// UTF-8 that it stands for.
func escape(s string) (length, bytes int) {
	switch {
	case len(s) < 2:
		return len(s), 0
	case s[1] != 'u':
		return 2, 1
	case len(s) > 2 && s[2] == '{':
		hex, _, _ := strings.Cut(s[3:], "}")
		return min(len(s), len(hex)+4), encoded(hex)
	case len(s) >= 12 && s[6:8] == `\u` && surrogate(s[2:6]) && surrogate(s[8:12]):
		return 12, 4
	}
	return min(len(s), 6), encoded(s[2:min(len(s), 6)])
}

func surrogate(hex string) bool { return strings.ContainsAny(hex[:1], "dD") && hex[1] >= '8' }

// encoded is how many bytes the character with a code point in hex has in UTF-8.
func encoded(hex string) int {
	code, err := strconv.ParseUint(hex, 16, 31)
	if err != nil {
		return 0
	}
	return len(string(rune(code)))
}

// A block is the layout of a block string. It undoes BlockStringValue of the
// GraphQL specification: common indentation, and blank lines at both ends.
type block struct {
	first int // of the lines that are content
	lines []blockLine
}

// A blockLine is one line of a block string: its content, and how many characters
// of indentation or quotes stand before that.
type blockLine struct {
	before  int
	content string
}

// newBlock is the block string that raw begins with.
func newBlock(raw string) *block {
	const quotes = `"""`
	raw = strings.TrimPrefix(raw, quotes)
	lines := strings.Split(raw[:blockEnd(raw)], "\n")
	indent := commonIndent(lines)
	b := &block{}
	for b.first < len(lines)-1 && strings.Trim(lines[b.first], " \t") == "" {
		b.first++
	}
	for i, text := range lines {
		before := len(quotes)
		if i > 0 {
			before = min(indent, len(text))
			text = text[before:]
		}
		b.lines = append(b.lines, blockLine{before, strings.ReplaceAll(text, `\`+quotes, quotes)})
	}
	return b
}

// find finds the content's byte at off: how many lines below the block's start,
// and at which column.
func (b *block) find(off int) (line, col int) {
	for i := b.first; i < len(b.lines); i++ {
		l := b.lines[i]
		if off <= len(l.content) || i == len(b.lines)-1 {
			content := l.content[:min(max(off, 0), len(l.content))]
			// Quotes in the content are escaped in the SDL.
			return i, 1 + l.before + utf8.RuneCountInString(content) + strings.Count(content, `"""`)
		}
		off -= len(l.content) + 1
	}
	return 0, 1
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
