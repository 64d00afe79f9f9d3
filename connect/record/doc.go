// Package record maps an API's answer once, to cells over one text: every leaf is
// ready JSON, every object is a row of cells in the order of its [Layout], and what
// does not fit the schema is a fault in its own cell. Records are what is remembered
// beside an answer, what an operation walks, and what it is answered from.
//
// Read [Mapper] for how records are made, [Ref] for how they are read.
package record
