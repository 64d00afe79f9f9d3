package call

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"holdfast/cache"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// valueOf is the value of a JSON text.
func valueOf(tb testing.TB, text string) mapping.Value {
	tb.Helper()
	v, _, err := mapping.ParseJSON([]byte(text), mapping.JSONLimits{})
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return v
}

// mappingOf is the mapping, or nil for "".
func mappingOf(text string) *mapping.Mapping {
	if text == "" {
		return nil
	}
	return mapping.MustParse(text)
}

// open opens a source whose requests leave through rt. Nothing is retried.
func open(tb testing.TB, s Source, rt http.RoundTripper, set Settings) *API {
	tb.Helper()
	return openAs(tb, s, upstreams.Config{}, rt, set)
}

func openAs(tb testing.TB, s Source, cfg upstreams.Config, rt http.RoundTripper, set Settings) *API {
	tb.Helper()
	if s.Name == "" {
		s.Name = "shop"
	}
	cfg.Name, cfg.Retry = s.Name, upstreams.Retry{Max: new(0)}
	answers, err := cache.New(cache.Config{}, cache.NewMemory(1<<20))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = answers.Close(context.Background()) })
	if s.BaseURL == "" {
		s.BaseURL = "https://shop.test"
	}
	client := upstreams.New(cfg, answers, rt)
	tb.Cleanup(func() {
		if err := client.Close(tb.Context()); err != nil && tb.Context().Err() == nil {
			tb.Error(err)
		}
	})
	api, err := s.Open(client, set)
	if err != nil {
		tb.Fatal(err)
	}
	return api
}

// built is the whole request of a call, as it is sent.
func built(o *Opened, in *Inputs) (*upstreams.Request, error) {
	req, err := o.Ask(in)
	if err == nil && req.Builder != nil {
		err = req.Builder.Build(req)
	}
	return req, err
}

// urlOf is the URL of a call, or the caller's mistake.
func urlOf(o *Opened, in *Inputs) (string, error) {
	req, err := built(o, in)
	if err != nil {
		if e, ok := errors.AsType[InputError](err); ok {
			return "", e
		}
		return "", err
	}
	return req.URL, nil
}
