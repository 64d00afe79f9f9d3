package gateway

import (
	"container/list"
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// maxDocument is the largest document in bytes that is kept: the rest of a large
// one is string literals, which belong into variables.
const maxDocument = 16 << 10

// documents keeps the last documents that were valid, by their text, so that
// they are parsed, measured and validated once. What it keeps takes no more than
// so many bytes; the least recently used goes first. It is safe for concurrent use.
type documents struct {
	mu          sync.Mutex
	most, taken int64
	order       *list.List // of *document, the last used in front
	byKey       map[string]*list.Element
}

type document struct {
	key  string
	doc  *ast.QueryDocument
	size int64
}

var _ graphql.Cache[*ast.QueryDocument] = (*documents)(nil)

func newDocuments(most int64) *documents {
	return &documents{most: most, order: list.New(), byKey: make(map[string]*list.Element)}
}

// Get returns the document whose text is key.
func (d *documents) Get(_ context.Context, key string) (*ast.QueryDocument, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.byKey[key]
	if e == nil {
		return nil, false
	}
	d.order.MoveToFront(e)
	return entry(e).doc, true
}

// Add keeps doc, whose text is key.
func (d *documents) Add(_ context.Context, key string, doc *ast.QueryDocument) {
	if len(key) > maxDocument {
		return
	}
	size := sizeOf(key)
	d.mu.Lock()
	defer d.mu.Unlock()
	if size > d.most || d.byKey[key] != nil {
		return
	}
	d.byKey[key] = d.order.PushFront(&document{key, doc, size})
	for d.taken += size; d.taken > d.most; {
		last := d.order.Back()
		d.order.Remove(last)
		delete(d.byKey, entry(last).key)
		d.taken -= entry(last).size
	}
}

func entry(e *list.Element) *document {
	doc, _ := e.Value.(*document)
	return doc
}

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
