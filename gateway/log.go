package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"
	"go.opentelemetry.io/otel/trace"

	"holdfast/upstreams"
	"holdfast/upstreams/panics"
)

// log writes the one line about a request; health checks are not worth more than
// debug.
func (v *visit) log(log *slog.Logger, r *http.Request) {
	level := slog.LevelInfo
	if isProbe(r) {
		level = slog.LevelDebug
	}
	ctx := r.Context()
	if !log.Enabled(ctx, level) {
		return
	}
	var room [12]slog.Attr // all there can be
	attrs := append(room[:0],
		slog.String("method", clip(r.Method, 20)),
		slog.String("path", clip(r.URL.Path, 200)),
		slog.Int("status", v.status),
		slog.Duration("duration", v.end.Sub(v.start)),
		slog.Int64("bytes", v.bytes),
	)
	if v.queued >= time.Millisecond {
		attrs = append(attrs, slog.Duration("queued", v.queued))
	}
	if v.kind != "" {
		attrs = append(attrs, slog.String("type", v.kind))
	}
	if v.name != "" {
		attrs = append(attrs, slog.String("operation", v.name))
	}
	if calls := v.report.Calls(); len(calls) > 0 {
		attrs = append(attrs, slog.Any("upstream_calls", calls))
	}
	if v.refused != "" {
		attrs = append(attrs, slog.String("refused", v.refused))
	}
	if v.errors > 0 {
		attrs = append(attrs, slog.Int("errors", v.errors))
	}
	if v.gone {
		attrs = append(attrs, slog.Bool("client_gone", true))
	}
	line := slog.NewRecord(v.end, level, "request", 0) // where in the program tells nothing, and takes time to find out
	line.AddAttrs(append(attrs, traceID(ctx)...)...)
	_ = log.Handler().Handle(ctx, line)
}

// matters reports whether a request has its line in the log, however many others
// have none.
func (v *visit) matters() bool {
	return v.errors > 0 || v.refused != "" || v.aged || v.gone || v.status >= http.StatusBadRequest || v.status == 0
}

// thinned picks one of so many.
type thinned struct {
	every int64 // 1: each, 0: none
	count atomic.Int64
}

func (t *thinned) next() bool {
	return t.every == 1 || t.every > 1 && t.count.Add(1)%t.every == 1
}

// logErrors writes one line per trouble: an outage warns, a mistake of ours is an
// error, a no is information, what makes an operation invalid is debug, since the
// line of the request names it. Bodies, URLs and values are left out.
func logErrors(ctx context.Context, log *slog.Logger, all []*trouble, executed bool) {
	for _, t := range all {
		level := t.level(ctx, executed)
		if !log.Enabled(ctx, level) {
			continue
		}
		attrs := []slog.Attr{slog.String("cause", cause(t.Error))}
		if len(t.paths) > 0 {
			attrs = append(attrs, slog.String("path", dotted(collapse(t.paths[0]))), slog.Int("places", t.places()))
		}
		if code, ok := t.Extensions["code"].(string); ok {
			attrs = append(attrs, slog.String("code", code))
		}
		if up, ok := errors.AsType[*upstreams.Error](t.Err); ok {
			attrs = append(attrs,
				slog.String("source", up.Source),
				slog.String("connector", up.Connector),
				slog.String("reason", string(up.Reason)),
				slog.Int("upstream_status", up.Status))
		}
		if p, ok := errors.AsType[*panics.Error](t.Err); ok {
			attrs = append(attrs, slog.String("stack", string(p.Stack)))
		}
		log.LogAttrs(ctx, level, "error answered", append(attrs, traceID(ctx)...)...)
	}
}

func (t *trouble) level(ctx context.Context, executed bool) slog.Level {
	up, isUpstream := errors.AsType[*upstreams.Error](t.Err)
	switch {
	case ctx.Err() != nil:
		return slog.LevelDebug // the client did not wait
	case isUpstream && up.Outage():
		return slog.LevelWarn
	case !isUpstream && t.Extensions["code"] == codeInternal, isUpstream && up.Kind == 0:
		return slog.LevelError
	case !executed:
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}

// logParts writes one line for each connector whose answer is not the newest that
// there could be, with what went wrong: no error of the answer says it.
func logParts(ctx context.Context, log *slog.Logger, parts []upstreams.Part) {
	if !log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	type what struct {
		source, connector string
		reason            upstreams.Reason
	}
	said := map[what]bool{}
	for _, p := range parts {
		w := what{p.Source, p.Connector, p.Reason}
		if p.State != upstreams.StateStandingIn && p.State != upstreams.StateAlternative || said[w] {
			continue
		}
		said[w] = true
		why := string(p.Reason)
		if p.Err != nil {
			why = bottom(p.Err)
		}
		log.LogAttrs(ctx, slog.LevelInfo, "not fresh", append([]slog.Attr{
			slog.String("cause", why), slog.String("path", dotted(collapse(p.Path))), slog.String("state", string(p.State)),
			slog.String("source", p.Source), slog.String("connector", p.Connector), slog.String("reason", string(p.Reason)),
			slog.Duration("age", p.Age.Truncate(time.Second)),
		}, traceID(ctx)...)...)
	}
}

// cause returns the text of what is at the bottom of an error, without its path
// and without the URL of a failed request, whose query may hold a secret. It is
// never empty, and repeats nothing that a client sent.
func cause(e *gqlerror.Error) string {
	if _, ok := errors.AsType[*upstreams.Error](e.Err); ok {
		return bottom(e.Err)
	}
	if e.Extensions["code"] == codeInternal && e.Err != nil {
		return bottom(e.Err)
	}
	return mistake(e)
}

func bottom(err error) string {
	if up, ok := errors.AsType[*upstreams.Error](err); ok {
		if up.Err == nil {
			return up.Summary()
		}
		return bottom(up.Err)
	}
	if shown, ok := errors.AsType[*gqlerror.Error](err); ok && shown.Err != nil {
		return bottom(shown.Err)
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Op + ": " + bottom(failed.Err)
	}
	return clip(err.Error(), maxMapped)
}

// mistake names what is wrong with an operation, by the rule of the specification
// that it breaks, or by its code and the argument: the message may quote the document.
func mistake(e *gqlerror.Error) string {
	what, _ := e.Extensions["code"].(string)
	shown, ok := errors.AsType[*gqlerror.Error](e.Err)
	switch {
	case !ok:
	case shown.Rule != "":
		what += ": " + shown.Rule
	case what == codeBadUserInput && len(shown.Path) > 0: // down to what does not fit its type
		what += ": " + dotted(collapse(shown.Path))
	}
	if len(e.Locations) > 0 {
		what += fmt.Sprintf(" at %d:%d", e.Locations[0].Line, e.Locations[0].Column)
	}
	return cmp.Or(what, "an error without a code")
}

func logPanic(ctx context.Context, log *slog.Logger, value any) {
	log.LogAttrs(ctx, slog.LevelError, "panic",
		append([]slog.Attr{slog.Any("value", value), slog.String("stack", string(debug.Stack()))}, traceID(ctx)...)...)
}

func traceID(ctx context.Context) []slog.Attr {
	span := trace.SpanContextFromContext(ctx)
	if !span.HasTraceID() {
		return nil
	}
	return []slog.Attr{slog.String("trace_id", span.TraceID().String())}
}

// isProbe reports whether r only asks how we are, as machines do all the time.
func isProbe(r *http.Request) bool {
	return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics"
}
