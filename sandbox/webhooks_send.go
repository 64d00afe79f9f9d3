package sandbox

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// tell tells whoever wants to know of some news, behind; false: nobody does.
func (w *webhooks) tell(n news) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	is := w.bySource[n.source]
	if is == nil || w.ctx.Err() != nil {
		return false
	}
	w.told++
	n.serial, n.at = w.told, time.Now()
	is.count.Events++
	if is.Drop > 0 && is.dice.Float64() < is.Drop {
		is.count.Dropped++
		return true
	}
	header, body := w.vendors[n.source].tells.message(n, is.Secret, n.at)
	for range max(1, is.Copies) {
		delay := time.Duration(is.Delay)
		if is.Shuffle {
			delay = time.Duration(is.dice.Float64() * 2 * float64(delay))
		}
		w.sending.Go(func() { w.deliver(is, n, delay, header, body) })
	}
	return true
}

// deliver sends a message until it is taken or given up.
func (w *webhooks) deliver(is *set, n news, delay time.Duration, header http.Header, body []byte) {
	tells := w.vendors[n.source].tells
	for try := 0; ; try++ {
		if !w.pause(delay) || w.gone(is, n) {
			return
		}
		if try > 0 { // signed anew, as time has gone by
			header, body = tells.message(n, is.Secret, time.Now())
		}
		status := 0
		r, err := http.NewRequestWithContext(w.ctx, http.MethodPost, is.URL, bytes.NewReader(body))
		if err == nil {
			r.Header = header.Clone()
			status, err = w.ask(r)
		}
		taken := err == nil && status >= 200 && status < 300
		last := try == len(tells.retries) || err == nil && !tells.again(status)
		if w.note(is, n.topic, taken, last); taken || last {
			return
		}
		delay = tells.retries[try]
	}
}

// ask sends a request, and returns how it was answered.
func (w *webhooks) ask(r *http.Request) (status int, err error) {
	resp, err := w.client.Do(r.WithContext(w.ctx))
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
	return resp.StatusCode, resp.Body.Close()
}

// pause waits; false: nothing more is sent.
func (w *webhooks) pause(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.ctx.Done():
		return false
	}
}

// gone reports whether nobody wants to be told of n any more.
func (w *webhooks) gone(is *set, n news) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bySource[n.source] != is || is.disabled[n.topic]
}

// note writes down what came of a delivery.
func (w *webhooks) note(is *set, topic string, taken, last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if taken {
		is.count.Delivered++
		is.failures[topic] = 0
		return
	}
	is.count.Failed++
	if last {
		is.count.GivenUp++
	}
	is.failures[topic]++
	for source, of := range w.bySource {
		if most := w.vendors[source].tells.disable; of == is && most > 0 && is.failures[topic] >= most {
			is.disabled[topic] = true
		}
	}
}
