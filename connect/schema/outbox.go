package schema

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// What a graph has where some field has @queue: the type of a write, and who looks
// one up and cancels it.
//
//go:embed outbox.graphqls
var outboxSDL string

const (
	outboxName = "holdfast/outbox.graphqls"
	writeType  = "Write"
)

// fromOutbox says whether something is what @queue brings along.
func fromOutbox(pos *ast.Position) bool {
	return pos != nil && pos.Src != nil && pos.Src.Name == outboxName
}

// outbox is what docs need of [outboxSDL]: nothing where no field has @queue. What
// is called like it is reported, and left to itself.
func (l *loading) outbox(docs []*ast.SchemaDocument) []*ast.Source {
	if !anyField(docs, func(f *ast.FieldDefinition) bool { return f.Directives.ForName("queue") != nil }) {
		return nil
	}
	doc := parsed(&ast.Source{Name: outboxName, Input: outboxSDL})
	doc.Definitions = slices.DeleteFunc(doc.Definitions, func(def *ast.Definition) bool { return l.taken(docs, def) })
	for _, ext := range doc.Extensions {
		ext.Name = rootName(docs, ext.Name)
		ext.Fields = slices.DeleteFunc(ext.Fields, func(f *ast.FieldDefinition) bool { return l.takenField(docs, ext.Name, f.Name) })
	}
	doc.Extensions = slices.DeleteFunc(doc.Extensions, empty)
	l.times(docs, doc)
	var b strings.Builder
	formatter.NewFormatter(&b).FormatSchemaDocument(doc)
	return []*ast.Source{{Name: outboxName, Input: b.String()}}
}

func anyField(docs []*ast.SchemaDocument, has func(*ast.FieldDefinition) bool) bool {
	return slices.ContainsFunc(docs, func(doc *ast.SchemaDocument) bool {
		return slices.ContainsFunc(slices.Concat(doc.Definitions, doc.Extensions), func(def *ast.Definition) bool {
			return slices.ContainsFunc(def.Fields, has)
		})
	})
}

// rootName is what docs call the type of an operation.
func rootName(docs []*ast.SchemaDocument, plain string) string {
	for _, doc := range docs {
		for _, def := range slices.Concat(doc.Schema, doc.SchemaExtension) {
			for _, op := range def.OperationTypes {
				if strings.EqualFold(string(op.Operation), plain) {
					return op.Type
				}
			}
		}
	}
	return plain
}

// taken reports definitions of docs that are called like a type that @queue brings.
func (l *loading) taken(docs []*ast.SchemaDocument, def *ast.Definition) (found bool) {
	for _, doc := range docs {
		for _, own := range slices.Concat(doc.Definitions, doc.Extensions) {
			if own.Name == def.Name {
				l.collision(own.Position, own.Name, "the type "+own.Name)
				found = true
			}
		}
	}
	return found
}

// takenField reports a field of docs that is called like one that @queue brings.
func (l *loading) takenField(docs []*ast.SchemaDocument, typeName, name string) (found bool) {
	for _, doc := range docs {
		for _, own := range slices.Concat(doc.Definitions, doc.Extensions) {
			if f := own.Fields.ForName(name); own.Name == typeName && f != nil {
				l.collision(f.Position, typeName+"."+name, "the field "+name)
				found = true
			}
		}
	}
	return found
}

// times gives doc the scalar DateTime, unless docs have it.
func (l *loading) times(docs []*ast.SchemaDocument, doc *ast.SchemaDocument) {
	const name = "DateTime"
	for _, theirs := range docs {
		own := theirs.Definitions.ForName(name)
		if own == nil {
			continue
		}
		if own.Kind != ast.Scalar {
			l.collision(own.Position, name, "the scalar "+name)
		}
		return
	}
	doc.Definitions = append(doc.Definitions, &ast.Definition{Kind: ast.Scalar, Name: name})
}

func (l *loading) collision(at *ast.Position, coordinate, what string) {
	l.report(start(at), "INVALID_QUEUE", coordinate, "where a field has @queue, %s is there already: it shows what became of writes", what)
	l.hint("call this one something else")
}
