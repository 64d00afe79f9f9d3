// Package resolvers resolves by hand what the SDL of a library cannot express.
package resolvers

import "context"

// Resolver is the root of all resolvers. Tests say what some of its methods do.
type Resolver struct {
	Seen   func(ctx context.Context, parent string) (string, error)
	Broken func(ctx context.Context, ids []string) ([]*int, error)
}
