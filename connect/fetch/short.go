package fetch

import (
	"encoding/binary"
	"slices"

	"holdfast/cache"
	"holdfast/upstreams"
)

// recallShort ends the loads at places that memory holds fresh, found by what they are asked with: nothing is made of
// that. It returns those places, and the others. What was found once in the long way is found by this one.
func (b *begun) recallShort(places []int) (here, rest []int) {
	c := b.choices[0]
	if c.maker == nil || len(places) == 0 {
		return nil, places
	}
	var room [256]byte
	begin := append(room[:0], c.maker...)
	if c.ReadsArgs() {
		begin = binary.AppendUvarint(begin, uint64(len(b.args)))
		begin = append(begin, b.args...)
	}
	name := func(i int) []byte { return append(begin, b.group.Keys[places[i]]...) }
	var few [16]*upstreams.Answer
	held := slices.Grow(few[:0], len(places))[:len(places)]
	n := c.API.HeldShort(b.ctx, b.any(c), name, held)
	if n < len(places) {
		b.short = string(begin)
		here, rest = make([]int, 0, len(places)), make([]int, 0, len(places)-n)
	}
	for i, place := range places {
		a := held[i]
		if a == nil {
			rest = append(rest, place)
			continue
		}
		b.tell(problemsOf(a, nil))
		b.end(b.loads[place], b.group.Keys[place], found{by: c, answer: a})
		if n < len(places) {
			here = append(here, place)
		}
	}
	if n == len(places) {
		return places, nil
	}
	return here, rest
}

// any is what all reads of a connector have in common.
func (b *begun) any(c *connector) *upstreams.Request {
	if b.o.opt.NotBefore == (cache.AsOf{}) {
		return &c.any
	}
	r := c.any
	r.NotBefore = b.o.opt.NotBefore
	return &r
}

// shortcut is that of a key; "": there is none.
func (b *begun) shortcut(key string) string {
	if b.short == "" {
		return ""
	}
	return b.short + key
}
