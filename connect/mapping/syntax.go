package mapping

import "fmt"

// Codes of a [SyntaxError]; the third is [LimitExceeded].
const (
	InvalidSelection = "INVALID_SELECTION"
	InvalidEscape    = "INVALID_ESCAPE"
)

const (
	maxSource  = 64 << 10 // bytes of a mapping or template
	maxNesting = 64       // braces, parentheses and brackets
)

// SyntaxError says why a text is not a mapping or template, and where.
type SyntaxError struct {
	Span
	Code    string // [InvalidSelection], [InvalidEscape] or [LimitExceeded]
	Message string
	Hint    string // what to write instead; may be empty
}

// Error returns the position, the message and the hint.
func (e *SyntaxError) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("offset %d: %s", e.Start, e.Message)
	}
	return fmt.Sprintf("offset %d: %s (%s)", e.Start, e.Message, e.Hint)
}

// Mapping is a parsed mapping. It does not change and may be applied by many goroutines at once.
type Mapping struct {
	Source string // as given to [Parse]
	Root   *Group
}

// Parse reads a mapping. An error is a *[SyntaxError]. The text may have 64 KiB and nest 64 deep.
// Names of variables and methods are not checked: that needs to know where the mapping stands.
//
// There is a mapping besides an error only if its code is [InvalidEscape]: whoever does not mind an escape that the
// language does not have may apply it; the escape is then the character after the backslash.
func Parse(src string) (*Mapping, error) {
	p := parser{src: src}
	if err := p.admit("mapping"); err != nil {
		return nil, err
	}
	items, err := p.items()
	if err != nil {
		return nil, err
	}
	m := &Mapping{Source: src, Root: &Group{Span: Span{0, len(src)}, Items: items}}
	if p.unknown != nil {
		return m, p.unknown
	}
	return m, nil
}

// MustParse is [Parse] for generated code, whose mappings are known to be right. It panics when one is not.
func MustParse(src string) *Mapping {
	m, err := Parse(src)
	if err != nil {
		panic(fmt.Sprintf("mapping %q: %v", src, err))
	}
	return m
}
