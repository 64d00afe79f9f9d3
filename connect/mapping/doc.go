// Package mapping reads and evaluates the mapping language of connectors: the short text that says which parts of an
// API's answer become which fields, and how requests are built from arguments.
//
// It knows no GraphQL and no HTTP. [Parse] makes a [Mapping] of a text, once; [Mapping.Apply] evaluates it over a
// [Value], as often as wanted, and never fails: what cannot be had is missing or null, with a [Problem] that says where
// and why. Whoever calls decides which problems matter. [ParseTemplate] reads the texts that hold mappings in braces.
// [ParseJSON] and [FromAny] make values, [Value.AppendJSON] writes them. What an attacker may write, in a mapping or in
// the data, costs time and memory in proportion to its size, up to fixed limits.
//
// Values are JSON as it was received, with its order and its number literals, so that ids of 64 bits and exact decimals
// pass through unharmed.
//
// Read the examples first, then ast.go, which is the grammar, and eval.go.
package mapping
