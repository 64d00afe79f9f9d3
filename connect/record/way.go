package record

// A Way leads from an answer, along fields that cannot be null, to one that the
// answer cannot do without: a null there makes everything on the way null, for
// whoever asks for that field. The answer itself has no way up.
type Way struct {
	Up          *Way
	Type, Field string // Type is of the object that has the field; "" where only one may stand
}

// Place is the coordinate to which w leads; "" for the answer itself.
func (w *Way) Place() string {
	if w == nil || w.Up == nil {
		return ""
	}
	return w.Type + "." + w.Field
}

// Asked is what an operation asks of a value.
type Asked interface {
	// Below is what it asks of a field of objects of a type, or of any type if that is
	// "": once for each response key. None: it does not ask for the field.
	Below(typeName, field string) []Asked
}

// Lost is a place of what is asked that the answer has not and cannot do without:
// then there is nothing of it. It is nil where there is something; all is asked for
// if asked is nil.
func (a *Answer) Lost(asked Asked) *Way {
	for _, w := range a.lost {
		if asked == nil || w.asked(asked) != nil {
			return w
		}
	}
	return nil
}

// asked is what asked says of the place to which w leads.
func (w *Way) asked(asked Asked) []Asked {
	if w.Up == nil {
		return []Asked{asked}
	}
	var all []Asked
	for _, up := range w.Up.asked(asked) {
		all = append(all, up.Below(w.Type, w.Field)...)
	}
	return all
}
