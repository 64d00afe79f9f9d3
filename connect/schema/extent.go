package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
)

// extend gives findings their ends: each is about the token at its place, of the
// SDL or of a mapping in it.
func (fs Findings) extend(sources []*ast.Source) {
	lines := map[string][]string{}
	for _, s := range sources {
		lines[s.Name] = strings.SplitAfter(normal(s).Input, "\n")
	}
	for i := range fs {
		f := &fs[i]
		if f.Line < 1 || f.Line > len(lines[f.File]) {
			continue
		}
		here := lines[f.File][f.Line-1:]
		before := 0
		for range f.Col - 1 {
			_, size := utf8.DecodeRuneInString(here[0][before:])
			before += size
		}
		token := extent(here[0][before:])
		if strings.HasPrefix(token, `"""`) {
			token = extent(here[0][before:] + strings.Join(here[1:], ""))
		}
		f.EndLine, f.EndCol = f.Line+strings.Count(token, "\n"), f.Col+utf8.RuneCountInString(token)
		if last := strings.LastIndexByte(token, '\n'); last >= 0 {
			f.EndCol = 1 + utf8.RuneCountInString(token[last+1:])
		}
	}
}

// extent is the token that text begins with: a string, a name with what marks it
// as a variable, directive or method, or one character.
func extent(text string) string {
	for _, quote := range []string{`"""`, `"`, "'"} {
		if rest, ok := strings.CutPrefix(text, quote); ok {
			return text[:len(quote)+closingQuote(rest, quote)]
		}
	}
	start := 0
	for _, mark := range []string{"->", "@", "$"} {
		if strings.HasPrefix(text, mark) {
			start = len(mark)
		}
	}
	end := start
	for end < len(text) && (text[end] == '_' || text[end] < utf8.RuneSelf && (unicode.IsLetter(rune(text[end])) || unicode.IsDigit(rune(text[end])))) {
		end++
	}
	if end == 0 {
		_, end = utf8.DecodeRuneInString(text)
	}
	return strings.TrimRight(text[:end], "\n")
}

// closingQuote is where the text after an opening quote goes on: behind the quote
// that closes it, or at the end of the line where none does.
func closingQuote(text, quote string) int {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case text[i] == '\n' && len(quote) == 1:
			return i
		case strings.HasPrefix(text[i:], quote):
			return i + len(quote)
		}
	}
	return len(text)
}
