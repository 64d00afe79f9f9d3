package cache

import "iter"

// chain is entries in the order in which they came. Who is beside an entry in it stands in the entry itself, so that it
// takes no room of its own.
type chain struct {
	kind           chainKind
	oldest, newest *held
}

// chainKind says which of the chains that an entry may be in one is.
type chainKind uint8

const (
	inMemory chainKind = iota // guarded by memory.mu
	inShare                   // as inMemory
	inQueue                   // guarded by behind.mu
	chainKinds
)

// neighbours are those of an entry in a chain; nil: it is at that end.
type neighbours struct{ older, newer *held }

// newer returns who came after h, nil for nobody.
func (c *chain) newer(h *held) *held { return h.beside[c.kind].newer }

// add adds h as the newest.
func (c *chain) add(h *held) { c.insert(h, neighbours{older: c.newest}) }

// addOldest adds h as if it had come first.
func (c *chain) addOldest(h *held) { c.insert(h, neighbours{newer: c.oldest}) }

// replace has h take the place of old.
func (c *chain) replace(old, h *held) {
	at := old.beside[c.kind]
	old.beside[c.kind] = neighbours{}
	c.insert(h, at)
}

// remove takes h, which is in it, out.
func (c *chain) remove(h *held) {
	at := h.beside[c.kind]
	h.beside[c.kind] = neighbours{}
	c.join(at, at.newer, at.older)
}

func (c *chain) insert(h *held, at neighbours) {
	h.beside[c.kind] = at
	c.join(at, h, h)
}

// join makes newer the one after at.older, and older the one before at.newer.
func (c *chain) join(at neighbours, newer, older *held) {
	if at.older != nil {
		at.older.beside[c.kind].newer = newer
	} else {
		c.oldest = newer
	}
	if at.newer != nil {
		at.newer.beside[c.kind].older = older
	} else {
		c.newest = older
	}
}

// all goes through them, the oldest first. The one it is at may be removed meanwhile.
func (c *chain) all() iter.Seq[*held] {
	return func(yield func(*held) bool) {
		for h := c.oldest; h != nil; {
			next := c.newer(h)
			if !yield(h) {
				return
			}
			h = next
		}
	}
}
