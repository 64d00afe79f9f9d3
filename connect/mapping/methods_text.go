package mapping

import (
	"strconv"
	"strings"
)

func (c *call) joinNotNull() Value {
	if !c.hasArgument() {
		return Value{}
	}
	separator, ok := c.arg(0).Str()
	if !ok {
		return c.fail("the separator is not a string")
	}
	var texts []string
	size := 0
	for _, item := range c.candidates() {
		text, ok := Text(item)
		if !ok {
			return c.fail("cannot join arrays or objects")
		}
		if !item.IsNull() {
			texts = append(texts, text)
			size = addWeight(size, len(text), len(separator))
		}
	}
	if !c.spend(1+size/textWeight) || !c.tire(c.in.Len()) {
		return Value{}
	}
	return Value{kind: String, text: strings.Join(texts, separator)}
}

func (c *call) jsonParse() Value {
	text, ok := c.in.Str()
	if !ok {
		return c.wrongInput()
	}
	if !c.spend(1 + len(text)/textWeight) {
		return Value{}
	}
	v, repeated, err := ParseJSON([]byte(text), JSONLimits{})
	if err != nil {
		return c.fail("the text is not JSON, or is nested too deeply")
	}
	if len(repeated) > 0 {
		c.report(RepeatedKey, "an object of the text has a key more than once", c.at, c.step.Key.Span, false)
	}
	if !c.spend(weight(v)) {
		return Value{}
	}
	return v
}

func (c *call) jsonStringify() Value {
	if !c.spend(weight(c.in)) {
		return Value{}
	}
	return Value{kind: String, text: c.in.String()}
}

func (c *call) toString() Value {
	if len(c.step.Args) > 0 {
		return c.fail("the method takes no arguments")
	}
	text, ok := Text(c.in)
	if !ok {
		return c.wrongInput()
	}
	return Value{kind: String, text: text}
}

func (c *call) parseInt() Value {
	if len(c.step.Args) > 1 {
		return c.fail("more than one argument")
	}
	base := int64(10)
	if len(c.step.Args) == 1 {
		arg := c.arg(0)
		if arg.IsMissing() {
			return Value{}
		}
		var ok bool
		if base, ok = arg.Int64(); !ok || base < 2 || base > 36 {
			return c.fail("the base is not an integer from 2 to 36")
		}
	}
	var n int64
	var ok bool
	switch c.in.Kind() {
	case Number:
		n, ok = parts(c.in.text).truncated()
	case String:
		var err error
		n, err = strconv.ParseInt(c.in.text, int(base), 64)
		ok = err == nil
	default:
		return c.wrongInput()
	}
	if !ok {
		return c.fail("not an integer of 64 bits")
	}
	return IntValue(n)
}
