package mapping

import "strings"

// items reads items up to the byte end, which it leaves; 0 is the end of the text.
func (p *parser) items(end byte) ([]*Item, error) {
	var items []*Item
	for {
		p.blank()
		if p.peek() == end && (end != 0 || p.pos == len(p.src)) {
			return items, onlyAnonymous(items)
		}
		it, err := p.item()
		if err != nil {
			return nil, err
		}
		items = append(items, it)
	}
}

// onlyAnonymous refuses an item without a key among others.
func onlyAnonymous(items []*Item) error {
	if len(items) < 2 {
		return nil
	}
	for _, it := range items {
		if it.Anonymous() {
			return &SyntaxError{
				it.Span, InvalidSelection, "a path without a name among other items",
				"give it one: `name: " + it.Path.String() + "`",
			}
		}
	}
	return nil
}

func (p *parser) item() (*Item, error) {
	p.blank()
	it := &Item{Span: Span{Start: p.pos}}
	err := p.itemBody(it)
	it.End = p.pos
	return it, err
}

func (p *parser) itemBody(it *Item) error {
	key, err := p.key()
	if err != nil {
		return err
	}
	afterKey := p.pos
	if key == nil || !p.take(":") {
		p.pos = afterKey
		it.Path, err = p.path(Start{Kind: StartKey, Key: key}, false)
		return err
	}
	it.Alias = key
	if p.blank(); p.peek() == '{' {
		it.Group, err = p.group()
		return err
	}
	it.Path, err = p.path(Start{}, false)
	return err
}

// key reads a name or string; nil when there is none.
func (p *parser) key() (*Key, error) {
	p.blank()
	start := p.pos
	if isQuote(p.peek()) {
		text, err := p.quoted()
		return &Key{Span{start, p.pos}, text, true}, err
	}
	if name := p.name(); name != "" {
		return &Key{Span{start, p.pos}, name, false}, nil
	}
	return nil, nil //nolint:nilnil // no key is no mistake
}

func (p *parser) group() (*Group, error) {
	start := p.pos
	if err := p.open("{"); err != nil {
		return nil, err
	}
	items, err := p.items('}')
	if err != nil {
		return nil, err
	}
	err = p.shut("}")
	return &Group{Span{start, p.pos}, items}, err
}

// path reads a path whose start may have been read already; literals are starts inside expressions only.
func (p *parser) path(s Start, inExpr bool) (*Path, error) {
	if s.Key == nil {
		var err error
		if s, err = p.start(inExpr); err != nil {
			return nil, err
		}
	} else {
		s.Span = s.Key.Span
	}
	path := &Path{Span: s.Span, Start: s}
	for {
		step, err := p.step(path.Steps)
		if err != nil {
			return nil, err
		}
		if step == nil {
			break
		}
		path.Steps = append(path.Steps, step)
		path.End = step.End
	}
	if p.groupFollows() {
		g, err := p.group()
		if err != nil {
			return nil, err
		}
		path.Group, path.End = g, g.End
	}
	return path, nil
}

func (p *parser) groupFollows() bool {
	before := p.pos
	if p.blank(); p.peek() == '{' {
		return true
	}
	p.pos = before // so that spans end with the path
	return false
}

func (p *parser) start(inExpr bool) (s Start, err error) {
	p.blank()
	s.Start = p.pos
	switch b := p.peek(); {
	case b == '$':
		err = p.dollar(&s)
	case b == '@':
		p.pos++
		s.Kind = StartAt
	case inExpr && startsLiteral(b):
		s.Kind = StartLiteral
		s.Literal, err = p.literal()
	default:
		if s.Key, err = p.key(); s.Key == nil {
			return s, p.unexpected("a key, $, @ or a variable")
		}
		if inExpr {
			s = wordStart(s)
		}
	}
	s.End = p.pos
	return s, err
}

// dollar reads $, $name or $( … ).
func (p *parser) dollar(s *Start) (err error) {
	p.pos++
	if p.peek() == '(' {
		s.Kind = StartExpr
		if err = p.open("("); err != nil {
			return err
		}
		if s.Expr, err = p.expr(); err != nil {
			return err
		}
		return p.shut(")")
	}
	s.Kind = StartDollar
	if name := p.name(); name != "" {
		s.Kind, s.Name = StartVar, "$"+name
	}
	return nil
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

// step reads the next step after those before; nil when the path has no more.
func (p *parser) step(before []*Step) (*Step, error) {
	end := p.pos
	p.blank()
	s := &Step{Span: Span{Start: p.pos}}
	var err error
	switch {
	case p.at("?") && !p.at("??") && !p.at("?!"):
		if len(before) > 0 && before[len(before)-1].Kind == StepQuestion {
			return nil, p.unexpected("another step")
		}
		p.pos++
		s.Kind = StepQuestion
	case p.at(".") && !p.at("..."):
		p.pos++
		s.Kind = StepKey
		if s.Key, err = p.key(); err == nil && s.Key == nil {
			err = p.unexpected("a key")
		}
	case p.at("->"):
		p.pos += len("->")
		s.Kind = StepMethod
		err = p.method(s)
	default:
		p.pos = end
		return nil, nil //nolint:nilnil // the path ends here
	}
	s.End = p.pos
	return s, err
}

// method reads a method's name and arguments.
func (p *parser) method(s *Step) (err error) {
	p.blank()
	start := p.pos
	name := p.name()
	if name == "" {
		return p.unexpected("the name of a method")
	}
	s.Key = &Key{Span{start, p.pos}, name, false}
	end := p.pos
	if p.blank(); p.peek() != '(' {
		p.pos = end
		return nil
	}
	s.HasArgs = true
	s.Args, err = p.exprs("(", ")")
	return err
}

// exprs reads a bracketed list of expressions.
func (p *parser) exprs(opening, closing string) ([]*Expr, error) {
	if err := p.open(opening); err != nil {
		return nil, err
	}
	var list []*Expr
	for {
		if p.blank(); p.at(closing) {
			return list, p.shut(closing)
		}
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		if !p.take(",") {
			return list, p.shut(closing)
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
		lit.Array, err = p.exprs("[", "]")
	default:
		number := p.number()
		if number == "" {
			return nil, p.unexpected("an operand")
		}
		if isLetter(p.peek()) {
			return nil, p.fail(Span{lit.Start, p.pos + 1}, "a letter in a number", "numbers have no exponent")
		}
		lit.Kind, lit.Value = Number, NumberValue(number)
	}
	lit.End = p.pos
	return lit, err
}

// properties reads an object literal.
func (p *parser) properties() ([]Property, error) {
	if err := p.open("{"); err != nil {
		return nil, err
	}
	var list []Property
	for {
		if p.blank(); p.at("}") {
			return list, p.shut("}")
		}
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		if key == nil {
			return nil, p.unexpected("a key")
		}
		if !p.take(":") {
			return nil, p.unexpected(`":" and the value of the property`)
		}
		value, err := p.expr()
		if err != nil {
			return nil, err
		}
		list = append(list, Property{key, value})
		if !p.take(",") {
			return list, p.shut("}")
		}
	}
}
