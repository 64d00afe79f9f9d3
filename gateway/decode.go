package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// refusal says why an HTTP request is not a GraphQL request. Its message never
// repeats what the client sent.
type refusal struct {
	status  int
	message string
	allow   string // the Allow header of a 405
	busy    bool   // it may be sent again soon
}

func (e *refusal) Error() string { return e.message }

func badRequest(format string, args ...any) *refusal {
	return &refusal{status: http.StatusBadRequest, message: fmt.Sprintf(format, args...)}
}

// decode reads the GraphQL parameters of r; limit is in bytes. Every error is a
// [*refusal]. Whatever is wrong with a request is found here before its query
// is looked at.
func decode(w http.ResponseWriter, r *http.Request, limit int64) (*graphql.RawParams, error) {
	start := graphql.Now()
	var fields map[string]json.RawMessage
	var err error
	switch r.Method {
	case http.MethodGet:
		fields, err = readQuery(r, limit)
	case http.MethodPost:
		fields, err = readBody(w, r, limit)
	default:
		err = &refusal{status: http.StatusMethodNotAllowed, message: "use GET or POST", allow: "GET, POST"}
	}
	if err != nil {
		return nil, err
	}
	p := &graphql.RawParams{Headers: r.Header}
	if err := errors.Join(
		text(fields, "query", &p.Query),
		text(fields, "operationName", &p.OperationName),
		object(fields, "variables", &p.Variables),
		object(fields, "extensions", &p.Extensions),
	); err != nil {
		return nil, badRequest("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if p.Query == "" && len(p.Extensions) == 0 {
		return nil, badRequest("the parameter query is missing")
	}
	p.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	return p, nil
}

// readQuery takes the parameters from the URL. Browsers send a GET to other
// sites without asking first, so one that comes from another site must carry a
// header that makes them ask. Programs other than browsers send no
// Sec-Fetch-Site and are not concerned.
func readQuery(r *http.Request, limit int64) (map[string]json.RawMessage, error) {
	if int64(len(r.URL.RawQuery)) > limit {
		return nil, &refusal{status: http.StatusRequestURITooLong, message: "the query string is too long"}
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		if r.Header.Get("GraphQL-Require-Preflight") == "" && r.Header.Get(traceHeader) == "" {
			return nil, &refusal{
				status:  http.StatusForbidden,
				message: "a GET from another site needs the header GraphQL-Require-Preflight",
			}
		}
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("the query string is malformed")
	}
	fields := make(map[string]json.RawMessage, 4)
	for _, name := range []string{"query", "operationName", "variables", "extensions"} {
		given := values[name]
		switch {
		case len(given) > 1:
			return nil, badRequest("the parameter %s is given more than once", name)
		case len(given) == 0 || given[0] == "":
		case name == "query" || name == "operationName":
			if fields[name], err = json.Marshal(given[0]); err != nil {
				return nil, badRequest("the parameter %s is malformed", name)
			}
		default:
			fields[name] = json.RawMessage(given[0])
		}
	}
	return fields, nil
}

// readBody takes the parameters from a JSON body. Only application/json is
// read: forms and text/plain are what a browser sends to other sites unasked.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) (map[string]json.RawMessage, error) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset, given := params["charset"]; err != nil || media != plainJSON || given && !strings.EqualFold(charset, "utf-8") {
		return nil, &refusal{status: http.StatusUnsupportedMediaType, message: "the body must be application/json in UTF-8"}
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, &refusal{status: http.StatusUnsupportedMediaType, message: "the body must not be compressed"}
	}
	if r.ContentLength > limit {
		return nil, tooLarge(w, limit)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, tooLarge(w, limit)
	}
	if err != nil {
		return nil, badRequest("the body could not be read")
	}
	return parse(body)
}

// tooLarge also ends the connection: to keep it, the server would read the rest.
func tooLarge(w http.ResponseWriter, limit int64) *refusal {
	w.Header().Set("Connection", "close")
	return &refusal{
		status:  http.StatusRequestEntityTooLarge,
		message: fmt.Sprintf("the body is larger than %d bytes", limit),
	}
}

// parse splits a body into its parameters, whose names are case-sensitive.
func parse(body []byte) (map[string]json.RawMessage, error) {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return nil, badRequest("the body is empty")
	case !utf8.Valid(body):
		return nil, badRequest("the body is not UTF-8")
	case body[0] == '[':
		return nil, badRequest("batches are not supported: send one operation per request")
	}
	var fields map[string]json.RawMessage
	err := json.Unmarshal(body, &fields)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return nil, badRequest("the body is not valid JSON, at byte %d", syntax.Offset)
	}
	if err != nil || fields == nil {
		return nil, badRequest("the body is not a JSON object")
	}
	return fields, nil
}

// text stores the string called name, if there is one.
func text(fields map[string]json.RawMessage, name string, to *string) error {
	raw := fields[name]
	if isNull(raw) {
		return nil
	}
	if raw[0] != '"' || json.Unmarshal(raw, to) != nil {
		return fmt.Errorf("the parameter %s must be a string", name)
	}
	return nil
}

// object stores the object called name, if there is one. Numbers stay as they
// were written: a large identifier must not pass through a float.
func object(fields map[string]json.RawMessage, name string, to *map[string]any) error {
	raw := fields[name]
	if isNull(raw) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if !json.Valid(raw) || bytes.TrimSpace(raw)[0] != '{' || d.Decode(to) != nil {
		return fmt.Errorf("the parameter %s must be a JSON object", name)
	}
	return nil
}

func isNull(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null"
}
