package upstreams_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
)

// counter is a source with one number: GET tells it, POST adds one when it has taken its time, as the last
// thing that it does.
type counter struct {
	mu           sync.Mutex
	n            int
	slowly, late time.Duration // a GET takes that long after it looked, a POST before it adds
}

// RoundTrip implements [http.RoundTripper].
func (c *counter) RoundTrip(req *http.Request) (*http.Response, error) {
	c.mu.Lock()
	slowly, late := c.slowly, c.late
	body := fmt.Sprintf(`{"n":%d}`, c.n)
	c.mu.Unlock()
	if req.URL.Path == "/many" {
		body = `{"1":` + body + `}`
	}
	if req.Method == http.MethodGet {
		time.Sleep(slowly)
	} else {
		time.Sleep(late)
		c.mu.Lock()
		c.n++
		c.mu.Unlock()
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

func (c *counter) set(slowly, late time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slowly, c.late = slowly, late
}

// readN reads the number, alone or as one of many.
func readN(ctx context.Context, u *upstreams.Client, batch bool) (any, error) {
	if !batch {
		a, err := u.Read(ctx, order())
		if err != nil {
			return nil, err
		}
		return a.Value, nil
	}
	item := u.ReadBatch(ctx, &upstreams.Batch{
		Connector: "Order", Policy: policy(), Slot: "Order#1", Keys: []string{"1"},
		Build: func([]string) (*upstreams.Request, error) {
			return &upstreams.Request{Method: http.MethodGet, URL: "https://shop.test/many"}, nil
		},
		Split: func(r upstreams.Reply, _ []string) (map[string][]byte, error) {
			return map[string][]byte{"1": bytes.TrimSuffix(bytes.TrimPrefix(r.Body, []byte(`{"1":`)), []byte("}"))}, nil
		},
		Accept: number,
	})[0]
	if item.Err != nil {
		return nil, item.Err
	}
	return item.Value, nil
}

// TestAWriteIsNeverForgotten writes with one client of a source and reads with the next, as when settings are
// read again meanwhile, and with the same one. Whoever asks when the write has ended sees it.
func TestAWriteIsNeverForgotten(t *testing.T) {
	const write, read = 2 * time.Second, 4 * time.Second
	tests := map[string]struct{ before, during bool }{
		"what was remembered":                       {before: true},
		"what was asked for while it was under way": {during: true},
		"both": {before: true, during: true},
	}
	for name, tt := range tests {
		for _, batch := range []bool{false, true} {
			for _, reloaded := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, batch %v, reloaded %v", name, batch, reloaded), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						api := &counter{}
						s := open(t, upstreams.Config{Name: "shop"}, nil)
						writer := upstreams.New(upstreams.Config{Name: "shop"}, s.cache, api)
						defer writer.Close(t.Context())
						reader := writer
						if reloaded {
							reader = upstreams.New(upstreams.Config{Name: "shop"}, s.cache, api)
							defer reader.Close(t.Context())
						}
						if tt.before {
							if n, err := readN(t.Context(), writer, batch); n != 0 {
								t.Fatal(n, err)
							}
						}
						api.set(read, write)
						var all sync.WaitGroup
						defer all.Wait()
						done := make(chan struct{})
						all.Go(func() {
							defer close(done)
							req := &upstreams.Request{Connector: "Mutation.pay", Method: http.MethodPost, URL: "https://shop.test/pay"}
							if _, err := writer.Write(t.Context(), req); err != nil {
								t.Error(err)
							}
						})
						if tt.during {
							time.Sleep(time.Second)
							all.Go(func() { _, _ = readN(t.Context(), reader, batch) })
						}
						<-done
						api.set(0, 0)
						for range 2 {
							if n, err := readN(t.Context(), reader, batch); n != 1 {
								t.Errorf("at once: %v, %v", n, err)
							}
						}
						time.Sleep(2 * read) // what was under way has come back
						if n, err := readN(t.Context(), reader, batch); n != 1 {
							t.Errorf("later: %v, %v", n, err)
						}
					})
				})
			}
		}
	}
}
