package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gorilla/websocket"

	"holdfast/connect"
	"holdfast/graph/scalar"
)

// startFollowed runs a program over a warehouse whose orders can be followed. A write w0 says that one order has changed,
// w1 says nothing, so all may have.
func startFollowed(t *testing.T, gateway string) (*program, *warehouse, string) {
	t.Helper()
	w := startWarehouse(t)
	p := startFollowedOver(t, w, gateway, "127.0.0.1:0")
	return p.program, w, p.file
}

// followed is a program, and the file of its settings.
type followed struct {
	*program

	file string
}

func startFollowedOver(t *testing.T, w *warehouse, gateway, listen string) followed {
	t.Helper()
	var sdl strings.Builder
	sdl.WriteString(warehouseGraph)
	fmt.Fprintf(&sdl, warehouseWrite, 0, `@invalidates(tags: ["Order:{$args.id}"])`)
	fmt.Fprintf(&sdl, warehouseWrite, 1, "")
	sdl.WriteString("}\ntype Subscription {\n  order(id: ID!): Order @live\n  many(ids: String!): [Order!] @live(of: \"list\")\n  own: Order @live(of: \"mine\")\n}\n")
	g := folder{
		files: fstest.MapFS{"w.graphqls": {Data: []byte(strings.Replace(sdl.String(), "\n  sum: Int\n", "\n", 1))}}, sdl: "*.graphqls",
		scalars: scalar.Registry(), examples: fstest.MapFS{}, hand: connect.Fields{},
	}
	file := t.TempDir() + "/holdfast.yaml"
	writeFile(t, file, followedSettings(w, gateway))
	return followed{startGraph(t, g, "-config", file, "-sandbox", "off", "-listen", listen), file}
}

func followedSettings(w *warehouse, gateway string) string {
	return `
sources: {shop: {url: "` + w.URL + `/shop"}, stock: {url: "` + w.URL + `/stock"}}
defaults: {timeout: 10m, patience: 10m, retry: {max: 0}, breaker: {off: true}}
gateway: {` + gateway + `}
`
}

// changed makes a write.
func (p *program) changed(field, args string) {
	p.t.Helper()
	p.mustAsk(`mutation { ` + field + args + ` }`)
}

// mustAsk asks for what has no errors.
func (p *program) mustAsk(query string) {
	p.t.Helper()
	if a := p.request(map[string]any{"query": query}); len(a.Errors) > 0 {
		p.t.Fatalf("%s: %+v", query, a.Errors)
	}
}

// follower is a client of a WebSocket.
type follower struct {
	t *testing.T
	*websocket.Conn
}

// dial opens a WebSocket, without connection_init.
func (p *program) dial(t *testing.T, headers ...string) *follower {
	t.Helper()
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	d := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	conn, res, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/graphql", h)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	return &follower{t, conn}
}

// say sends a message.
func (c *follower) say(text string) {
	c.t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// hear waits for a message; a connection that ends is its code and reason.
func (c *follower) hear() string {
	c.t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	_, text, err := c.ReadMessage()
	if e, ok := errors.AsType[*websocket.CloseError](err); ok {
		return fmt.Sprintf("%d %s", e.Code, e.Text)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

// hears compares what comes next with what is wanted, in order.
func (c *follower) hears(want ...string) {
	c.t.Helper()
	for _, w := range want {
		if got := c.hear(); got != w {
			c.t.Fatalf("got  %s\nwant %s", got, w)
		}
	}
}

// open is a client that has said connection_init.
func (p *program) open(t *testing.T, payload string) *follower {
	t.Helper()
	c := p.dial(t)
	c.say(`{"type":"connection_init","payload":` + payload + `}`)
	c.hears(`{"type":"connection_ack"}`)
	return c
}

// subscribe is the message that begins an operation.
func subscribe(id, query string, variables ...string) string {
	payload := map[string]any{"query": query}
	if len(variables) > 0 {
		payload["variables"] = json.RawMessage(variables[0])
	}
	text, err := json.Marshal(map[string]any{"id": id, "type": "subscribe", "payload": payload})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func order(id string, total int) string {
	return fmt.Sprintf(`{"id":%q,"type":"next","payload":{"data":{"order":{"total":%d}}}}`, id, total)
}

// TestSubscriptions is one long day of somebody who follows an order.
func TestSubscriptions(t *testing.T) {
	p, w, file := startFollowed(t, "")
	c := p.open(t, `{}`)
	c.say(subscribe("a", `subscription ($id: ID!) { order(id: $id) { total } }`, `{"id": 1}`))
	c.hears(order("a", 0))

	// What has changed is sent.
	p.changed("w0", "(id: 1)")
	c.hears(order("a", 1))

	// One read is for all who follow the same.
	other := p.open(t, `{}`)
	other.say(subscribe("b", `subscription ($id: ID!) { order(id: $id) { total } }`, `{"id": 1}`))
	other.hears(order("b", 1))
	w.look()
	p.changed("w0", "(id: 1)")
	c.hears(order("a", 2))
	other.hears(order("b", 2))
	if asked := w.look(); len(asked) > 2 { // before the change is sent, and after it was answered
		t.Errorf("read %q", asked)
	}

	// Of another order nobody hears, and an id is free when its operation is over.
	p.changed("w0", "(id: 7)")
	other.say(`{"type":"ping"}`)
	other.hears(`{"type":"pong"}`)
	other.say(`{"id":"b","type":"complete"}`)
	other.say(subscribe("b", `{ order(id: 7) { total } }`))
	other.hears(order("b", 3), `{"id":"b","type":"complete"}`)
	c.say(`{"type":"ping"}`)
	c.hears(`{"type":"pong"}`)

	// It goes on with other settings.
	writeFile(t, file, followedSettings(w, "depth: 19"))
	p.log.find(t, nil, `msg="(settings reloaded)"`)
	p.changed("w1", "")
	got := c.hear()
	if got == order("a", 3) { // as it was when the change was about to be sent
		got = c.hear()
	}
	if got != order("a", 4) {
		t.Errorf("%s", got)
	}

	// What cannot be followed.
	c.say(subscribe("x", `subscription { order(id: 1) { totl } }`))
	if got := c.hear(); !strings.HasPrefix(got, `{"id":"x","type":"error","payload":[{"message":"Cannot query field`) {
		t.Errorf("%s", got)
	}
	c.say(subscribe("x", `subscription { order(id: 1) { total } again: order(id: 2) { total } }`))
	if got := c.hear(); !strings.HasPrefix(got, `{"id":"x","type":"error"`) {
		t.Errorf("%s", got)
	}

	// It ends so that clients come again.
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	c.hears("1012 the gateway ends: connect again")
}

// TestSubscriptionsAreOfTheirCaller has two who follow the same words, and are not shown the same.
func TestSubscriptionsAreOfTheirCaller(t *testing.T) {
	p, w, _ := startFollowed(t, `subscriptions: {headers: [X-Order]}`)
	one, two := p.open(t, `{"x-order": "1"}`), p.open(t, `{"headers": {"X-Order": "2"}, "X-Other": "3"}`)
	for _, c := range []*follower{one, two} {
		c.say(subscribe("a", `subscription { own { total } }`))
		c.hears(strings.Replace(order("a", 0), "order", "own", 1))
	}
	if asked := w.look(); len(asked) != 2 {
		t.Errorf("asked %q", asked)
	}
}

func TestSocketsThatAreWrong(t *testing.T) {
	p, _, _ := startFollowed(t, `subscriptions: {perConnection: 2, initTimeout: 1s}, cors: {origins: ["https://shop.example"]}, body: 1000`)
	for name, tt := range map[string]struct{ says, want []string }{
		"no JSON":                {[]string{`x`}, []string{"4400 Invalid message received"}},
		"a type that is none":    {[]string{`{"type":"start"}`}, []string{"4400 Invalid message received"}},
		"nothing said first":     {[]string{subscribe("a", `{ order(id: 1) { total } }`)}, []string{"4401 Unauthorized"}},
		"nothing said at all":    {nil, []string{"4408 Connection initialisation timeout"}},
		"said twice":             {[]string{`{"type":"connection_init"}`, `{"type":"connection_init"}`}, []string{`{"type":"connection_ack"}`, "4429 Too many initialisation requests"}},
		"no id":                  {[]string{`{"type":"connection_init"}`, `{"type":"subscribe","payload":{"query":"{a}"}}`}, []string{`{"type":"connection_ack"}`, "4400 Invalid message received"}},
		"no payload":             {[]string{`{"type":"connection_init"}`, `{"id":"a","type":"subscribe"}`}, []string{`{"type":"connection_ack"}`, "4400 Invalid message received"}},
		"an id twice":            {[]string{`{"type":"connection_init"}`, subscribe("a", `subscription { order(id: 1) { total } }`), subscribe("a", `subscription { order(id: 1) { total } }`)}, []string{`{"type":"connection_ack"}`, "*4409 Subscriber for a already exists"}},
		"a message that is huge": {[]string{`{"type":"connection_init","payload":"` + strings.Repeat("x", 2000) + `"}`}, []string{"1009 "}},
		"more than a connection's": {
			[]string{`{"type":"connection_init"}`, subscribe("a", `subscription { order(id: 1) { total } }`), subscribe("b", `subscription { order(id: 2) { total } }`), subscribe("c", `subscription { order(id: 3) { total } }`)},
			[]string{`{"type":"connection_ack"}`, `*{"id":"c","type":"error","payload":[{"message":"too many operations over one connection","extensions":{"code":"TOO_MANY_SUBSCRIPTIONS"}}]}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := p.dial(t)
			for _, text := range tt.says {
				c.say(text)
			}
			for _, want := range tt.want {
				got := c.hear()
				for rest, ok := strings.CutPrefix(want, "*"); ok && got != rest && strings.Contains(got, `"next"`); {
					got = c.hear() // what was begun before
				}
				if want = strings.TrimPrefix(want, "*"); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			}
		})
	}
	for origin, want := range map[string]int{"https://evil.example": 403, "https://shop.example": 101, p.url: 101, "null": 403} {
		d := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
		conn, res, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/graphql", http.Header{"Origin": {origin}})
		if res == nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("a page of %s: %s %v", origin, res.Status, err)
		}
		if conn != nil {
			_ = conn.Close()
		}
	}
	other := websocket.Dialer{Subprotocols: []string{"graphql-ws"}}
	conn, res, err := other.DialContext(t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/graphql", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	(&follower{t, conn}).hears("4406 Subprotocol not acceptable")
}

// stream asks for a stream, and returns what comes of it.
func (p *program) stream(t *testing.T, accept, query string) (http.Header, *bufio.Reader) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {accept}}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res.Header, bufio.NewReader(res.Body)
}

// readTo reads up to a text.
func readTo(t *testing.T, r *bufio.Reader, end string) string {
	t.Helper()
	var text strings.Builder
	for !strings.HasSuffix(text.String(), end) {
		b, err := r.ReadByte()
		if err != nil {
			t.Fatalf("%v after %q", err, text.String())
		}
		text.WriteByte(b)
	}
	return text.String()
}

func TestServerSentEvents(t *testing.T) {
	p, _, _ := startFollowed(t, `subscriptions: {heartbeat: 100ms}`)
	header, r := p.stream(t, "text/event-stream", `subscription { order(id: 1) { total } }`)
	if kind := header.Get("Content-Type"); kind != "text/event-stream; charset=utf-8" || header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", header)
	}
	next := func(n int) string {
		return fmt.Sprintf("event: next\ndata: {\"data\":{\"order\":{\"total\":%d}}}\n\n", n)
	}
	if got := readTo(t, r, "\n\n"); got != next(0) {
		t.Errorf("%q", got)
	}
	if got := readTo(t, r, "\n\n"); got != ":\n\n" {
		t.Errorf("%q", got)
	}
	p.changed("w0", "(id: 1)")
	if got := readTo(t, r, "}\n\n"); strings.ReplaceAll(got, ":\n\n", "") != next(1) {
		t.Errorf("%q", got)
	}
	for query, want := range map[string]string{
		`{ team(ids: "p") { id } }`:              "event: next\ndata: {\"data\":{\"team\":[{\"id\":\"p\"}]}}\n\nevent: complete\ndata: \n\n",
		`subscription { order(id: 1) { totl } }`: "event: complete\ndata: \n\n",
		`mutation { w0(id: 9) }`:                 "event: next\ndata: {\"data\":{\"w0\":true}}\n\nevent: complete\ndata: \n\n",
	} {
		_, r := p.stream(t, "text/event-stream", query)
		got, err := io.ReadAll(r)
		if err != nil || !strings.HasSuffix(string(got), want) {
			t.Errorf("%s: %v %q", query, err, got)
		}
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if rest, err := io.ReadAll(r); err != nil || strings.Contains(string(rest), "complete") {
		t.Errorf("a stream that goes on elsewhere ends with %q %v", rest, err)
	}
}

func TestAnswersInParts(t *testing.T) {
	p, _, _ := startFollowed(t, "")
	header, r := p.stream(t, `multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json`, `subscription { order(id: 1) { total } }`)
	if kind := header.Get("Content-Type"); kind != `multipart/mixed;boundary="graphql";subscriptionSpec=1.0` {
		t.Errorf("%v", header)
	}
	part := func(payload string) string {
		return "\r\nContent-Type: application/json\r\n\r\n" + payload + "\r\n--graphql"
	}
	if got := readTo(t, r, "--graphql"); got != "\r\n--graphql" {
		t.Errorf("%q", got)
	}
	for n := range 3 {
		if n > 0 {
			p.changed("w0", "(id: 1)")
		}
		if got, want := readTo(t, r, "--graphql"), part(fmt.Sprintf(`{"payload":{"data":{"order":{"total":%d}}}}`, n)); got != want {
			t.Errorf("%q", got)
		}
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	want := part(`{"payload":null,"errors":[{"message":"the gateway ends: subscribe again","extensions":{"code":"DRAINING"}}]}`) + "--\r\n"
	if rest, err := io.ReadAll(r); err != nil || string(rest) != want {
		t.Errorf("%v %q", err, rest)
	}
}
