// Package plan says what an operation fetches, and from where its fields come,
// before anybody asks an API. A [Graph] knows how the fields of a schema come by
// their values; [Graph.Plan] makes of it and of an operation a [Plan]: nodes, which
// are what is asked of objects of one type, with fields in the order of the answer.
//
// Nodes are shared: the same selections of the same type are one [Node], however
// often an answer leads there. A node is made when the first object of its type
// occurs, so a plan is no larger than its document and the answers need, and never
// larger than it may be. A field that fetches something has a [Place]: all keys
// that lead to one place are fetched together.
//
// Read [Graph.Plan] first, then collect.go, which is the specification's
// CollectFields, and document.go, what is known of a document without objects.
package plan
