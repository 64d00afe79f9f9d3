// Package cache remembers answers: in memory, with the typed values that were made of them, in front of
// a [Store] that may outlive the process. It knows bytes and times, not HTTP, and it has no opinion on
// age: it returns the newest entry it has and the caller judges.
//
// Read [Cache] and [Entry]; a new Store must pass the suite in holdfast/cache/cachetest.
package cache
