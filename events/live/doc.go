// Package live keeps answers current for those who follow them: one run of an operation for all who follow the same,
// when something that its answer depends on has changed, and an answer that is sent where it is another one. It knows
// nothing of GraphQL, of connections and of who asks.
//
// What has changed comes as bumps, whoever made them: a webhook, a write, a poll, a person. A bump is a hint: what is
// sent always comes from a run, which may not read what was asked for before the bump.
//
// Read [Queries.Follow] first, then group.go, which says when something is run.
package live
