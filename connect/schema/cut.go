package schema

import (
	"errors"
	"regexp"
	"slices"
	"strings"

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
		c.notGraphQL(err)
		from, to := definitionAround(s.Input, errorLine(err))
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
// belongs to: the one that has the line, or the one before if it does not end. Where
// block strings do not end, it is all of the text.
func definitionAround(text string, line int) (from, to int) {
	offset := 0
	for range line {
		offset += strings.IndexByte(text[offset:], '\n') + 1
	}
	starts, first := []int{0}, []int{0} // with the description, and without
	if strings.Count(text, `"""`)%2 == 0 {
		for _, found := range beginning.FindAllStringIndex(text, -1) {
			starts, first = append(starts, described(text, found[0])), append(first, found[0])
		}
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
