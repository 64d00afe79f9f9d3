package gateway

import (
	"fmt"

	"github.com/dgraph-io/ristretto/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// maxDocument is the largest document in bytes that is kept: the rest of a large
// one is string literals, which belong into variables.
const maxDocument = 16 << 10

// documents keeps documents that were valid, by their text, with what is known of
// them, so that they are parsed, measured, validated and planned once. What it keeps
// takes no more than so many bytes; those that are asked for least go first, or are
// not kept at all. Reading takes no lock. It is safe for concurrent use, and of no
// use after close.
type documents struct {
	kept *ristretto.Cache[string, *entry]
	most int64
}

func newDocuments(most int64) (documents, error) {
	const typical = 16 << 10 // bytes of a document; ristretto wants ten counters for each
	kept, err := ristretto.NewCache(&ristretto.Config[string, *entry]{
		NumCounters: max(1000, 10*most/typical), MaxCost: max(1, most), BufferItems: 64,
	})
	if err != nil {
		return documents{}, fmt.Errorf("gateway: documents: %w", err)
	}
	return documents{kept, most}, nil
}

// get returns the document whose text is text, nil if it is not kept.
func (d documents) get(text string) *entry {
	if doc, ok := d.kept.Get(text); ok && doc.text == text {
		return doc
	}
	return nil
}

// add keeps a document; it can be had a little later.
func (d documents) add(doc *entry) {
	if len(doc.text) > maxDocument {
		return
	}
	size := doc.size()
	doc.added.Store(size)
	doc.counted.Store(size)
	d.kept.Set(doc.text, doc, size)
}

// planned takes note of a plan that was made or used, for a document that is kept:
// plans grow while they are used, and one document must not crowd out all others
// with its plans.
func (d documents) planned(doc *entry) {
	added, counted := doc.added.Load(), doc.counted.Load()
	if added == 0 {
		return // it is not kept, or not yet
	}
	size := doc.size()
	if size > d.most/4 {
		doc.forget()
		size = doc.size()
	}
	switch {
	case size > 2*added: // what is only counted anew has nothing else make room for it
		d.kept.Del(doc.text)
		d.add(doc)
	case size > counted+counted/16 || size < counted:
		doc.counted.Store(size)
		d.kept.Set(doc.text, doc, size)
	}
}

func (d documents) close() { d.kept.Close() }

// What a document takes besides its text, measured, in bytes.
const (
	perDocument = 1024
	perWord     = 256 // a name or a value, which becomes a node or two
)

// sizeOf estimates what a document takes in memory when it is parsed, mostly much
// more than its text does. It is rather too much than too little.
func sizeOf(text string) int64 {
	size, arguments := int64(perDocument+2*len(text)), 0
	lex := lexer.New(&ast.Source{Input: text})
	for {
		token, err := lex.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return size
		}
		switch kind := token.Kind; {
		case kind == lexer.ParenL:
			arguments++
		case kind == lexer.ParenR:
			arguments--
		case kind >= lexer.Name, kind == lexer.BracketL, kind == lexer.BraceL && arguments > 0:
			size += perWord
		}
	}
}
