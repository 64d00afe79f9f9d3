package mapping

// Equal reports whether v and w are the same JSON: numbers by kind and value (1.0 is 1.00 but not 1),
// objects whatever their order. Missing equals only missing.
func (v Value) Equal(w Value) bool { return equal(nil, v, w) }

// equal is [Value.Equal]; with an evaluator its work is counted, and it ends when there was too much.
func equal(e *evaluator, v, w Value) bool {
	if v.kind != w.kind || e != nil && !e.tire(1) {
		return false
	}
	switch v.kind {
	case Bool:
		return v.truth == w.truth
	case String:
		return len(v.text) == len(w.text) && e.reads(v.text) && v.text == w.text
	case Number:
		return isInteger(v.text) == isInteger(w.text) && equalNumbers(e, v, w)
	case Array:
		return v.tree == w.tree || equalItems(e, v, w)
	case Object:
		return v.tree == w.tree || equalMembers(e, v, w)
	default:
		return true
	}
}

// equalNumeric is equal, but two numbers are equal when their values are (1 is 1.0).
func equalNumeric(e *evaluator, v, w Value) bool {
	if v.kind == Number && w.kind == Number {
		return equalNumbers(e, v, w)
	}
	return equal(e, v, w)
}

func equalNumbers(e *evaluator, v, w Value) bool {
	return e.reads(v.text) && e.reads(w.text) && compareNumbers(v.text, w.text) == 0
}

func equalItems(e *evaluator, v, w Value) bool {
	if v.Len() != w.Len() {
		return false
	}
	for i, item := range v.items() {
		if !equal(e, item, w.At(i)) {
			return false
		}
	}
	return true
}

func equalMembers(e *evaluator, v, w Value) bool {
	if v.Len() != w.Len() {
		return false
	}
	for _, m := range v.members() {
		if !e.reads(m.Key) || !equal(e, m.Value, w.Get(m.Key)) { // no value is missing, so an absent key is unequal
			return false
		}
	}
	return true
}

// reads counts the work of reading a text; without an evaluator there is nothing to count.
func (e *evaluator) reads(text string) bool { return e == nil || e.tire(len(text)/textWeight) }
