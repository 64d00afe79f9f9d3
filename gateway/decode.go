package gateway

import (
	"fmt"
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
	p := &graphql.RawParams{Headers: r.Header}
	p.ReadTime.Start = graphql.Now()
	var err error
	switch r.Method {
	case http.MethodGet:
		err = readQuery(r, limit, p)
	case http.MethodPost:
		err = readBody(w, r, limit, p)
	default:
		err = &refusal{status: http.StatusMethodNotAllowed, message: "use GET or POST", allow: "GET, POST"}
	}
	if err != nil {
		return nil, err
	}
	if p.Query == "" && len(p.Extensions) == 0 {
		return nil, badRequest("the parameter query is missing")
	}
	p.ReadTime.End = graphql.Now()
	return p, nil
}

// readQuery takes the parameters from the URL. Browsers send a GET to other
// sites without asking first, so one that comes from another site must carry a
// header that makes them ask. Programs other than browsers send no
// Sec-Fetch-Site and are not concerned.
func readQuery(r *http.Request, limit int64, p *graphql.RawParams) error {
	if int64(len(r.URL.RawQuery)) > limit {
		return &refusal{status: http.StatusRequestURITooLong, message: "the query string is too long"}
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		if r.Header.Get("GraphQL-Require-Preflight") == "" && r.Header.Get(traceHeader) == "" {
			return &refusal{
				status:  http.StatusForbidden,
				message: "a GET from another site needs the header GraphQL-Require-Preflight",
			}
		}
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return badRequest("the query string is malformed")
	}
	for _, name := range []string{"query", "operationName", "variables", "extensions"} {
		if len(values[name]) > 1 {
			return badRequest("the parameter %s is given more than once", name)
		}
	}
	p.Query, p.OperationName = values.Get("query"), values.Get("operationName")
	if p.Variables, err = queryObject(values, "variables"); err == nil {
		p.Extensions, err = queryObject(values, "extensions")
	}
	return err
}

// queryObject reads a parameter that is a JSON object, nil where there is none.
func queryObject(values url.Values, name string) (map[string]any, error) {
	text := strings.TrimSpace(values.Get(name))
	if text == "" || text == "null" {
		return nil, nil //nolint:nilnil // none
	}
	if !utf8.ValidString(text) || text[0] != '{' {
		return nil, badRequest("the parameter %s must be a JSON object", name)
	}
	read := borrow()
	defer read.release()
	read.start([]byte(text))
	object, err := read.object()
	if err == nil {
		err = read.end()
	}
	if err != nil {
		return nil, read.unreadable("the parameter "+name, err)
	}
	return object, nil
}

// readBody takes the parameters from a JSON body. Only application/json is
// read: forms and text/plain are what a browser sends to other sites unasked.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, p *graphql.RawParams) error {
	if !isJSON(r.Header.Get("Content-Type")) {
		return &refusal{status: http.StatusUnsupportedMediaType, message: "the body must be application/json in UTF-8"}
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return &refusal{status: http.StatusUnsupportedMediaType, message: "the body must not be compressed"}
	}
	if r.ContentLength > limit {
		return tooLarge(w, limit)
	}
	read := borrow()
	defer read.release()
	fits, err := read.fill(r.Body, r.ContentLength, limit)
	switch {
	case err != nil:
		return badRequest("the body could not be read")
	case !fits:
		return tooLarge(w, limit)
	}
	return read.params(p)
}

// isJSON reports whether a Content-Type is JSON in UTF-8.
func isJSON(contentType string) bool {
	if contentType == plainJSON {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	charset, given := params["charset"]
	return err == nil && media == plainJSON && (!given || strings.EqualFold(charset, "utf-8"))
}

// tooLarge also ends the connection: to keep it, the server would read the rest.
func tooLarge(w http.ResponseWriter, limit int64) *refusal {
	w.Header().Set("Connection", "close")
	return &refusal{
		status:  http.StatusRequestEntityTooLarge,
		message: fmt.Sprintf("the body is larger than %d bytes", limit),
	}
}
