package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"holdfast/admin"
)

// atPage asks for a path of a page with an address as it is printed, with its token or without.
func atPage(t *testing.T, address, path string, with bool) (int, string) {
	t.Helper()
	base, token, ok := strings.Cut(address, "/#")
	if !ok {
		t.Fatalf("%s has no token", address)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if with {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// showsChanges is a page that shows at least one change to who has its token, and to nobody else.
func showsChanges(t *testing.T, address string) {
	t.Helper()
	var list admin.WriteList
	status, text := atPage(t, address, "/v1/writes", true)
	if err := json.Unmarshal([]byte(text), &list); err != nil || status != http.StatusOK || len(list.Writes) == 0 {
		t.Errorf("%d %s: %v", status, text, err)
	}
	if status, text := atPage(t, address, "/v1/writes", false); status != http.StatusUnauthorized {
		t.Errorf("without the token: %d %s", status, text)
	}
	if status, text := atPage(t, address, "/", false); status != http.StatusOK || !strings.Contains(text, "<title>writes · holdfast</title>") {
		t.Errorf("the page: %d %s", status, text)
	}
}

// TestThePageOfChangesOpensBesideTheSandbox, and in production for who says so.
func TestThePageOfChangesOpensBesideTheSandbox(t *testing.T) {
	v := openTill(t)
	g, flags := v.graph(t, "sources: {till: {timeout: 2s}}\n")
	beside := append(slices.Clone(flags), "-sandbox", "127.0.0.1:0")
	p := startGraph(t, g, beside...)
	p.keyed(sell("one", "id"), "key-one")
	showsChanges(t, p.log.find(t, nil, `msg="admin page" url=(\S+)`))
	for name, args := range map[string][]string{
		"a sandbox and no administration":       {"-admin", "off"},
		"a sandbox, and an address for who may": {"-admin", "127.0.0.1:0"},
		"no sandbox":                            {"-sandbox", "off"},
	} {
		t.Setenv(admin.EnvironmentToken, strings.Repeat("t", 32))
		p := startGraph(t, g, append(slices.Clone(beside), args...)...)
		if err := p.stop(); err != nil || strings.Contains(p.log.String(), "admin page") {
			t.Errorf("%s: %v\n%s", name, err, p.log)
		}
	}
}

// TestThePageIsBroughtToAPort from the socket of a gateway and, where none runs, from what it left.
func TestThePageIsBroughtToAPort(t *testing.T) {
	v := openTill(t)
	g, flags := v.graph(t, "sources: {till: {timeout: 2s}}\n")
	data := shortDir(t)
	flags = append(flags, "-data", data)
	p := startGraph(t, g, flags...)
	p.administered()
	p.keyed(sell("one", "id"), "key-one")
	opened := func(args ...string) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		printed := &logBuffer{said: make(chan struct{}, 1)}
		ended := make(chan struct{})
		var err error
		go func() {
			defer close(ended)
			err = run(ctx, g, slices.Concat([]string{"admin", "open"}, flags, args), os.LookupEnv, printed, io.Discard)
		}()
		showsChanges(t, printed.find(t, ended, `(http://[\w.:/#-]+)`))
		cancel()
		<-ended
		if err != nil {
			t.Error(err)
		}
	}
	opened("-format", "json")
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	opened()
	if _, _, err := typed(t, "admin", "open", "-listen", "0.0.0.0:0", "-data", data); err == nil || !strings.Contains(err.Error(), "expected 127.0.0.1:PORT") {
		t.Errorf("for everybody: %v", err)
	}
	if _, _, err := typed(t, "admin"); err == nil || !strings.Contains(err.Error(), "expected open") {
		t.Errorf("nothing: %v", err)
	}
}
