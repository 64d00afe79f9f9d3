// Package credential proves to a source who asks: with a secret of the operator's, or with access tokens that
// a token endpoint gives for one (OAuth 2).
//
// Read [Auth] first, which is what an operator says, then [Credential], which puts it on requests. [Secret]
// is text that prints nowhere, [Grants] what rotating refresh tokens need to outlive the process.
package credential
