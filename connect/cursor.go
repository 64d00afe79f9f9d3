package connect

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"holdfast/connect/call"
)

// A cursor says after which item of which page to go on. It is opaque to
// clients, who may send anything back: nothing in it is trusted beyond its form.
type cursor struct {
	// Page is the position of the page, as the API counts it; "" is the first.
	Page string `json:"p"`
	// Sealed is the target of the link to the page, in place of Page.
	Sealed string `json:"t,omitempty"`
	// Index is the item's place in the page; -1 is before its first item.
	Index int `json:"i"`
	// Size is how many items a page had.
	Size int `json:"s"`
	// Of is the connector that the cursor belongs to.
	Of string `json:"o"`
}

func (c cursor) String() string {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// errCursor is a cursor that was not made here.
var errCursor = call.BadInput("the cursor is not one that this API gave out")

// parseCursor reads a cursor of the connector called id. A foreign or damaged one
// is the caller's mistake.
func parseCursor(text, id string) (cursor, error) {
	var c cursor
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	switch {
	case err != nil || c.String() != text:
		return cursor{}, errCursor
	case c.Of != id:
		return cursor{}, call.BadInput("the cursor belongs to another list")
	case c.Index < -1 || c.Index >= maxItems || c.Size < 1 || c.Size > maxItems || len(c.Page) > maxPosition,
		len(c.Sealed) > maxSealed, c.Sealed != "" && c.Page != "":
		return cursor{}, errCursor
	}
	return c, nil
}

// number is the page's position where pages or items are counted.
func (c cursor) number() (int, error) {
	n, err := strconv.Atoi(c.Page)
	if err != nil || n < 0 || n > maxNumber {
		return 0, errCursor
	}
	return n, nil
}

const (
	maxPosition = 2 << 10   // bytes of a page's position
	maxSealed   = 12 << 10  // bytes of a sealed target, which is no longer than a URL
	maxNumber   = 1 << 30   // pages or items
	maxItems    = 1_000_000 // in one page
)
