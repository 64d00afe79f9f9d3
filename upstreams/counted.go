package upstreams

import (
	"context"
	"errors"

	"holdfast/upstreams/watch"
)

// counted counts what becomes of reads.
func (u *Client) counted(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		a, err := next(ctx, r)
		u.countRead(ctx, u.connector(r.Connector), a, err)
		return a, err
	}
}

// countedEach counts what becomes of each of many things.
func (u *Client) countedEach(next batchFunc) batchFunc {
	return func(ctx context.Context, b *Batch) []Item {
		items := next(ctx, b)
		c := u.connector(b.Connector)
		for _, item := range items {
			u.countRead(ctx, c, item.Answer, item.Err)
		}
		return items
	}
}

// countedWrite counts what becomes of writes.
func (u *Client) countedWrite(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		a, err := next(ctx, r)
		if c := u.connector(r.Connector); err != nil {
			c.tally.Failed(class(err))
		} else {
			c.tally.Written()
		}
		return a, err
	}
}

func (u *Client) countRead(ctx context.Context, c *connector, a *Answer, err error) {
	came := resultOf(a, err)
	c.tally.Read(came)
	switch came {
	case watch.Failed:
		c.tally.Failed(class(err))
	case watch.StandIn:
		u.metrics.StoodIn(ctx, u.cfg.Name, c.name, string(a.Reason), a.Age)
	}
}

// resultOf says what became of a read that ended with a or err.
func resultOf(a *Answer, err error) watch.Result {
	switch {
	case err != nil:
		return watch.Failed
	case a.State == StateStandingIn:
		return watch.StandIn
	case a.State == StateRefreshing:
		return watch.Stale
	case a.Cache == "hit":
		return watch.Hit
	case a.Cache == "revalidated":
		return watch.Revalidated
	}
	return watch.Miss
}

// class is the name of an error in metrics, spans and the status: its reason, or its kind where it has none,
// or GONE if it is of a caller who went away. There are not many.
func class(err error) string {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return "OTHER"
	case e.left && errors.Is(e.Err, context.Canceled):
		return "GONE"
	case e.Reason != "":
		return string(e.Reason)
	case e.Kind == Refused:
		return "REFUSED"
	case e.Kind == BadInput:
		return "BAD_INPUT"
	}
	return "OTHER"
}
