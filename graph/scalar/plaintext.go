package scalar

import (
	"html"
	"io"

	"holdfast/connect/mapping"
)

// PlainText is text that an API sends with HTML entities, without them.
type PlainText string

// UnmarshalConnect accepts a string.
func (t *PlainText) UnmarshalConnect(v mapping.Value) error {
	s, err := text("PlainText", v)
	*t = PlainText(html.UnescapeString(s))
	return err
}

// MarshalGQL writes the text as a string.
func (t PlainText) MarshalGQL(w io.Writer) { writeString(w, string(t)) }

// UnmarshalGQL accepts a string as it is.
func (t *PlainText) UnmarshalGQL(in any) error {
	s, err := textInput("PlainText", in)
	*t = PlainText(s)
	return err
}
