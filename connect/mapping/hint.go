package mapping

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unexpected complains about what is at the position.
func (p *parser) unexpected(wanted string) error { return p.instead(wanted, "") }

// instead complains about what is at the position, with a hint or the usual one.
func (p *parser) instead(wanted, hint string) error {
	if p.blank(); p.pos == len(p.src) {
		return p.ended(wanted)
	}
	if hint == "" {
		hint = p.hint()
	}
	found := Span{p.pos, p.pos + len(p.symbol())}
	return p.fail(found, "unexpected "+strconv.Quote(p.src[found.Start:found.End])+", want "+wanted, hint)
}

// ended complains that the text ends too early.
func (p *parser) ended(wanted string) error {
	at := Span{p.pos, p.pos}
	if len(p.opened) == 0 {
		return p.fail(at, "the text ends, want "+wanted, "")
	}
	last := p.opened[len(p.opened)-1]
	closing, hint := last.what.closing(), ""
	if p.comment == p.pos {
		hint = "the text ends in a comment, where brackets do not count"
	}
	return p.fail(at, "the text ends, want "+strconv.Quote(closing)+" to close "+p.excerpt(last.pos), hint)
}

// excerpt quotes the beginning of what stands at a position.
func (p *parser) excerpt(pos int) string {
	const most = 20
	for i := range p.src[pos:] {
		if i >= most {
			return strconv.Quote(p.src[pos:pos+i] + "…")
		}
	}
	return strconv.Quote(p.src[pos:])
}

// symbol returns what is at the position: a symbol of more than one character, or one character.
func (p *parser) symbol() string {
	for _, s := range []string{"...", "??", "?!", "->", "==", "!=", "=>", ">=", "<=", "&&", "||", "//", "/*"} {
		if p.at(s) {
			return s
		}
	}
	_, size := utf8.DecodeRuneInString(p.src[p.pos:])
	return p.src[p.pos : p.pos+size]
}

// before returns the last byte before the position that is not blank; 0 at the beginning.
func (p *parser) before() byte {
	if s := strings.TrimRight(p.src[:p.pos], " \t\r\n"); s != "" {
		return s[len(s)-1]
	}
	return 0
}

// within says in what the position is.
func (p *parser) within() construct {
	if len(p.opened) == 0 {
		return group
	}
	return p.opened[len(p.opened)-1].what
}

// hint tells people who know other languages what to write instead of what is at the position.
func (p *parser) hint() string {
	symbol := p.symbol()
	switch symbol {
	case ")", "]", "}":
		return p.hintClosing(symbol)
	case "-":
		if word := p.word(); word != "" {
			return "a key that is no name is quoted: " + quote(word)
		}
	}
	if p.within() == group {
		if h := p.hintItem(symbol); h != "" {
			return h
		}
	} else if h := p.hintExpr(symbol); h != "" {
		return h
	}
	return p.hintAnywhere(symbol)
}

func (p *parser) hintClosing(symbol string) string {
	if len(p.opened) == 0 {
		return "it closes nothing: remove it"
	}
	last := p.opened[len(p.opened)-1]
	if last.what.closing() == symbol {
		return "something is missing before it"
	}
	return p.excerpt(last.pos) + " is to be closed first"
}

// word returns what looks like a name with a minus in it; "" when there is none around the position.
func (p *parser) word() string {
	in := func(r rune) bool {
		return r == '-' || r == '_' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
	}
	before := p.src[len(strings.TrimRightFunc(p.src[:p.pos], in)):p.pos]
	after := p.src[p.pos : len(p.src)-len(strings.TrimLeftFunc(p.src[p.pos:], in))]
	if before == "" || after == "-" || strings.HasPrefix(p.src[p.pos+len(after):], ">") {
		return ""
	}
	return before + after
}

// hintItem is for what stands among the items of a mapping or group.
func (p *parser) hintItem(symbol string) string {
	const literal = "a literal stands inside $( … ) or the arguments of a method"
	before := p.before()
	switch {
	case symbol == "??" || symbol == "?!":
		return "an operator stands inside $( … ) or the arguments of a method"
	case symbol == "{" && (before == 0 || before == '{'):
		return "leave out the braces around the items; an object literal is written $({ … })"
	case before == '}' && (symbol == "." || symbol == "->" || symbol == "?" || symbol == "{"):
		return "nothing but the next item follows a group"
	case before == '.':
		return ""
	case isDigit(symbol[0]) || symbol == "[" && before == ':' || symbol == "-" && before == ':':
		return literal
	case symbol == "(":
		return "an expression is written $( … )"
	case symbol == ",":
		return "items are separated by blanks"
	case symbol == ":":
		return "an item has one name, one colon and one path"
	case symbol == "=":
		return "a name is followed by a colon: `name: path`"
	case symbol == "...":
		return "write `$.path { … }` to join the keys of another object"
	}
	return ""
}

// hintExpr is for what stands inside $( … ), arguments or literals.
func (p *parser) hintExpr(symbol string) string {
	within, b := p.within(), symbol[0]
	switch {
	case symbol == "??" || symbol == "?!":
		return "an operator stands between two operands"
	case symbol == "," && within == expression:
		return "$( … ) holds one expression; a list is written $([a, b])"
	case symbol == ",":
		return "a comma stands after each part, and only there"
	case symbol == ":" && within == arguments:
		return "arguments have no names; an object is written {name: value}"
	case symbol == "...":
		return "there is no spread: write each part"
	case p.before() == '?' && b != '?':
		return "there is no ternary: write ->match([true, a], [false, b])"
	case p.before() == '}' && (symbol == "." || symbol == "->" || symbol == "?" || symbol == "{"):
		return "nothing but an operator follows a group"
	case p.before() == '.':
		return ""
	case within == object && (p.before() == '{' || p.before() == ','):
		return "a property is written `key: value`; the key is a name or a quoted text"
	case within != expression && (isLetter(b) || isDigit(b) || isQuote(b) || b == '$' || b == '@'):
		return "parts are separated by commas"
	}
	return ""
}

// hintAnywhere is for what stands nowhere.
func (p *parser) hintAnywhere(symbol string) string {
	const key = "a name or a quoted text follows a point; ->get takes an item, or a key that is computed"
	switch symbol {
	case "?":
		return "? stands once, after a key or step"
	case "[":
		if next := p.src[p.pos+1:]; next != "" && isQuote(next[0]) {
			return "a quoted key follows a point: .'key'"
		}
		return "->get(0) or ->first take an item out of an array"
	case "==", "!=":
		return "->eq and ->ne compare"
	case ">", ">=", "<", "<=":
		return "->gt, ->gte, ->lt and ->lte compare"
	case "&&", "||", "!":
		return "->and, ->or and ->not combine"
	case "//", "/*":
		return "a comment begins with #"
	case "+", "-", "/", "%":
		return "->add, ->sub, ->mul, ->div and ->mod compute"
	case "=>":
		return "there are no functions: @ is the item, as in ->map(@.key)"
	case ";":
		return "items are separated by blanks"
	case "`", "“", "”", "‘", "’":
		return `a text stands in " or '`
	}
	switch r, _ := utf8.DecodeRuneInString(symbol); {
	case p.before() == '.':
		return key
	case symbol == "*":
		return "->add, ->sub, ->mul, ->div and ->mod compute"
	case symbol == ".":
		return "a path starts with $, @, a variable or a key"
	case r >= utf8.RuneSelf && unicode.IsLetter(r):
		return "names have the letters a to z, digits and _; any other key is quoted"
	case !unicode.IsPrint(r):
		return "remove it, or write a blank"
	}
	return ""
}
