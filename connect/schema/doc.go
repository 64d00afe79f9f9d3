// Package schema reads the connector directives of an SDL folder and checks
// them. What it returns, a [Schema], is all that the compiler, `check` and
// `explain` know of the text: sources, connectors, what each selection yields,
// and how every field of the graph comes by its value.
//
// Read [Read] first, then [Schema]. The rules are those of Connectors v0.3 as
// docs/connectors.md tells them; each broken one is a [Finding] with a stable
// code and the place in the text.
package schema
