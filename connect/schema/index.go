package schema

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
)

// An index finds places in one source without reading it from the start each time.
type index struct {
	text   string
	lines  []int          // bytes at which lines begin
	runes  []int          // characters before each line
	blocks map[int]*block // block strings by the character at which they begin
}

// indexes are of the sources that are being read: a position knows its source and
// nothing else. Whoever reads adds them, and takes them out again.
var indexes sync.Map //nolint:gochecknoglobals // see above

// indexed keeps the index of a source until the function that it returns is called.
func indexed(s *ast.Source) (done func()) {
	indexes.Store(s, newIndex(s))
	return func() { indexes.Delete(s) }
}

func newIndex(s *ast.Source) *index {
	x := &index{text: s.Input, lines: []int{0}, runes: []int{0}, blocks: map[int]*block{}}
	for line := range strings.Lines(s.Input) {
		if !strings.HasSuffix(line, "\n") {
			break // nothing follows
		}
		last := len(x.lines) - 1
		x.lines = append(x.lines, x.lines[last]+len(line))
		x.runes = append(x.runes, x.runes[last]+utf8.RuneCountInString(line))
	}
	return x
}

// indexOf is the index of a source, made anew if it is not being read.
func indexOf(s *ast.Source) *index {
	if x, ok := indexes.Load(s); ok {
		return x.(*index) //nolint:errcheck,forcetypeassert // nothing else is stored
	}
	return newIndex(s)
}

// find is the line of a character, from 0, the byte that it begins at, and its
// column, from 0.
func (x *index) find(character int) (line, offset, col int) {
	line, found := slices.BinarySearch(x.runes, character)
	if !found {
		line--
	}
	col = character - x.runes[line]
	offset = x.lines[line]
	for range col {
		_, size := utf8.DecodeRuneInString(x.text[offset:])
		offset += size
	}
	return line, offset, col
}
