package upstreams

import (
	"context"
	"errors"
	"net/http"

	"holdfast/cache"
)

// Replay is what [Client.Write] of r returned when the source gave an answer, which was kept as it came: r's Accept
// judges it again. Nothing is sent, and nothing else is told of it but the [Writes] in ctx.
func (u *Client) Replay(ctx context.Context, r *Request, status int, header http.Header, body []byte) (*Answer, error) {
	effect := EffectUnknown
	defer func() { WritesFrom(ctx).Note(effect) }()
	own := u.asCaller(ctx, r)
	v, err := u.judge(ctx, own, &cache.Entry{Status: status, Header: header, Body: body})
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			e.Effect = u.effect(own, e)
			effect = e.Effect
		}
		return nil, err
	}
	effect = EffectApplied
	return &Answer{Value: v, Status: status, State: StateFresh, Shared: own.Scope == ""}, nil
}

// Whose is what in r depends on who asks, as he is known from ctx, in bytes that show nothing of it; "": nothing does.
func (u *Client) Whose(ctx context.Context, r *Request) string { return u.asCaller(ctx, r).Scope }
