package upstreams

import "context"

type waitingKey struct{}

// WithWaiting has wait called by every goroutine that begins to wait for an answer below ctx, and what it
// returns as soon as the goroutine can go on. Both are called concurrently, and not where the answer is at hand.
func WithWaiting(ctx context.Context, wait func() (done func())) context.Context {
	return context.WithValue(ctx, waitingKey{}, wait)
}

// Waiting says that the goroutine of the caller only waits from now on, until it calls done, which may wait
// as well: for a turn to compute. The client does so itself; a field resolved by hand should where it waits
// for anything else.
func Waiting(ctx context.Context) (done func()) {
	if wait, ok := ctx.Value(waitingKey{}).(func() func()); ok {
		return wait()
	}
	return func() {}
}

// waiting has all of next be a wait.
func (*Client) waiting(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		defer Waiting(ctx)()
		return next(ctx, r)
	}
}
