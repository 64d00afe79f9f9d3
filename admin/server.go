package admin

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"holdfast/admin/page"
	"holdfast/upstreams/field"
)

// EnvironmentToken is the name of the token that the environment has, there and in the log.
const EnvironmentToken = "HOLDFAST_ADMIN_TOKEN" //nolint:gosec // a name

// A Server answers routes to whom it knows. It is safe for concurrent use.
type Server struct {
	config  func() Config
	token   string // of the environment
	log     *slog.Logger
	routes  http.Handler
	handler http.Handler // the page for all, and routes for whom we know
}

// New returns a server of routes. config is asked at every call, so that it may change; token is that of the
// environment, "" for none.
func New(config func() Config, token string, log *slog.Logger, routes ...Route) *Server {
	s := &Server{config: config, token: token, log: log}
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.Pattern, s.serving(r))
	}
	s.routes = plainRefusals(mux)
	s.handler = s.open(s.known(s.routes))
	return s
}

// open serves the page to everybody: it is files in which nothing is secret. All else is for next.
func (s *Server) open(next http.Handler) http.Handler {
	files := page.New()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !files.Serves(r) {
			next.ServeHTTP(w, r)
			return
		}
		if refused := s.misdirected(r); refused != nil {
			reply(w, refused.Status, envelope{refused})
			return
		}
		files.ServeHTTP(w, r)
	})
}

// Check returns what keeps l from being served safely: a listener that others than this machine's users reach needs a
// certificate, and every address a token. It is the operator's to mend.
func (s *Server) Check(l net.Listener) error {
	if l.Addr().Network() == "unix" {
		return nil
	}
	c := s.config()
	if err := c.Validate(); err != nil {
		return err
	}
	if s.token != "" && len(s.token) < leastToken {
		return errors.New(EnvironmentToken + " " + tooShort(s.token))
	}
	if s.token == "" && len(c.Tokens) == 0 {
		return errors.New("an admin listener on an address needs a token of at least 32 bytes: set " + EnvironmentToken + " or admin.tokens, or use -admin unix:PATH")
	}
	if c.Cert == "" && !isLoopback(l.Addr()) {
		return fmt.Errorf("an admin listener on %s is reached by other machines and needs admin.cert and admin.key; or let it listen on 127.0.0.1", l.Addr())
	}
	return nil
}

// Serve answers on l, which it closes, until ctx ends, and then lets calls under way end for as long as grace.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	server := &http.Server{
		Handler:           s.handler,
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return withPeer(ctx, c) },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		done <- errors.Join(server.Shutdown(end), server.Close())
	}()
	err := server.Serve(s.secured(l))
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("admin: %w", err)
	}
	return <-done
}

// secured is l with TLS where the settings have a certificate.
func (s *Server) secured(l net.Listener) net.Listener {
	if l.Addr().Network() == "unix" || s.config().Cert == "" {
		return l
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		c := s.config()
		pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			s.log.Error("the certificate of the admin listener cannot be used", "error", field.Reason(err))
			return nil, err
		}
		return &pair, nil
	}})
}

// serving answers a route and leaves a line in the log.
func (s *Server) serving(r Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		call := &Call{Request: req, Who: whoOf(req.Context())}
		status := http.StatusOK
		answer, err := s.answer(r, call)
		if err != nil {
			refused, ok := errors.AsType[*RefusedError](err)
			if !ok {
				s.log.ErrorContext(req.Context(), "admin call failed", "path", shortened(req.URL.Path), "error", err.Error())
				refused = &RefusedError{Status: http.StatusInternalServerError, Code: "FAILED", Message: "it failed: the log has the cause"}
			}
			answer, status = envelope{refused}, refused.Status
			call.Note("refused", refused.Message)
		}
		reply(w, status, answer)
		if !r.Quiet || err != nil {
			s.audit(req, call.Who, status, call.audit...)
		}
	})
}

// answer is the route's answer; what it panics with is an error.
func (s *Server) answer(r Route, call *Call) (answer any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return r.Answer(call)
}

// audit says who asked what, and what came of it.
func (s *Server) audit(r *http.Request, who string, status int, more ...slog.Attr) {
	level := slog.LevelInfo
	if status >= http.StatusBadRequest {
		level = slog.LevelWarn
	}
	s.log.LogAttrs(r.Context(), level, "admin", append([]slog.Attr{
		slog.String("who", who), slog.String("method", r.Method), slog.String("path", shortened(r.URL.Path)), slog.Int("status", status),
	}, more...)...)
}

// plainRefusals has what no route takes be answered as JSON, too.
func plainRefusals(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.EscapedPath(); strings.Contains(p, "//") || strings.Contains(p, "/.") { // mux would send it elsewhere, in HTML
			reply(w, http.StatusBadRequest, envelope{BadInput("the path has a part that is empty or dots: escape what stands in it, such as a URL")})
			return
		}
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		seen := &statusOnly{header: http.Header{}}
		mux.ServeHTTP(seen, r)
		refused := NotFound("there is no " + r.URL.Path + " here")
		if allow := seen.header.Get("Allow"); seen.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", allow)
			refused = &RefusedError{Status: seen.status, Code: "METHOD_NOT_ALLOWED", Message: "expected " + allow}
		}
		reply(w, refused.Status, envelope{refused})
	})
}

// statusOnly takes an answer and keeps nothing but its head.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) Write(p []byte) (int, error) { return len(p), nil }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }

func reply(w http.ResponseWriter, status int, answer any) {
	text, err := json.MarshalIndent(answer, "", "  ")
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error": {"code": "FAILED", "message": "the answer is no JSON"}}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
}

// tokens are those that are good now, by name. One whose file cannot be read is left out.
func (s *Server) tokens() map[string]string {
	all := map[string]string{}
	for name, secret := range s.config().Tokens {
		if text, err := secret.Load(); err == nil && len(text) >= leastToken {
			all[name] = text
		}
	}
	if len(s.token) >= leastToken {
		all[EnvironmentToken] = s.token
	}
	return all
}
