package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// webhooks is who is told of changes: at most one address per source.
type webhooks struct {
	seed     uint64
	vendors  map[string]*vendor
	client   *http.Client
	ctx      context.Context // ends when nothing more is sent
	stop     func()
	sending  sync.WaitGroup
	mu       sync.Mutex
	bySource map[string]*set
	told     int // events so far
}

// webhook is an address that is told of a vendor's changes, and how much goes wrong on the way.
type webhook struct {
	URL     string   `json:"url"`
	Secret  string   `json:"secret,omitempty"` // deliveries are signed with it
	Delay   duration `json:"delay,omitzero"`   // before each delivery
	Shuffle bool     `json:"shuffle,omitempty"`
	Copies  int      `json:"copies,omitempty"` // of each delivery; 0: one
	Drop    float64  `json:"drop,omitempty"`   // share of events that nobody is told of
}

// set is a webhook as it is now.
type set struct {
	webhook

	dice     *rand.Rand
	count    tallied
	failures map[string]int // in a row, by topic
	disabled map[string]bool
}

// tallied is what became of events.
type tallied struct {
	Events    int `json:"events"`
	Dropped   int `json:"dropped"`
	Delivered int `json:"delivered"` // deliveries that were answered with 2xx
	Failed    int `json:"failed"`    // that were not
	GivenUp   int `json:"givenUp"`   // that are not tried again
}

// telling is how a vendor tells of changes.
type telling struct {
	topics  []string        // that there are, as the vendor calls them
	retries []time.Duration // waits after deliveries that failed, until it is given up
	again   func(status int) bool
	disable int // failures in a row after which a topic is not told of any more; 0: it always is
	// about returns what topic says of something as it is now; not ok: there is no such thing.
	about func(topic, id string) (news, bool)
	// message makes a delivery: its body, and its headers with the signature.
	message func(n news, secret string, at time.Time) (http.Header, []byte)
	ping    func(url string) *http.Request // is sent when somebody sets it up; nil: nothing is
}

// news is one thing that happened.
type news struct {
	source, topic string
	serial        int // of all events
	at            time.Time
	body          any // in the vendor's words
}

func newWebhooks(vendors map[string]*vendor, cfg Config) *webhooks {
	w := &webhooks{
		seed: cfg.Seed, vendors: vendors, bySource: map[string]*set{},
		client: &http.Client{
			Transport:     cfg.Transport,
			Timeout:       10 * time.Second, // which is about what vendors wait
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	w.ctx, w.stop = context.WithCancel(context.Background())
	return w
}

// close ends what is being sent, and waits for it.
func (w *webhooks) close() {
	w.mu.Lock()
	w.stop() // with the lock, so that nothing begins after the wait has
	w.mu.Unlock()
	w.sending.Wait()
	w.client.CloseIdleConnections()
}

// list serves GET /_webhooks.
func (w *webhooks) list(rw http.ResponseWriter, _ *http.Request) {
	type shown struct {
		webhook
		tallied

		Disabled []string `json:"disabled,omitempty"`
	}
	now := map[string]shown{}
	w.mu.Lock()
	for source, is := range w.bySource {
		s := shown{is.webhook, is.count, slices.Sorted(maps.Keys(is.disabled))}
		s.Secret = ""
		now[source] = s
	}
	w.mu.Unlock()
	writeJSON(rw, http.StatusOK, now)
}

// put serves PUT /_webhooks/{source}.
func (w *webhooks) put(rw http.ResponseWriter, r *http.Request) {
	source := r.PathValue("source")
	if err := w.known(source); err != nil {
		refuse(rw, http.StatusNotFound, err.Error())
		return
	}
	is, err := parseWebhook(http.MaxBytesReader(rw, r.Body, maxBody))
	if err != nil {
		refuse(rw, http.StatusBadRequest, err.Error())
		return
	}
	w.set(source, is)
	w.list(rw, r)
}

// lift serves DELETE /_webhooks/{source}.
func (w *webhooks) lift(rw http.ResponseWriter, r *http.Request) {
	source := r.PathValue("source")
	if err := w.known(source); err != nil {
		refuse(rw, http.StatusNotFound, err.Error())
		return
	}
	w.mu.Lock()
	delete(w.bySource, source)
	w.mu.Unlock()
	rw.WriteHeader(http.StatusNoContent)
}

// known is why nobody can be told of a source's changes; nil: somebody can.
func (w *webhooks) known(source string) error {
	var names []string
	for name, v := range w.vendors {
		if v.tells != nil {
			names = append(names, name)
		}
	}
	if slices.Contains(names, source) {
		return nil
	}
	slices.Sort(names)
	return fmt.Errorf("there is no source %q with webhooks; there are %s", source, strings.Join(names, ", "))
}

func parseWebhook(body io.Reader) (webhook, error) {
	var is webhook
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(&is); err != nil {
		return is, fmt.Errorf("the body is not a webhook: %s; it may have url, secret, delay, shuffle, copies and drop", strings.TrimPrefix(err.Error(), "json: "))
	}
	to, err := url.Parse(is.URL)
	switch {
	case err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https":
		return is, errors.New(`url must be where it is sent to, such as "http://127.0.0.1:8080/webhooks/stripe"`)
	case is.Copies < 0 || is.Copies > 100:
		return is, errors.New("copies must be from 0 to 100")
	case is.Drop < 0 || is.Drop > 1:
		return is, errors.New("drop must be from 0 to 1")
	}
	return is, nil
}

// set has a source's changes told to is, in place of who was told before.
func (w *webhooks) set(source string, is webhook) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bySource[source] = &set{
		webhook: is, dice: rand.New(rand.NewPCG(w.seed, 1)), //nolint:gosec // it is to be the same every time
		failures: map[string]int{}, disabled: map[string]bool{},
	}
	if ping := w.vendors[source].tells.ping; ping != nil && w.ctx.Err() == nil {
		w.sending.Go(func() { _, _ = w.ask(ping(is.URL)) })
	}
}

// Tell has changes at a source told to the address at url, signed with secret, as PUT /_webhooks does; false: the source
// has no webhooks.
func (s *Sandbox) Tell(source, url, secret string) bool {
	if s.webhooks.known(source) != nil {
		return false
	}
	s.webhooks.set(source, webhook{URL: url, Secret: secret})
	return true
}

// enable has a topic told of again, after failures.
func (w *webhooks) enable(source, topic string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if is := w.bySource[source]; is != nil {
		delete(is.disabled, topic)
		is.failures[topic] = 0
	}
}

// state is who is told of a topic; not ok: nobody. Disabled says that he is no more.
func (w *webhooks) state(source, topic string) (to string, disabled, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	is := w.bySource[source]
	if is == nil {
		return "", false, false
	}
	return is.URL, is.disabled[topic], true
}

// event serves POST /_events/{source}: news of something as it is now.
func (s *Sandbox) event(rw http.ResponseWriter, r *http.Request) {
	source := r.PathValue("source")
	if err := s.webhooks.known(source); err != nil {
		refuse(rw, http.StatusNotFound, err.Error())
		return
	}
	tells := s.vendors[source].tells
	var in struct {
		Topic string `json:"topic"`
		ID    any    `json:"id"`
	}
	d := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxBody))
	d.UseNumber()
	if err := d.Decode(&in); err != nil || in.Topic == "" || in.ID == nil {
		refuse(rw, http.StatusBadRequest, fmt.Sprintf(`the body says of what: {"topic":%q,"id":"…"}`, tells.topics[0]))
		return
	}
	if !slices.Contains(tells.topics, in.Topic) {
		refuse(rw, http.StatusBadRequest, fmt.Sprintf("%s has no topic %q; it has %s", source, in.Topic, strings.Join(tells.topics, ", ")))
		return
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	n, ok := tells.about(in.Topic, fmt.Sprint(in.ID))
	if !ok {
		refuse(rw, http.StatusNotFound, fmt.Sprintf("%s has nothing with the id %v that %s could be about", source, in.ID, in.Topic))
		return
	}
	n.source, n.topic = source, in.Topic
	if !s.webhooks.tell(n) {
		refuse(rw, http.StatusConflict, "nobody is told: PUT /_webhooks/"+source+" says who is")
		return
	}
	rw.WriteHeader(http.StatusAccepted)
}
