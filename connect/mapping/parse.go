package mapping

// items reads the items of the group that is open, up to its closing brace, or all of the text.
func (p *parser) items() ([]*Item, error) {
	var items []*Item
	for {
		p.blank()
		if p.pos == len(p.src) && len(p.opened) == 0 || len(p.opened) > 0 && p.atShut() {
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
	return nil, nil // no key is no mistake
}

func (p *parser) group() (*Group, error) {
	start := p.pos
	if err := p.open(group); err != nil {
		return nil, err
	}
	items, err := p.items()
	if err != nil {
		return nil, err
	}
	err = p.shut()
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
		if err = p.open(expression); err != nil {
			return err
		}
		if s.Expr, err = p.expr(); err != nil {
			return err
		}
		return p.shut()
	}
	s.Kind = StartDollar
	if name := p.name(); name != "" {
		s.Kind, s.Name = StartVar, "$"+name
	}
	return nil
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
		return nil, nil // the path ends here
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
	s.Args, err = p.exprs(arguments)
	return err
}
