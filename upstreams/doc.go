// Package upstreams asks the APIs we do not control. A [Client] speaks to one source through one pipe:
// remember, coalesce, quota, protect, send. An answer comes with its age and, when it is not fresh, with
// the reason; a failure is an [Error] with a [Kind].
//
// Read [New] first: it lists the layers in order, and each has a file of its own. Then [Request] and
// [Batch], which are all that a caller says, [Config], which is all that an operator says, and [Learned], which
// outlives both.
package upstreams
