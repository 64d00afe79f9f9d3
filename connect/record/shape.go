package record

import "holdfast/upstreams"

// Shape says how much there is in the record, for [upstreams.WithShrink]: of a list its items, of an object the fields
// that have a value, with those of objects in it, but not of what is in lists.
func (a *Answer) Shape() upstreams.Shape {
	root := a.Root()
	switch root.Kind() {
	case List:
		return upstreams.Shape{Items: root.Len(), Fields: -1}
	case Object:
		return upstreams.Shape{Items: -1, Fields: root.filled()}
	}
	return upstreams.Shape{Items: -1, Fields: -1}
}

// filled is how many fields of an Object, and of those below it, have a value.
func (r Ref) filled() (n int) {
	for i := range r.Layout().Fields {
		switch f := r.Field(i); f.Kind() {
		case Null, Faulty:
		case Object:
			n += f.filled()
		default:
			n++
		}
	}
	return n
}
