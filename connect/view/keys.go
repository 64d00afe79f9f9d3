package view

import (
	"errors"

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
	answer, err := list.Of(objs)
	if err != nil {
		return nil, nil, err
	}
	keys, errs := make([]call.Key, n), make([]error, n)
	root := answer.Root()
	for i := range min(n, root.Len()) {
		keys[i], errs[i] = keyOf(root.Item(i), of)
	}
	return keys, errs, nil
}

func keyOf(object record.Ref, of string) (call.Key, error) {
	l := object.Layout()
	if l == nil {
		return "", nil
	}
	i := l.Key(of)
	if i < 0 {
		return "", errors.New("objects of type " + l.Type + " have no key for " + of)
	}
	switch key := object.Key(i); key.Kind() {
	case record.Leaf:
		return call.Key(key.JSON()), nil
	case record.Faulty:
		return "", Misfit(key.Fault())
	default:
		return "", nil
	}
}
