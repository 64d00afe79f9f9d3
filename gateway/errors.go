package gateway

import (
	"context"
	"errors"
	"maps"
	"math"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/upstreams"
	"holdfast/upstreams/panics"
)

// What extensions.code can be, besides the codes of gqlgen for documents that
// cannot be parsed or are not valid (GRAPHQL_PARSE_FAILED,
// GRAPHQL_VALIDATION_FAILED) and what a connector maps itself.
const (
	codeUnavailable  = "UPSTREAM_UNAVAILABLE" // an API is down, and no old answer was left
	codeRefused      = "UPSTREAM_REFUSED"     // an API said no
	codeContract     = "UPSTREAM_CONTRACT"    // an API sent what the schema does not allow
	codeLimit        = "UPSTREAM_LIMIT"       // what we ask of an API, or for one operation, is spent
	codeBadUserInput = "BAD_USER_INPUT"       // an argument is not acceptable
	codeBadRequest   = "BAD_REQUEST"          // not a GraphQL request at all
	codeQueryLimit   = "QUERY_LIMIT"          // the operation asks for too much: see Config
	codeOverload     = "OVERLOAD"             // too many operations at once: nothing was done
	codeInternal     = "INTERNAL"             // our mistake; the log says more
)

// Bounds in bytes on texts that clients can make long.
const (
	maxMessage = 300  // of parsing and validating, which repeat the document
	maxMapped  = 1000 // of an upstream, as its connector maps it
)

// present turns every error of an operation into what a client may see of it.
// It is the one place that knows [upstreams.Kind] and extensions.code. Each call
// returns a new error, whose Err is the cause: for the log only, JSON leaves it
// out.
func present(ctx context.Context, err error) *gqlerror.Error {
	out := presented(ctx, err)
	out.Extensions = withEffect(ctx, out.Extensions)
	return out
}

// presented is present without what became of writes.
func presented(ctx context.Context, err error) *gqlerror.Error {
	out := &gqlerror.Error{Err: err, Path: graphql.GetPath(ctx)}
	shown, wrapped := errors.AsType[*gqlerror.Error](err)
	if wrapped {
		out.Path, out.Locations = shown.Path, shown.Locations
	}
	if up, ok := errors.AsType[*upstreams.Error](err); ok {
		out.Message, out.Extensions = presentUpstream(up)
		return out
	}
	if _, ok := errors.AsType[*panics.Error](err); ok {
		return internal(out, "internal error")
	}
	if null, ok := errors.AsType[*graphql.InvalidNullError](err); ok {
		return internal(out, strings.TrimSpace("no value for the non-null field "+null.SchemaCoordinate()))
	}
	if field := graphql.GetFieldContext(ctx); wrapped && argumentsFailed(field) {
		out.Path = field.Path()
		out.Message = clip(shown.Message, maxMessage)
		out.Extensions = map[string]any{"code": codeBadUserInput}
		return out
	}
	if wrapped && (shown.Err == nil || fromExecutor(shown)) {
		out.Message = clip(shown.Message, maxMessage)
		out.Extensions = maps.Clone(shown.Extensions)
		return out
	}
	return internal(out, "internal error")
}

func internal(e *gqlerror.Error, message string) *gqlerror.Error {
	e.Message = message
	e.Extensions = map[string]any{"code": codeInternal}
	return e
}

// argumentsFailed reports whether gqlgen could not read the arguments of a
// field: it fills in Args, if only with an empty map, before the resolver runs.
func argumentsFailed(field *graphql.FieldContext) bool {
	return field != nil && field.Args == nil &&
		field.Field.Field != nil && field.Field.Definition != nil && len(field.Field.Definition.Arguments) > 0
}

// fromExecutor reports whether e was made while parsing and validating.
func fromExecutor(e *gqlerror.Error) bool {
	code := e.Extensions["code"]
	return code == errcode.ParseFailed || code == errcode.ValidationFailed
}

// requestFailed is the text of every failed call whose connector maps none: what
// failed, and how, is in the extensions.
const requestFailed = "Request failed"

// presentUpstream returns the public text and the extensions of err. What its
// connector maps wins over what we know.
func presentUpstream(err *upstreams.Error) (string, map[string]any) {
	code, message := codeInternal, "internal error"
	switch err.Kind {
	case upstreams.Unavailable:
		code, message = codeUnavailable, requestFailed
	case upstreams.Refused:
		code, message = codeRefused, requestFailed
	case upstreams.Contract:
		code, message = codeContract, requestFailed
	case upstreams.Limit:
		code, message = codeLimit, "this would be more than we ask of the API"
	case upstreams.BadInput:
		code, message = codeBadUserInput, "the arguments are not acceptable"
	}
	extensions := map[string]any{"code": code}
	if err.Source != "" {
		extensions["source"] = err.Source
	}
	if err.Connector != "" {
		extensions["connector"] = err.Connector
	}
	if err.Status != 0 {
		extensions["status"] = err.Status
	}
	if err.RetryAfter > 0 {
		extensions["retryAfter"] = int64(math.Ceil(err.RetryAfter.Seconds()))
	}
	maps.Copy(extensions, err.Extensions)
	if err.Message != "" {
		message = clip(err.Message, maxMapped)
	}
	return message, extensions
}

// recovered makes an error of a panic while it unwinds.
func recovered(_ context.Context, value any) error {
	return panics.Of(value)
}

// clip shortens s to at most limit bytes, between two characters.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit-len("…")], "") + "…"
}
