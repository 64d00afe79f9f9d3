package gateway

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The protocol of https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.
const transportWS = "graphql-transport-ws"

// Codes with which sockets are closed. Clients come again after those below 4000.
const (
	closeRestart     = websocket.CloseServiceRestart
	closeBad         = 4400
	closeUnready     = 4401
	closeProtocol    = 4406
	closeLate        = 4408
	closeTaken       = 4409
	closeInitialised = 4429
)

// isWebSocket says whether a request asks for a WebSocket (RFC 6455).
func isWebSocket(r *http.Request) bool {
	return r.Method == http.MethodGet && websocket.IsWebSocketUpgrade(r)
}

// frames are those that messages are put together in.
var frames sync.Pool //nolint:gochecknoglobals // a pool belongs to nobody

// hijacker lets a WebSocket have the connection of a visit.
type hijacker struct{ http.ResponseWriter }

// Hijack implements [http.Hijacker].
func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(h.ResponseWriter).Hijack()
}

// socket serves a WebSocket until it ends.
func (t *transport) socket(w http.ResponseWriter, r *http.Request) {
	ctx, end, ok := t.streams.begin(r.Context())
	if !ok {
		refuse(w, plainJSON, busy)
		return
	}
	defer end()
	upgrader := websocket.Upgrader{
		ReadBufferSize: 1 << 10, WriteBufferSize: 4 << 10, WriteBufferPool: &frames,
		Subprotocols: []string{transportWS}, CheckOrigin: t.allowsOrigin,
		Error: func(_ http.ResponseWriter, _ *http.Request, status int, reason error) {
			refuse(w, plainJSON, &refusal{status: status, message: reason.Error()})
		},
	}
	conn, err := upgrader.Upgrade(hijacker{w}, r, nil)
	if err != nil {
		return // and answered
	}
	if v, ok := w.(*visit); ok {
		v.status = http.StatusSwitchingProtocols
	}
	release(r.Context())
	s := &socket{t: t, conn: conn, r: r, header: r.Header.Clone(), under: map[string]*under{}}
	s.ctx, s.stop = context.WithCancel(ctx)
	s.serve()
}

// allowsOrigin says whether a page may use the graph over a WebSocket, which browsers let any page open: one of our own
// origin, or one that gateway.cors allows.
func (t *transport) allowsOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host) || t.origins.allow(http.Header{}, origin)
}

// socket is one WebSocket. One goroutine reads; each operation has one that writes, and so has what keeps it open.
type socket struct {
	t    *transport // whose settings hold for the connection
	conn *websocket.Conn
	r    *http.Request
	ctx  context.Context //nolint:containedctx // of the connection
	stop func()

	writing sync.Mutex

	running sync.WaitGroup
	mu      sync.Mutex
	header  http.Header       // of the request, and what connection_init says
	ready   bool              // it was said
	under   map[string]*under // operations by id
}

// under is one operation under way.
type under struct{ end func() }

// message is one message of a client.
type message struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// serve reads until there is nothing more to read.
func (s *socket) serve() {
	defer func() {
		s.stop()
		s.running.Wait()
		_ = s.conn.Close()
	}()
	if s.conn.Subprotocol() != transportWS {
		s.close(closeProtocol, "Subprotocol not acceptable")
		return
	}
	s.running.Go(s.keep)
	s.conn.SetReadLimit(s.t.body)
	s.conn.SetPongHandler(func(string) error { return s.alive() })
	late := time.AfterFunc(s.t.follows.InitTimeout, func() {
		if !s.isReady() {
			s.close(closeLate, "Connection initialisation timeout")
			_ = s.conn.Close()
		}
	})
	defer late.Stop()
	for s.alive() == nil {
		kind, text, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		var m message
		if kind != websocket.TextMessage || json.Unmarshal(text, &m) != nil {
			s.close(closeBad, "Invalid message received")
			return
		}
		if code, why := s.take(m); code != 0 {
			s.close(code, why)
			return
		}
	}
}

// alive has the connection be read from for a while more: a client answers what keeps it open.
func (s *socket) alive() error {
	return s.conn.SetReadDeadline(time.Now().Add(2*s.t.follows.Heartbeat + writeTime))
}

// keep keeps the connection open, and closes it when it has to end.
func (s *socket) keep() {
	beat := time.NewTicker(s.t.follows.Heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			if s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTime)) != nil {
				s.stop()
			}
		case <-s.ctx.Done():
			if s.t.streams.draining() {
				s.close(closeRestart, "the gateway ends: connect again")
			}
			_ = s.conn.Close() // who reads sees it
			return
		}
	}
}

// close says why the connection ends.
func (s *socket) close(code int, why string) {
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), time.Now().Add(writeTime))
}

// send sends a message. One that cannot be sent within [writeTime] ends the connection.
func (s *socket) send(id, kind string, payload []byte) error {
	head := []byte("{")
	if id != "" {
		head, _ = jsontext.AppendQuote(append(head, `"id":`...), id) // what is not UTF-8 becomes U+FFFD
		head = append(head, ',')
	}
	head = append(append(append(head, `"type":"`...), kind...), '"')
	if payload != nil {
		head = append(head, `,"payload":`...)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	err := s.write(head, payload, []byte("}"))
	if err != nil {
		s.stop()
	}
	return err
}

// write writes one message. The caller holds writing.
func (s *socket) write(texts ...[]byte) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	w, err := s.conn.NextWriter(websocket.TextMessage)
	if err != nil {
		return err
	}
	for _, text := range texts {
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return w.Close()
}

func (s *socket) isReady() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready
}

// take does what a message says. The code is that with which the connection ends; 0: it goes on.
func (s *socket) take(m message) (code int, why string) {
	switch m.Type {
	case "connection_init":
		return s.initialise(m)
	case "ping":
		_ = s.send("", "pong", nil)
	case "pong":
	case "subscribe":
		return s.subscribe(m)
	case "complete":
		s.mu.Lock()
		if o := s.under[m.ID]; o != nil {
			o.end()
			delete(s.under, m.ID)
		}
		s.mu.Unlock()
	default:
		return closeBad, "Invalid message received"
	}
	return 0, ""
}

func (s *socket) initialise(m message) (code int, why string) {
	s.mu.Lock()
	if s.ready {
		s.mu.Unlock()
		return closeInitialised, "Too many initialisation requests"
	}
	s.ready = true
	said := map[string]json.RawMessage{}
	_ = json.Unmarshal(m.Payload, &said) // what is no object has no headers
	s.heed(said)
	below := map[string]json.RawMessage{}
	_ = json.Unmarshal(said["headers"], &below)
	s.heed(below)
	s.mu.Unlock()
	_ = s.send("", "connection_ack", nil)
	return 0, ""
}

// heed takes over the headers that clients may send with connection_init.
func (s *socket) heed(said map[string]json.RawMessage) {
	for name, value := range said {
		var text string
		for _, allowed := range s.t.follows.Headers {
			if strings.EqualFold(name, allowed) && json.Unmarshal(value, &text) == nil && !strings.ContainsAny(text, "\r\n\x00") {
				s.header[allowed] = []string{text}
			}
		}
	}
}

// subscribe begins an operation.
func (s *socket) subscribe(m message) (code int, why string) {
	params := &graphql.RawParams{}
	params.ReadTime.Start = graphql.Now()
	d := json.NewDecoder(strings.NewReader(string(m.Payload)))
	d.UseNumber()
	if m.ID == "" || d.Decode(params) != nil {
		return closeBad, "Invalid message received"
	}
	params.ReadTime.End = graphql.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.ready:
		return closeUnready, "Unauthorized"
	case s.under[m.ID] != nil:
		return closeTaken, "Subscriber for " + clip(m.ID, 50) + " already exists"
	case len(s.under) >= s.t.follows.PerConnection:
		s.running.Go(func() {
			_ = (&subscribed{s, m.ID, func() {}}).fail(listOf(refused("too many operations over one connection", codeTooMany)))
		})
		return 0, ""
	}
	ctx, end := context.WithCancel(s.ctx)
	o := &under{end}
	s.under[m.ID] = o
	params.Headers = s.header.Clone()
	s.running.Go(func() {
		defer end()
		s.run(ctx, o, m.ID, params)
	})
	return 0, ""
}

// over forgets an operation, whose id is free then.
func (s *socket) over(o *under, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.under[id] == o {
		delete(s.under, id)
	}
}

// run runs an operation with the newest gateway, as if it came by a request of its own.
func (s *socket) run(ctx context.Context, o *under, id string, params *graphql.RawParams) {
	to := &subscribed{s, id, func() { s.over(o, id) }}
	defer to.over()
	g, done := s.t.streams.newest()
	if g == nil {
		return
	}
	done = sync.OnceFunc(done)
	defer done()
	r := s.r.Clone(ctx)
	r.Method, r.Header = http.MethodPost, params.Headers
	v := newVisit(WithRelease(ctx, done), nil, r, &g.draining, false)
	v.status = http.StatusOK
	r = r.WithContext(&v.ctx)
	defer func() {
		v.end = time.Now()
		if v.matters() || g.logged.next() {
			v.log(g.log, r)
		}
	}()
	_ = g.graphql.play(ctx, r, params, to, 0) // that it cannot be written ends the connection
}

// subscribed sends the answers of one operation over a socket, which is kept open by itself.
type subscribed struct {
	*socket

	id   string
	over func() // before the client knows that its id is free
}

func (o *subscribed) begin() error { return nil }

func (o *subscribed) next(body []byte) error { return o.send(o.id, "next", body) }

func (o *subscribed) beat() error { return nil }

func (o *subscribed) complete() error {
	o.over()
	return o.send(o.id, "complete", nil)
}

func (o *subscribed) fail(errs gqlerror.List) error {
	text, err := json.Marshal(errs)
	if err != nil {
		return err
	}
	o.over()
	return o.send(o.id, "error", text)
}

// again says nothing: the whole connection ends so that its client comes again.
func (o *subscribed) again() error { return nil }
