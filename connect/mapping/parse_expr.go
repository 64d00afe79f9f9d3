package mapping

import "strings"

// exprs reads a bracketed list of expressions.
func (p *parser) exprs(what construct) ([]*Expr, error) {
	if err := p.open(what); err != nil {
		return nil, err
	}
	var list []*Expr
	for {
		if p.atShut() {
			return list, p.shut()
		}
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		if !p.take(",") {
			return list, p.shut()
		}
	}
}

func (p *parser) expr() (*Expr, error) {
	first, err := p.path(Start{}, true)
	if err != nil {
		return nil, err
	}
	e := &Expr{Span: first.Span, Operands: []*Path{first}}
	for {
		end := p.pos
		p.blank()
		op := p.operator()
		if op == "" {
			p.pos = end
			return e, nil
		}
		if e.Op != "" && e.Op != op {
			return nil, p.fail(Span{p.pos, p.pos + len(op)}, "?? and ?! do not mix", "put one of them in $( … )")
		}
		p.pos += len(op)
		next, err := p.path(Start{}, true)
		if err != nil {
			return nil, err
		}
		e.Op, e.Operands, e.End = op, append(e.Operands, next), next.End
	}
}

func (p *parser) operator() string {
	for _, op := range []string{"??", "?!"} {
		if p.at(op) {
			return op
		}
	}
	return ""
}

func startsLiteral(b byte) bool {
	return isQuote(b) || isDigit(b) || strings.IndexByte("-.{[", b) >= 0
}

// literal reads any literal but the words.
func (p *parser) literal() (*Literal, error) {
	lit := &Literal{Span: Span{Start: p.pos}}
	var err error
	switch b := p.peek(); {
	case isQuote(b):
		lit.Kind = String
		var text string
		text, err = p.quoted()
		lit.Value = StringValue(text)
	case b == '{':
		lit.Kind = Object
		lit.Object, err = p.properties()
	case b == '[':
		lit.Kind = Array
		lit.Array, err = p.exprs(array)
	default:
		number := p.number()
		if number == "" {
			return nil, p.unexpected("an operand")
		}
		if isLetter(p.peek()) {
			return nil, p.fail(Span{lit.Start, p.pos + 1}, "a letter in a number", "a number has digits and at most one point, no exponent and no prefix")
		}
		lit.Kind, lit.Value = Number, NumberValue(number)
	}
	lit.End = p.pos
	return lit, err
}

// properties reads an object literal.
func (p *parser) properties() ([]Property, error) {
	if err := p.open(object); err != nil {
		return nil, err
	}
	var list []Property
	for {
		if p.atShut() {
			return list, p.shut()
		}
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		if key == nil {
			return nil, p.unexpected("a key")
		}
		if !p.take(":") {
			return nil, p.instead(`":" and the value of the property`, "there is no shorthand: write `"+key.String()+": "+key.String()+"`")
		}
		value, err := p.expr()
		if err != nil {
			return nil, err
		}
		list = append(list, Property{key, value})
		if !p.take(",") {
			return list, p.shut()
		}
	}
}

// wordStart makes a literal of the keys true, false and null.
func wordStart(s Start) Start {
	lit := &Literal{Span: s.Key.Span}
	switch s.Key.Name {
	case "true", "false":
		lit.Kind, lit.Value = Bool, BoolValue(s.Key.Name == "true")
	case "null":
		lit.Kind, lit.Value = Null, NullValue()
	default:
		return s
	}
	return Start{Span: s.Span, Kind: StartLiteral, Literal: lit}
}
