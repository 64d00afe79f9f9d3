package mapping

import (
	"strings"
	"unicode/utf8"
)

// parser reads a mapping from left to right by recursive descent; there is one token of lookahead and no state but
// the position and the nesting.
type parser struct {
	src   string
	pos   int
	depth int
}

// admit refuses texts that are not worth reading.
func (p *parser) admit() error {
	if len(p.src) > maxSource {
		return &SyntaxError{Span{0, len(p.src)}, LimitExceeded, "a mapping has at most 64 KiB", ""}
	}
	if !utf8.ValidString(p.src) {
		return p.fail(Span{0, len(p.src)}, "the text is not UTF-8", "")
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
				p.pos = len(p.src)
				return
			}
			p.pos += end + 1
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

// open takes an opening bracket and counts the nesting; the caller takes the closing one by shut.
func (p *parser) open(bracket string) error {
	p.take(bracket)
	if p.depth++; p.depth > maxNesting {
		return &SyntaxError{Span{p.pos - 1, p.pos}, LimitExceeded, "nested more than 64 deep", ""}
	}
	return nil
}

func (p *parser) shut(bracket string) error {
	if !p.take(bracket) {
		return p.unexpected(`"` + bracket + `"`)
	}
	p.depth--
	return nil
}

// name reads [A-Za-z_][A-Za-z0-9_]* at the position; "" when there is none.
func (p *parser) name() string {
	start := p.pos
	for p.pos < len(p.src) && (isLetter(p.src[p.pos]) || p.pos > start && isDigit(p.src[p.pos])) {
		p.pos++
	}
	return p.src[start:p.pos]
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
			if err := p.escape(&text); err != nil {
				return "", err
			}
		default:
			text.WriteByte(b)
		}
	}
	return "", p.fail(Span{start, len(p.src)}, "the string does not end", "")
}

// escape reads the escape at the position and stays on its last byte.
func (p *parser) escape(text *strings.Builder) error {
	start := p.pos
	p.pos++
	switch b := p.peek(); {
	case b == 'n':
		text.WriteByte('\n')
	case b == '\\' || isQuote(b):
		text.WriteByte(b)
	default:
		_, size := utf8.DecodeRuneInString(p.src[p.pos:])
		return &SyntaxError{
			Span{start, p.pos + size}, InvalidEscape, "unknown escape", `the escapes are \n \\ \' and \"; other characters stand as they are`,
		}
	}
	return nil
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

// unexpected complains about what is at the position.
func (p *parser) unexpected(wanted string) error {
	p.blank()
	if p.pos == len(p.src) {
		return p.fail(Span{p.pos, p.pos}, "the text ends, want "+wanted, "")
	}
	_, size := utf8.DecodeRuneInString(p.src[p.pos:])
	if op := p.operator(); op != "" {
		size = len(op)
	}
	found := Span{p.pos, p.pos + size}
	return p.fail(found, "unexpected "+quote(p.src[found.Start:found.End])+", want "+wanted, p.hint())
}

// hint explains what people write who know other languages.
func (p *parser) hint() string {
	switch {
	case p.at("??"), p.at("?!"):
		return "an operator stands inside $( … ) or the arguments of a method"
	case p.at("?"):
		return "? stands once, after a key or step"
	case p.at("["):
		return "->get(0) or ->first take an item out of an array"
	case p.at(","):
		return "items are separated by blanks"
	case p.at("..."):
		return "write `$.path { … }` to join the keys of another object"
	case p.at("."):
		return "a path starts with $, @, a variable or a key"
	case p.at("=="), p.at("!="):
		return "->eq and ->ne compare"
	case p.at("+"), p.at("-"), p.at("*"), p.at("/"), p.at("%"):
		return "->add, ->sub, ->mul, ->div and ->mod compute"
	case p.at("}"), p.at(")"):
		return "it closes nothing here"
	case p.at("{"):
		return "nothing but the next item follows a group"
	default:
		return ""
	}
}
