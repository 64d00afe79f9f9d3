package connect

// Maybe is Want for a Go type that has a null of its own, such as a map.
func Maybe[T any](f Fields, name string, v Value, decode Decoder[T]) T {
	t, _ := leaf(f.at(name, false), v, decode)
	return t
}

// MaybeItem is Nullable for a Go type that has a null of its own.
func MaybeItem[T any](decode Decoder[T]) Item[T] {
	return func(a At, v Value) (T, bool) {
		t, _ := leaf(a, v, decode)
		return t, true
	}
}
