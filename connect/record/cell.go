package record

// A Kind says what stands at a place of a record.
type Kind uint8

// The kinds of places.
const (
	Null   Kind = iota // null, as the graph allows it or not
	Leaf               // a scalar, an enum: ready JSON
	List               // items
	Object             // a row of cells, in the order of its layout
	Faulty             // null, and whoever asks is told why
	Cursor             // a leaf that is written only where it is asked for
	linked             // a place of another record; nobody outside sees one
)

// cell is one place. It has no pointers, so that a remembered record costs the
// garbage collector nothing.
type cell struct {
	head uint32 // kind << 24 | layout of an Object
	a, b uint32 // Leaf: its bytes; List: first cell and count; Object: first cell; Faulty: fault; linked: part and cell; Cursor: which
}

const cellSize = 12

func (c cell) kind() Kind { return Kind(c.head >> 24) }

func (c cell) layout() int { return int(c.head & 0xFFFFFF) }

func head(k Kind, layout int) uint32 { return uint32(k)<<24 | uint32(layout) }
