package mapping

import (
	"strings"
	"unicode/utf8"
)

// parser reads a mapping from left to right by recursive descent; there is one token of lookahead and no state but
// the position, the brackets that are open, and what errors tell about.
type parser struct {
	src     string
	pos     int
	opened  []bracket
	comment int          // where the last comment ends; 0: there was none
	unknown *SyntaxError // the first escape that the language does not have
}

// bracket is an opening bracket that is not closed yet.
type bracket struct {
	pos  int
	what construct
}

// construct says what a bracket opens.
type construct uint8

const (
	group      construct = iota // { items }
	expression                  // $( … )
	arguments                   // ->method( … )
	array                       // [ … ]
	object                      // { key: … }
)

func (c construct) opening() string { return "{(([{"[c : c+1] }

func (c construct) closing() string { return "}))]}"[c : c+1] }

// admit refuses texts that are not worth reading.
func (p *parser) admit(what string) error {
	if len(p.src) > maxSource {
		return &SyntaxError{Span{0, len(p.src)}, LimitExceeded, "a " + what + " has at most 64 KiB", ""}
	}
	for i, r := range p.src {
		if r == utf8.RuneError && !strings.HasPrefix(p.src[i:], "\uFFFD") {
			return p.fail(Span{i, i + 1}, "a byte that is not UTF-8", "save the text as UTF-8")
		}
	}
	return nil
}

// blank skips blanks and comments.
func (p *parser) blank() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		case '#':
			end := strings.IndexByte(p.src[p.pos:], '\n')
			if end < 0 {
				end = len(p.src) - p.pos
			}
			p.pos += end
			p.comment = p.pos
		default:
			return
		}
	}
}

// peek returns the byte at the position, 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

// at reports whether the text goes on with s.
func (p *parser) at(s string) bool { return strings.HasPrefix(p.src[p.pos:], s) }

// take skips s, and blanks before it, if the text goes on so.
func (p *parser) take(s string) bool {
	p.blank()
	if !p.at(s) {
		return false
	}
	p.pos += len(s)
	return true
}

// open takes an opening bracket and counts the nesting; shut takes the closing one.
func (p *parser) open(what construct) error {
	p.take(what.opening())
	at := p.pos - 1
	if len(p.opened) == maxNesting {
		return &SyntaxError{Span{at, p.pos}, LimitExceeded, "nested more than 64 deep", ""}
	}
	p.opened = append(p.opened, bracket{at, what})
	return nil
}

func (p *parser) shut() error {
	last := len(p.opened) - 1
	if closing := p.opened[last].what.closing(); !p.take(closing) {
		return p.unexpected(`"` + closing + `"`)
	}
	p.opened = p.opened[:last]
	return nil
}

// atShut reports whether the bracket that closes the last open one comes next; the blanks before it are skipped.
func (p *parser) atShut() bool {
	p.blank()
	return p.at(p.opened[len(p.opened)-1].what.closing())
}

// name reads [A-Za-z_][A-Za-z0-9_]* at the position; "" when there is none.
func (p *parser) name() string {
	start := p.pos
	for p.pos < len(p.src) && (isLetter(p.src[p.pos]) || p.pos > start && isDigit(p.src[p.pos])) {
		p.pos++
	}
	return p.src[start:p.pos]
}

func isName(s string) bool {
	p := parser{src: s}
	return p.name() != "" && p.pos == len(s)
}

func isLetter(b byte) bool { return b == '_' || 'a' <= b|0x20 && b|0x20 <= 'z' }

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func isQuote(b byte) bool { return b == '"' || b == '\'' }

// quoted reads the string whose opening quote is at the position.
func (p *parser) quoted() (string, error) {
	start, quote := p.pos, p.src[p.pos]
	var text strings.Builder
	for p.pos++; p.pos < len(p.src); p.pos++ {
		switch b := p.src[p.pos]; b {
		case quote:
			p.pos++
			return text.String(), nil
		case '\\':
			p.escape(&text)
		default:
			text.WriteByte(b)
		}
	}
	return "", p.fail(Span{start, len(p.src)}, "the string does not end", "close it with "+string(quote))
}

// escape reads the escape at the position and stays on its last byte. An unknown one is the character itself.
func (p *parser) escape(text *strings.Builder) {
	start := p.pos
	p.pos++
	r, size := utf8.DecodeRuneInString(p.src[p.pos:])
	if size == 0 {
		return
	}
	p.pos += size - 1
	switch {
	case r == 'n':
		r = '\n'
	case r == '\\' || r == '\'' || r == '"':
	case p.unknown == nil:
		p.unknown = &SyntaxError{
			Span{start, start + 1 + size},
			InvalidEscape, "unknown escape",
			`the escapes are \n \\ \' and \"; other characters stand as they are`,
		}
	}
	text.WriteRune(r)
}

// number reads a number at the position and returns it as a JSON literal; "" when there is none.
func (p *parser) number() string {
	s := p.src[p.pos:]
	rest := strings.TrimPrefix(s, "-")
	sign := s[:len(s)-len(rest)]
	n := digits(rest)
	whole, fraction := rest[:n], ""
	if n < len(rest) && rest[n] == '.' {
		m := digits(rest[n+1:])
		if n == 0 && m == 0 {
			return ""
		}
		fraction = "." + rest[n+1:n+1+m]
		n += 1 + m
	}
	if n == 0 {
		return ""
	}
	p.pos += len(sign) + n
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction == "." {
		fraction = ".0"
	}
	return sign + whole + fraction
}

func (p *parser) fail(at Span, message, hint string) error {
	return &SyntaxError{at, InvalidSelection, message, hint}
}
