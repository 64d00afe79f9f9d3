package schema

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// readable is a source without the definitions that are no GraphQL. They are
// reported, and blank in it, so that the others stand where they stood.
func (c *checker) readable(s *ast.Source) *ast.Source {
	const enough = 20 // mistakes
	for range enough {
		_, err := parser.ParseSchema(s)
		if err == nil {
			return s
		}
		from, to, endless := c.endless(s)
		if !endless {
			c.notGraphQL(err)
			from, to = definitionAround(s.Input, errorLine(err))
		}
		c.cuts = append(c.cuts, s.Input[from:to])
		blank := regexp.MustCompile(`[^\n]`).ReplaceAllString(s.Input[from:to], " ")
		s = &ast.Source{Name: s.Name, Input: s.Input[:from] + blank + s.Input[to:], BuiltIn: s.BuiltIn}
	}
	return &ast.Source{Name: s.Name}
}

// errorLine is the line of a mistake, from 0.
func errorLine(err error) int {
	if g, ok := errors.AsType[*gqlerror.Error](err); ok && len(g.Locations) > 0 {
		return g.Locations[0].Line - 1
	}
	return 0
}

// beginning is how definitions begin, at the start of a line.
var beginning = regexp.MustCompile(`(?m)^(extend[ \t]+)?(type|interface|union|enum|input|scalar|directive|schema)\b[ \t]*[@{\w]`)

// definitionAround is where the definition begins and ends that a mistake on a line
// belongs to: the one that has the line, or the one before if it does not end.
func definitionAround(text string, line int) (from, to int) {
	offset := 0
	for range line {
		offset += strings.IndexByte(text[offset:], '\n') + 1
	}
	starts, first := []int{0}, []int{0} // with the description, and without
	for _, found := range beginning.FindAllStringIndex(text, -1) {
		starts, first = append(starts, described(text, found[0])), append(first, found[0])
	}
	starts = append(starts, len(text))
	i := 0
	for i+1 < len(first) && starts[i+1] <= offset {
		i++
	}
	if i > 0 && first[i] == offset && !ends(text[starts[i-1]:starts[i]]) {
		i--
	}
	return starts[i], starts[i+1]
}

// endless reports a block string that does not end, where the text has one, and
// returns where the definition begins and ends that has it.
func (c *checker) endless(s *ast.Source) (from, to int, ok bool) {
	at, to, ok := unended(s.Input)
	if !ok {
		return 0, 0, false
	}
	before := s.Input[:at]
	lines := strings.Count(before, "\n")
	here := place{s.Name, lines + 1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1}
	c.report(here, "INVALID_SDL", "", "the block string that begins here does not end")
	if starts := beginning.FindAllStringIndex(before, -1); starts != nil {
		from = starts[len(starts)-1][0]
	}
	if ends(before[from:]) { // then it is the description of the next
		return at, to, true
	}
	return described(s.Input, from), to, true
}

// outside is what is no definition, and begins outside of block strings.
var outside = regexp.MustCompile(`#[^\n]*|"""|"(\\.|[^"\\\n])*"?`)

// unended is where a block string begins that the text ends in, and where a
// definition begins behind it. Strings that follow may end where they should begin,
// so it is the first that a definition seems to begin in.
func unended(text string) (at, to int, ok bool) {
	guessed := false
	for i := 0; ; {
		found := outside.FindStringIndex(text[i:])
		if found == nil {
			return 0, 0, false
		}
		begin, isBlock := i+found[0], text[i+found[0]:i+found[1]] == `"""`
		i += found[1]
		if !isBlock {
			continue
		}
		inside, rest, closed := strings.Cut(text[i:], `"""`)
		if next := beginning.FindStringIndex(inside); next != nil && !guessed {
			at, to, guessed = begin, i+next[0], true
		}
		switch {
		case closed:
			i = len(text) - len(rest)
		case guessed:
			return at, to, true
		default:
			return begin, len(text), true
		}
	}
}

// described is where the description of a definition begins, or it itself.
func described(text string, at int) int {
	before := strings.TrimRight(text[:at], " \t\n")
	if block, ok := strings.CutSuffix(before, `"""`); ok {
		return max(0, strings.LastIndex(block, `"""`))
	}
	if line := strings.LastIndexByte(before, '\n') + 1; strings.HasSuffix(before, `"`) && strings.HasPrefix(text[line:], `"`) {
		return line
	}
	return at
}

// ends says whether all brackets of a definition are closed.
func ends(text string) bool {
	text = regexp.MustCompile(`(?s)""".*?"""|"(\\.|[^"\\\n])*"|#[^\n]*`).ReplaceAllString(text, "")
	for _, pair := range []string{"{}", "()", "[]"} {
		if strings.Count(text, pair[:1]) != strings.Count(text, pair[1:]) {
			return false
		}
	}
	return true
}

// inCut says whether a definition that was not read mentions a word: then it may say
// what is missing elsewhere.
func (c *checker) inCut(word string) bool {
	mentions := regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`)
	return slices.ContainsFunc(c.cuts, mentions.MatchString)
}
