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
// only, except for its report.
type visit struct {
	http.ResponseWriter

	draining *atomic.Bool

	start  time.Time
	status int   // 0: nothing was written
	bytes  int64 // of the body
	gone   bool  // the client did not wait

	report  *upstreams.Report
	name    string // of the operation, as the client called it
	kind    string // query, mutation, subscription; "" when it could not be read
	outcome string // of the operation; "" when there was none
	errors  int
	queued  time.Duration // before it was begun
	refused string        // why the request, or its operation, was not run; nothing that the client sent
}

func newVisit(w http.ResponseWriter, draining *atomic.Bool) *visit {
	return &visit{ResponseWriter: w, draining: draining, start: time.Now(), report: upstreams.NewReport()}
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

type visitKey struct{}

// withVisit returns a context that carries v, and its report to all who call
// upstreams below.
func withVisit(ctx context.Context, v *visit) context.Context {
	return context.WithValue(upstreams.WithReport(ctx, v.report), visitKey{}, v)
}

// visitFrom returns the visit of a request that came through [Gateway.ServeHTTP].
func visitFrom(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}
