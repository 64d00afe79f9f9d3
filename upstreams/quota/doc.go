// Package quota says when a call to a source may go out: no more at once than we allow, no faster than we
// allow, and no more than the source allows, as far as it lets us know. People come before work that nobody
// waits for. It knows nothing of what is asked, nor of what answers mean.
//
// Read [Quota.Acquire] first: it is what every call passes. [Config] is what an operator says, [State] is
// what was learned and outlives it; what is kept of each credential is in account.go.
package quota
