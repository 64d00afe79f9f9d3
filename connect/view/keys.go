package view

import (
	"holdfast/connect/call"
	"holdfast/connect/record"
)

// Keys are what is asked by a name for objects: a list of models of the type whose
// objects it reads. "" is where there is nothing to ask; an error stands where a part
// of the key could not be had.
func (g *Graph) Keys(of string, objs any, n int) ([]call.Key, []error, error) {
	list, err := g.listOf(g.asked[of].on.Name)
	if err != nil {
		return nil, nil, err
	}
	keys, errs := make([]call.Key, n), make([]error, n)
	root := list.Of(objs).Root()
	for i := range min(n, root.Len()) {
		key, why, _ := record.AppendKey(nil, g.asked[of].key, root.Item(i))
		if keys[i] = call.Key(key); why != nil {
			errs[i] = Misfit(why)
		}
	}
	return keys, errs, nil
}
