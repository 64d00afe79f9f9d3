package schema

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// A spot is where a directive stands: whose mistakes are its own.
type spot struct {
	coordinate string
	legal      []string // variables that its request may read
	answer     []string // variables that its selection, errors and isSuccess may read
	writes     bool     // it is the connector of a write
}

// given is the value of an argument; nil when it is left out, or null.
func given(d *ast.Directive, name string) *ast.Value {
	arg := d.Arguments.ForName(name)
	if arg == nil || arg.Value.Kind == ast.NullValue {
		return nil
	}
	return arg.Value
}

// text is the string that v is; a finding and false if it is something else.
func (c *checker) text(v *ast.Value, code, what, coordinate string) (string, bool) {
	if v == nil {
		return "", false
	}
	if v.Kind != ast.StringValue && v.Kind != ast.BlockValue {
		c.report(start(v.Position), code, coordinate, "%s must be a string", what)
		return "", false
	}
	return v.Raw, true
}

// object reads the fields of an object literal that are not null. The parser does
// not check it against the directive's declaration.
func (c *checker) object(v *ast.Value, code, coordinate string, known ...string) map[string]*ast.Value {
	fields := map[string]*ast.Value{}
	if v == nil {
		return fields
	}
	if v.Kind != ast.ObjectValue {
		c.report(start(v.Position), code, coordinate, "expected an object with %s", list(known))
		return fields
	}
	for _, child := range v.Children {
		if !slices.Contains(known, child.Name) {
			c.report(start(child.Position), code, coordinate, "unknown key %q: expected %s", child.Name, list(known))
			c.meant(child.Name, known)
			continue
		}
		if child.Value.Kind != ast.NullValue {
			fields[child.Name] = child.Value
		}
	}
	return fields
}

// mapping parses a mapping and checks what it mentions; nil if there is none, or
// it does not parse.
func (c *checker) mapping(v *ast.Value, code, what, coordinate string, legal []string) *mapping.Mapping {
	text, ok := c.text(v, code, what, coordinate)
	if !ok {
		return nil
	}
	m, err := mapping.Parse(text)
	if err != nil {
		c.syntax(v, 0, code, coordinate, err)
		c.otherLines(v, text, err, code, coordinate, legal)
		return nil
	}
	c.mentions(v, 0, m, coordinate, legal)
	c.read = append(c.read, quoted{v, 0, m, what, legal})
	return m
}

// otherLines reports mistakes in the lines of a mapping that do parse. What they
// yield is not known, for some are missing.
func (c *checker) otherLines(v *ast.Value, text string, err error, code, coordinate string, legal []string) {
	for {
		s, ok := errors.AsType[*mapping.SyntaxError](err)
		if !ok || strings.TrimSpace(text[s.Start:]) == "" { // something does not end
			return
		}
		from := strings.LastIndexByte(text[:s.Start], '\n') + 1
		to := from + strings.IndexByte(text[from:]+"\n", '\n')
		if line := text[from:to]; strings.TrimSpace(line) == "" || !ends(line) {
			return // what is wrong began elsewhere
		}
		text = text[:from] + strings.Repeat(" ", to-from) + text[to:]
		var m *mapping.Mapping
		if m, err = mapping.Parse(text); err == nil {
			c.mentions(v, 0, m, coordinate, legal)
			c.read = append(c.read, quoted{v, 0, m, "", legal})
			return
		}
		c.syntax(v, 0, code, coordinate, err)
	}
}

// template parses a template and checks what it mentions; nil if it does not parse.
func (c *checker) template(v *ast.Value, text, code, coordinate string, legal []string) *mapping.Template {
	t, err := mapping.ParseTemplate(text)
	if err != nil {
		c.syntax(v, 0, code, coordinate, err)
		return nil
	}
	for _, brace := range t.Stray {
		c.report(inside(v, brace.Start), code, coordinate, `a "}" that closes nothing is sent as it is`)
		c.warn()
	}
	for _, p := range t.Parts {
		if p.Mapping == nil {
			c.bareVariables(v, text, p, code, coordinate)
			continue
		}
		c.mentions(v, p.Offset, p.Mapping, coordinate, legal)
		c.read = append(c.read, quoted{v, p.Offset, p.Mapping, code, legal})
	}
	return t
}

// bareVariables warns of variables in a template's constants: they are text there.
func (c *checker) bareVariables(v *ast.Value, text string, p mapping.Part, code, coordinate string) {
	const path = `\$(args|this|batch|config|context|request|response|status|env|write|event)(\.\w+)*\b`
	for _, found := range regexp.MustCompile(path).FindAllStringIndex(text[p.Start:p.End], -1) {
		at := p.Start + found[0]
		c.report(inside(v, at), code, coordinate, "%s is sent as text", text[at:p.Start+found[1]])
		c.hint("for its value, write {%s}", text[at:p.Start+found[1]])
		c.warn()
	}
}

// result reads errors and isSuccess.
func (c *checker) result(d *ast.Directive, s spot) call.Result {
	legal := slices.Concat(s.legal, []string{"$status", "$response"})
	legal = slices.DeleteFunc(legal, func(name string) bool { return name == "$write" }) // one answer may be judged for several who ask
	var r call.Result
	fields := c.object(given(d, "errors"), "INVALID_ERRORS_MESSAGE", s.coordinate, "message", "extensions")
	r.Message = c.mapping(fields["message"], "INVALID_ERRORS_MESSAGE", "errors.message", s.coordinate, legal)
	r.Extensions = c.mapping(fields["extensions"], "INVALID_ERRORS_MESSAGE", "errors.extensions", s.coordinate, legal)
	r.IsSuccess = c.mapping(given(d, "isSuccess"), "INVALID_IS_SUCCESS", "isSuccess", s.coordinate, legal)
	c.single(fields["message"], r.Message, "INVALID_ERRORS_MESSAGE", "errors.message: expected a text", s.coordinate)
	c.single(given(d, "isSuccess"), r.IsSuccess, "INVALID_IS_SUCCESS", "isSuccess: expected true or false", s.coordinate)
	return r
}

// single reports a mapping that yields an object where one value is expected.
func (c *checker) single(v *ast.Value, m *mapping.Mapping, code, expected, coordinate string) {
	if m != nil && (sole(m.Root) == nil || sole(m.Root).Path.Group != nil) {
		c.report(inside(v, 0), code, coordinate, "%s, got an object", expected)
		c.hint("for the value of a key write $.key")
	}
}
