// Package watch shows how sources are doing: counts and latencies, the status, and the spans of calls. The pipe
// tells it what happens; it decides nothing.
//
// Read [Status] first, which is what people see, then [Tally], which is what is counted, and [Metrics], which shows
// both to OpenTelemetry.
package watch
