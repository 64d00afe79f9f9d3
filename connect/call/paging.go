package call

import "holdfast/connect/mapping"

// A Style is how an API pages.
type Style uint8

// The styles.
const (
	ByPage   Style = iota // pages are numbered
	ByLink                // the Link header leads to the next page (RFC 8288)
	ByCursor              // the answer says where the next page begins
	ByOffset              // items are counted
)

// String is the style as @paginate calls it.
func (s Style) String() string {
	switch s {
	case ByPage:
		return "PAGE"
	case ByLink:
		return "LINK"
	case ByCursor:
		return "CURSOR"
	case ByOffset:
		return "OFFSET"
	default:
		return "unknown"
	}
}

// Paging is what @paginate says of an API.
type Paging struct {
	Style Style
	// At and Size are the query parameters for a page's position and size. Size
	// may be "": then pages are as large as the API likes. At is of use for links
	// that differ from our own requests in nothing else: their cursors are short.
	At, Size string
	From     *int // what the API calls its first page or item; nil: 1 for pages, 0 for items
	Max      int  // the largest page
	// Vital are the paths from the connection to a node, such as edges.node, on which
	// nothing may be null: without the node there is no connection.
	Vital []string
	// Mappings over the answer: how many pages there are, where the next begins,
	// whether there is one, and how many items there are in all. Nil is not known.
	Pages, Next, More, Total *mapping.Mapping
}

// Origin is what the API calls its first page or item.
func (p *Paging) Origin() int {
	switch {
	case p.From != nil:
		return *p.From
	case p.Style == ByPage:
		return 1
	}
	return 0
}
