package record

import "hash/maphash"

var markSeed = maphash.MakeSeed() //nolint:gochecknoglobals // constant for the process

// marks are hashes of the items of a page that are objects.
func (r *run) marks() []uint64 {
	if !r.m.pages || r.items.Len() == 0 {
		return nil
	}
	all := make([]uint64, r.items.Len())
	for i, item := range r.items.Items() {
		if item.IsObject() {
			all[i] = max(1, item.Hash(markSeed))
		}
	}
	return all
}
