package mapping

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// index makes keys unique and, for large objects, sorts them; it returns the keys that came more than once.
func (c *composite) index() (repeated []string) {
	if len(c.members) <= maxScanned {
		return c.dropEarlier(func(i int) (int, bool) { return scan(c.members[:i], c.members[i].Key) })
	}
	order := c.sorted()
	first := make(map[int]int) // of a repeated key: where it is again → where it was first
	for i := 1; i < len(order); i++ {
		if a, b := int(order[i-1]), int(order[i]); c.members[a].Key == c.members[b].Key {
			if f, ok := first[a]; ok {
				a = f
			}
			first[b] = a
		}
	}
	if len(first) > 0 {
		repeated = c.dropEarlier(func(i int) (int, bool) { f, ok := first[i]; return f, ok })
		order = c.sorted()
	}
	c.order = order
	return repeated
}

// sorted returns the members' positions ordered by key, then by position.
func (c *composite) sorted() []uint32 {
	order := make([]uint32, len(c.members))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(c.members[a].Key, c.members[b].Key), cmp.Compare(a, b))
	})
	return order
}

// dropEarlier keeps one member per key: the last value at the first place, which earlier finds.
func (c *composite) dropEarlier(earlier func(i int) (int, bool)) (repeated []string) {
	var again []int
	for i := range c.members {
		if f, ok := earlier(i); ok {
			c.members[f].Value = c.members[i].Value
			again = append(again, i)
		}
	}
	if again == nil {
		return nil
	}
	kept := make([]Member, 0, len(c.members)-len(again))
	for i, m := range c.members {
		if len(again) > 0 && again[0] == i {
			again = again[1:]
			repeated = append(repeated, m.Key)
			continue
		}
		kept = append(kept, m)
	}
	c.members = kept
	return repeated
}

// find returns the position of key.
func (c *composite) find(key string) (int, bool) {
	if c.order == nil {
		return scan(c.members, key)
	}
	i := sort.Search(len(c.order), func(i int) bool { return c.members[c.order[i]].Key >= key })
	if i == len(c.order) {
		return 0, false
	}
	at := int(c.order[i])
	return at, c.members[at].Key == key
}

func scan(members []Member, key string) (int, bool) {
	for i := range members {
		if members[i].Key == key {
			return i, true
		}
	}
	return 0, false
}

// Size returns about how many bytes of memory v takes, with all that is in it.
func (v Value) Size() int { return textWeight * weight(v) }

// weight is the size of v's whole tree: one per value and member, and one per 64 bytes of text. Values share their
// parts, so a small mapping could build a tree that is exponentially larger than its memory; the weight bounds it.
func weight(v Value) int {
	if v.tree != nil {
		return v.tree.weight
	}
	return 1 + len(v.text)/textWeight
}

// addWeight adds and stops at the largest int.
func addWeight(sum int, weights ...int) int {
	for _, w := range weights {
		if sum > math.MaxInt-w {
			return math.MaxInt
		}
		sum += w
	}
	return sum
}
