package mapping

import "unicode/utf8"

func (c *call) mapItems() Value {
	if !c.hasArgument() {
		return Value{}
	}
	if !c.in.IsArray() {
		x := c.arg(0)
		if x.IsMissing() || !c.spend(2) {
			return Value{}
		}
		return c.made(newArray([]Value{x}))
	}
	if !c.spend(1 + c.in.Len()) {
		return Value{}
	}
	items := make([]Value, c.in.Len())
	for i, item := range c.in.Items() {
		items[i] = c.argOver(0, spot{item, c.at.index(i)}).orNull()
		if c.over {
			return Value{}
		}
	}
	return c.made(newArray(items))
}

// end is first or last. What is neither array nor string comes back as it is.
func (c *call) end() Value {
	last := c.step.Key.Name == "last"
	switch c.in.Kind() {
	case Array:
		if last {
			return c.in.At(c.in.Len() - 1)
		}
		return c.in.At(0)
	case String:
		s := c.in.text
		_, size := utf8.DecodeRuneInString(s)
		if last {
			_, size = utf8.DecodeLastRuneInString(s)
			s = s[len(s)-size:]
		} else {
			s = s[:size]
		}
		if s == "" {
			return Value{}
		}
		return Value{kind: String, text: s}
	default:
		c.wrongInput()
		return c.in
	}
}

func (c *call) slice() Value {
	n := c.length()
	if n < 0 || !c.in.IsArray() && c.in.Kind() != String {
		return c.wrongInput()
	}
	from := c.bound(0, 0, n)
	to := max(from, c.bound(1, n, n))
	if c.in.Kind() == String {
		return Value{kind: String, text: c.in.text[offset(c.in.text, from):offset(c.in.text, to)]}
	}
	if !c.spend(1) {
		return Value{}
	}
	return c.made(newArray(c.in.items()[from:to:to]))
}

// bound is an argument of slice between 0 and n; what is no integer counts as standard.
func (c *call) bound(i, standard, n int) int {
	if i >= len(c.step.Args) {
		return standard
	}
	arg := c.arg(i)
	if arg.Kind() != Number || !parts(arg.text).whole() {
		return standard
	}
	if compareNumbers(arg.text, IntValue(int64(n)).text) >= 0 {
		return n
	}
	b, _ := arg.Int64()
	return int(max(0, b)) // what is below the range of int64 reads as 0
}

// length counts items, characters or members; -1 when there is nothing to count.
func (c *call) length() int {
	switch c.in.Kind() {
	case Array, Object:
		return c.in.Len()
	case String:
		return utf8.RuneCountInString(c.in.text)
	default:
		return -1
	}
}

// offset returns the byte offset of the character at position n.
func offset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func (c *call) size() Value {
	n := c.length()
	if n < 0 {
		return c.wrongInput()
	}
	return IntValue(int64(n))
}

func (c *call) get() Value {
	if !c.hasArgument() {
		return Value{}
	}
	n := c.length()
	if n < 0 {
		return c.wrongInput()
	}
	arg := c.arg(0)
	if arg.IsMissing() {
		return Value{}
	}
	if c.in.IsObject() {
		return c.property(arg)
	}
	i, ok := arg.Int64()
	if !ok {
		return c.fail("the index is not an integer")
	}
	if i < 0 {
		i += int64(n)
	}
	if i < 0 || i >= int64(n) {
		return c.fail("the index is out of range")
	}
	if c.in.IsArray() {
		return c.in.At(int(i))
	}
	s := c.in.text[offset(c.in.text, int(i)):]
	_, size := utf8.DecodeRuneInString(s)
	return Value{kind: String, text: s[:size]}
}

func (c *call) property(arg Value) Value {
	key, ok := arg.Str()
	if !ok {
		return c.fail("the key is not a string")
	}
	v := c.in.Get(key)
	if v.IsMissing() {
		return c.fail("there is no such key")
	}
	return v
}

func (c *call) entries() Value {
	if !c.in.IsObject() {
		return c.wrongInput()
	}
	if !c.spend(1 + 3*c.in.Len()) {
		return Value{}
	}
	items := make([]Value, 0, c.in.Len())
	for key, v := range c.in.Members() {
		items = append(items, ObjectValue(Member{"key", Value{kind: String, text: key}}, Member{"value", v}))
	}
	return c.made(newArray(items))
}

func (c *call) filter() Value {
	if !c.hasArgument() {
		return Value{}
	}
	kept := []Value{}
	for i, item := range c.candidates() {
		ok, is := c.argOver(0, spot{item, c.at.index(i)}).Bool()
		if c.over {
			return Value{}
		}
		if !is {
			return c.fail("the condition is not a boolean")
		}
		if ok {
			kept = append(kept, item)
		}
	}
	if !c.spend(1 + len(kept)) {
		return Value{}
	}
	return c.made(newArray(kept))
}

func (c *call) find() Value {
	if !c.hasArgument() {
		return Value{}
	}
	for i, item := range c.candidates() {
		ok, is := c.argOver(0, spot{item, c.at.index(i)}).Bool()
		if c.over {
			return Value{}
		}
		if !is {
			return c.fail("the condition is not a boolean")
		}
		if ok {
			return item
		}
	}
	return Value{}
}

// candidates are the items of an array; anything else is its own only one.
func (c *call) candidates() []Value {
	if c.in.IsArray() {
		return c.in.items()
	}
	return []Value{c.in}
}
