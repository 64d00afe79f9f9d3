// Package schema reads the connector directives of an SDL folder and checks
// them. What it returns, a [Schema], is all that the engine, `check` and
// `explain` know of the text: sources, connectors, what each selection yields,
// and how every field of the graph comes by its value.
//
// Read [Read] first, then [Schema]. docs/connectors.md tells the language, with
// examples that are read by a test here; each rule that is broken is a [Finding]
// with the place in the text and a stable code, one of [Codes].
package schema
