package gateway

import (
	"container/list"
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// maxDocument is the largest document in bytes that is kept: the rest of a large
// one is string literals, which belong into variables.
const maxDocument = 16 << 10

// documents keeps the last documents that were valid, by their text, so that
// they are parsed, measured and validated once. The least recently used goes
// first. It is safe for concurrent use.
type documents struct {
	mu    sync.Mutex
	most  int
	order *list.List // of *document, the last used in front
	byKey map[string]*list.Element
}

type document struct {
	key string
	doc *ast.QueryDocument
}

var _ graphql.Cache[*ast.QueryDocument] = (*documents)(nil)

func newDocuments(most int) *documents {
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
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byKey[key] != nil {
		return
	}
	d.byKey[key] = d.order.PushFront(&document{key, doc})
	if d.order.Len() > d.most {
		last := d.order.Back()
		d.order.Remove(last)
		delete(d.byKey, entry(last).key)
	}
}

func entry(e *list.Element) *document {
	doc, _ := e.Value.(*document)
	return doc
}
