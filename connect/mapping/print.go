package mapping

import "strings"

// String returns the mapping in its canonical form: one line, without comments; it parses to the same tree.
func (m *Mapping) String() string {
	var w printer
	w.items(m.Root.Items)
	return w.String()
}

// String returns the group in canonical form, with its braces.
func (g *Group) String() string {
	var w printer
	w.group(g)
	return w.String()
}

// String returns the path in canonical form.
func (p *Path) String() string {
	var w printer
	w.path(p)
	return w.String()
}

// String returns the expression in canonical form. A mapping of it is written `$( … )`.
func (x *Expr) String() string {
	var w printer
	w.expr(x)
	return w.String()
}

// String returns the key as it is written in a mapping.
func (k *Key) String() string {
	if k.Quoted {
		return quote(k.Name)
	}
	return k.Name
}

type printer struct{ strings.Builder }

func (w *printer) text(parts ...string) {
	for _, p := range parts {
		w.WriteString(p)
	}
}

func (w *printer) group(g *Group) {
	if len(g.Items) == 0 {
		w.text("{}")
		return
	}
	w.text("{ ")
	w.items(g.Items)
	w.text(" }")
}

func (w *printer) items(items []*Item) {
	for i, it := range items {
		if i > 0 {
			w.text(" ")
		}
		if it.Alias != nil {
			w.text(it.Alias.String(), ": ")
		}
		if it.Path != nil {
			w.path(it.Path)
		} else {
			w.group(it.Group)
		}
	}
}

func (w *printer) path(p *Path) {
	w.start(&p.Start)
	if len(p.Steps) > 0 && p.Steps[0].Kind == StepKey && endsInDigits(&p.Start) {
		w.text(" ") // 1.x would be read as the number 1. and x
	}
	for _, s := range p.Steps {
		w.step(s)
	}
	if p.Group != nil {
		w.text(" ")
		w.group(p.Group)
	}
}

func endsInDigits(s *Start) bool {
	return s.Kind == StartLiteral && s.Literal.Kind == Number && isInteger(s.Literal.Value.text)
}

func (w *printer) start(s *Start) {
	switch s.Kind {
	case StartKey:
		w.text(s.Key.String())
	case StartDollar:
		w.text("$")
	case StartAt:
		w.text("@")
	case StartVar:
		w.text(s.Name)
	case StartExpr:
		w.text("$(")
		w.expr(s.Expr)
		w.text(")")
	case StartLiteral:
		w.literal(s.Literal)
	}
}

func (w *printer) step(s *Step) {
	switch s.Kind {
	case StepQuestion:
		w.text("?")
	case StepKey:
		w.text(".", s.Key.String())
	case StepMethod:
		w.text("->", s.Key.Name)
		if s.HasArgs {
			w.text("(")
			w.exprs(s.Args)
			w.text(")")
		}
	}
}

func (w *printer) expr(e *Expr) {
	for i, p := range e.Operands {
		if i > 0 {
			w.text(" ", e.Op, " ")
		}
		w.path(p)
	}
}

func (w *printer) exprs(list []*Expr) {
	for i, e := range list {
		if i > 0 {
			w.text(", ")
		}
		w.expr(e)
	}
}

func (w *printer) literal(l *Literal) {
	switch l.Kind {
	case String:
		w.text(quote(l.Value.text))
	case Array:
		w.text("[")
		w.exprs(l.Array)
		w.text("]")
	case Object:
		w.text("{")
		for i, p := range l.Object {
			if i > 0 {
				w.text(", ")
			}
			w.text(p.Key.String(), ": ")
			w.expr(p.Value)
		}
		w.text("}")
	default:
		w.text(l.Value.String())
	}
}

// quote writes s as a string of the language.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
