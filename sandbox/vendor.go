package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 1 << 20

// vendor is one stand-in. Its functions are called one at a time and write to
// memory, so they neither lock nor care about slow clients.
type vendor struct {
	name   string                      // of the source, and first segment of its URLs
	base   string                      // path below the name at which the API begins
	suffix string                      // that paths may end in, without being another route
	auth   string                      // for the index: the credentials, in words
	try    []string                    // for the index: paths below base worth a look
	routes map[string]http.HandlerFunc // by ServeMux pattern, below base
	keys   *keys                       // of writes that are made once; nil: the vendor knows none
	tells  *telling                    // of changes; nil: the vendor has no webhooks
	// around is what every request passes before its route: headers, credentials.
	around func(routes http.Handler) http.Handler
	// fail answers with status in the vendor's error format; 404 stands for an unknown route.
	fail func(w http.ResponseWriter, r *http.Request, status int)

	mux     *http.ServeMux
	handler http.Handler
}

// otherRoute is the name under which unknown routes are counted.
const otherRoute = "other"

// build makes the handler from the routes. What they do is counted.
func (v *vendor) build(done *effects) {
	v.mux = http.NewServeMux()
	for pattern, h := range v.routes {
		v.mux.HandleFunc(pattern, done.counted(v.name, pattern, h))
	}
	v.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		v.fail(w, r, http.StatusNotFound)
	})
	v.handler = v.around(v.mux)
}

// below returns r with its path cut to what lies below the base, and the
// template of its route. A path that no route can have becomes "/".
func (v *vendor) below(ctx context.Context, r *http.Request) (in *http.Request, route string) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/"+v.name+v.base)
	rest = strings.TrimSuffix(strings.TrimSuffix(rest, "/"), v.suffix)
	if !ok || !strings.HasPrefix(rest, "/") || path.Clean(rest) != rest {
		rest = "/"
	}
	plain, err := url.PathUnescape(rest)
	if err != nil {
		plain, rest = "/", "/"
	}
	in = r.Clone(ctx)
	in.URL.Path, in.URL.RawPath = plain, rest
	if _, route = v.mux.Handler(in); route == "/" {
		route = otherRoute
	}
	return in, route
}

// serve counts a request, breaks it if a fault says so, and answers it.
func (s *Sandbox) serve(v *vendor, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.askToFail(v, r, http.StatusRequestEntityTooLarge).send(w)
		return
	}
	// What is in flight stays so until it is answered: see the idempotency keys of Stripe.
	ctx, answered := context.WithCancel(r.Context())
	defer answered()
	in, route := v.below(ctx, r)
	in.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	in.Body, _ = in.GetBody()
	hit := s.faults.hit(v.name, strings.TrimPrefix(r.URL.Path, "/"+v.name), in.URL.Path)
	s.calls.count(v.name, route)
	if hit != nil {
		s.serveBroken(v, w, in, hit)
		return
	}
	s.ask(v, in).send(w)
}

// ask lets the vendor answer.
func (s *Sandbox) ask(v *vendor, r *http.Request) *answer {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	a := newAnswer()
	v.handler.ServeHTTP(a, r)
	return a
}

// askToFail lets the vendor say status in its own words.
func (s *Sandbox) askToFail(v *vendor, r *http.Request, status int) *answer {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	a := newAnswer()
	v.fail(a, r, status)
	return a
}

// answer is a response in memory: whole, before anything is sent.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func newAnswer() *answer {
	return &answer{status: http.StatusOK, header: http.Header{}}
}

// answerInto is one that can be sent to w more than once: of what w has already
// it only knows the content type.
func answerInto(w http.ResponseWriter) *answer {
	a := newAnswer()
	if kind := w.Header().Get("Content-Type"); kind != "" {
		a.header.Set("Content-Type", kind)
	}
	return a
}

// bodyOf is the whole body of a request, however much of it was read.
func bodyOf(r *http.Request) []byte {
	body, err := r.GetBody()
	if err != nil {
		panic(err) // it is in memory
	}
	all, err := io.ReadAll(body)
	if err != nil {
		panic(err)
	}
	return all
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// send writes the answer. A client that has gone is no error of ours.
func (a *answer) send(w http.ResponseWriter) {
	a.sendHeader(w)
	_, _ = w.Write(a.body.Bytes())
}

func (a *answer) sendHeader(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	w.WriteHeader(a.status)
}

// jsonOf is v as JSON, as vendors write it.
func jsonOf(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // a shape of ours that JSON cannot say
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// writeJSON writes v as a JSON body; a Content-Type that is set already stays.
func writeJSON(w http.ResponseWriter, status int, v any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // a shape of ours that JSON cannot say
	}
}
