// Package signature tells whether a webhook comes from who shares a secret with us, and which events it tells of: one
// [Scheme] for each way in which vendors sign. It keeps nothing and asks nobody.
//
// Read [Scheme.Verify] first, then scheme.go, which has the schemes as data.
package signature
