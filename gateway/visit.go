package gateway

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/upstreams"
)

// visit is one HTTP request from its first byte to its log line: what was
// written, and what is learnt on the way. It stands in front of the
// connection's [http.ResponseWriter] and is used by the handler's goroutine
// only, except for what it tells calls to upstreams.
type visit struct {
	http.ResponseWriter

	draining *atomic.Bool

	start  time.Time
	end    time.Time // zero: it goes on
	status int       // 0: nothing was written
	bytes  int64     // of the body
	gone   bool      // the client did not wait

	ctx    visitContext
	asker  upstreams.Asker
	report *upstreams.Report // that of asker

	name    string // of the operation, as the client called it
	kind    string // query, mutation, subscription; "" when it could not be read
	outcome string // of the operation; "" when there was none
	errors  int
	aged    bool          // a part of the answer was not fresh
	queued  time.Duration // before it was begun
	refused string        // why the request, or its operation, was not run; nothing that the client sent

	own    upstreams.Report // which report is, unless it is a trace
	length [1]string        // the header Content-Length
	cached [2]string        // and those of caches
}

// newVisit returns the visit of r, whose context is to be ctx.
func newVisit(ctx context.Context, w http.ResponseWriter, r *http.Request, draining *atomic.Bool, traced bool) *visit {
	v := &visit{ResponseWriter: w, draining: draining, start: time.Now()}
	if v.report = &v.own; traced {
		v.report = upstreams.NewTrace()
	}
	v.asker = upstreams.Asker{Report: v.report, Header: r.Header}
	v.ctx = visitContext{ctx, v}
	return v
}

// operation notes what the client asked for.
func (v *visit) operation(op *ast.OperationDefinition) {
	v.kind = string(op.Operation)
	v.name = clip(op.Name, 100)
}

// WriteHeader notes the status and passes it on. While draining it asks for the
// connection to be closed, of which net/http makes a GOAWAY under HTTP/2.
func (v *visit) WriteHeader(status int) {
	if v.status == 0 {
		v.status = status
	}
	if v.draining.Load() {
		v.Header().Set("Connection", "close")
	}
	v.ResponseWriter.WriteHeader(status)
}

// Write counts what goes out.
func (v *visit) Write(p []byte) (int, error) {
	if v.status == 0 {
		v.WriteHeader(http.StatusOK)
	}
	n, err := v.ResponseWriter.Write(p)
	v.bytes += int64(n)
	return n, err
}

// Unwrap lets [http.ResponseController] reach the connection.
func (v *visit) Unwrap() http.ResponseWriter { return v.ResponseWriter }

// visitContext is the context of a visit's request. It carries the visit, and what
// it tells calls to upstreams.
type visitContext struct {
	context.Context

	visit *visit
}

type visitKey struct{}

// Value is part of [context.Context].
func (c *visitContext) Value(key any) any {
	if _, ours := key.(visitKey); ours {
		return c.visit
	}
	if value, ours := c.visit.asker.From(key); ours {
		return value
	}
	return c.Context.Value(key)
}

// visitFrom returns the visit of a request that came through [Gateway.ServeHTTP].
func visitFrom(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}
