package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/admin"
	"holdfast/cache"
	"holdfast/cache/cachetest"
	"holdfast/connect/schema"
	"holdfast/internal/jetstream/jetstreamtest"
	"holdfast/sandbox"
	"holdfast/settings"
)

// vendors are the sandbox's APIs, which go on while gateways come and go. It returns the flags for them.
func vendors(t *testing.T) (url string, flags []string) {
	t.Helper()
	s := sandbox.New(sandbox.Config{})
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close()
		server.Close()
	})
	return server.URL, []string{
		"-config", shopSettings, "-sandbox", "off",
		"-set", "sources.woocommerce.url=" + server.URL + "/woocommerce/wp-json/wc/v3",
		"-set", "sources.stripe.url=" + server.URL + "/stripe/v1",
		"-set", "sources.zendesk.url=" + server.URL + "/zendesk/api/v2",
	}
}

// shortDir is a directory in which a socket can be.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hf") //nolint:usetesting // names of tests are too long for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// typed runs a command of the program.
func typed(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, said bytes.Buffer
	err = run(t.Context(), shop(), args, os.LookupEnv, &out, &said)
	return out.String(), said.String(), err
}

// done is typed, which must do it.
func done(t *testing.T, args ...string) string {
	t.Helper()
	out, said, err := typed(t, args...)
	if err != nil {
		t.Fatalf("%s: %v; %s%s", strings.Join(args, " "), err, out, said)
	}
	return out
}

// administered waits until the admin listener is there, and returns where.
func (p *program) administered() string {
	p.t.Helper()
	return p.log.find(p.t, nil, `msg=administration address=(\S+)`)
}

// keeping waits until the store is open, all bumps in it are known, and nothing is on its way into it.
func (p *program) keeping() {
	p.t.Helper()
	var s struct {
		Cache struct {
			Store struct{ Condition string }
			Queue struct{ Entries int }
			Bumps struct {
				Known, Deaf bool
			}
		}
	}
	for end := time.Now().Add(time.Minute); ; <-time.After(10 * time.Millisecond) {
		if err := json.Unmarshal([]byte(p.do(http.MethodGet, p.url+"/status", "")), &s); err != nil {
			p.t.Fatal(err)
		}
		if c := s.Cache; c.Store.Condition == "OPEN" && c.Queue.Entries == 0 && c.Bumps.Known && !c.Bumps.Deaf {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("it is not kept: %+v", s)
		}
	}
}

func TestAPurgeHasExactlyWhatHasTheTagAskedForAgain(t *testing.T) {
	long := []string{"-set", "defaults.cache.fresh=1h"}
	for name, test := range map[string]struct {
		args []string
		want map[string]int
	}{
		"a source":         {[]string{"-source", "stripe"}, map[string]int{"stripe": 1}},
		"a connector":      {[]string{"-connector", "Query.order"}, map[string]int{"woocommerce": 1}},
		"another one":      {[]string{"-connector", "Customer"}, map[string]int{"woocommerce": 1}},
		"two of them":      {[]string{"connector:Customer", "source:stripe"}, map[string]int{"woocommerce": 1, "stripe": 1}},
		"an object":        {[]string{"Customer:11"}, map[string]int{"woocommerce": 2}}, // and the order that has it
		"nothing there is": {[]string{"Order:none"}, map[string]int{}},
		"only counting it": {[]string{"-dry-run", "-source", "stripe"}, map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			data := shortDir(t)
			p := start(t, append(long, "-data", data)...)
			p.administered()
			p.keeping()
			p.ask(orderQuery)
			p.calls()
			done(t, append([]string{"purge", "-data", data}, test.args...)...)
			if a := p.ask(orderQuery); !cmp.Equal(a.Data, order1001) || a.Extensions.Freshness != nil {
				t.Errorf("got %+v", a)
			}
			if d := cmp.Diff(test.want, p.calls()); d != "" {
				t.Error(d)
			}
			p.ask(orderQuery)
			if d := cmp.Diff(map[string]int{}, p.calls()); d != "" {
				t.Errorf("asked once more: %s", d)
			}
		})
	}
}

func TestWhatIsPurgedStandsInAndWhatIsForgottenDoesNot(t *testing.T) {
	url, flags := vendors(t)
	data := shortDir(t)
	flags = append(flags, "-data", data, "-set", "defaults.cache.fresh=1h", "-set", "defaults.retry.max=0")
	p := start(t, flags...)
	p.sandbox = url
	p.administered()
	p.keeping()
	p.ask(orderQuery)
	p.keeping()
	p.fault("stripe", `{"status":503}`)
	done(t, "purge", "-data", data, "-source", "stripe")
	if a := p.ask(orderQuery); !cmp.Equal(a.Data, order1001) || len(a.Extensions.Freshness) != 1 || a.Extensions.Freshness[0].State != "STANDING_IN" {
		t.Fatalf("purged: %+v", a)
	}
	if out := done(t, "purge", "-data", data, "-source", "stripe", "-forget"); !strings.Contains(out, "1 in memory and 1 in the store deleted, none left") {
		t.Errorf("said: %s", out)
	}
	gone := func(p *program) {
		t.Helper()
		if a := p.ask(orderQuery); len(a.Errors) != 1 || at(t, a.Data, "order", "payment") != nil {
			t.Errorf("forgotten: %+v", a)
		}
	}
	gone(p)
	if out := done(t, "cache", "list", "-data", data, "-source", "stripe"); strings.Count(out, "\n") != 1 {
		t.Errorf("it is listed: %s", out)
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, flags...)
	again.sandbox = url
	gone(again)
	again.mend()
}

// Nothing of a forgotten answer is in the files of the store, not even its name.
func TestWhatIsForgottenIsInNoFile(t *testing.T) {
	data := shortDir(t)
	p := start(t, "-data", data, "-set", "defaults.cache.fresh=1h")
	p.administered()
	p.keeping()
	p.ask(orderQuery)
	p.keeping()
	var found admin.Entries
	if err := json.Unmarshal([]byte(done(t, "cache", "list", "-data", data, "-format", "json")), &found); err != nil || len(found.Entries) != 3 {
		t.Fatalf("%v: %+v", err, found)
	}
	done(t, "purge", "-data", data, "-source", "stripe")
	for _, e := range found.Entries {
		for end := time.Now().Add(time.Minute); !holds(t, data, e.ID); <-time.After(10 * time.Millisecond) { // soon after it is kept
			if time.Now().After(end) {
				t.Fatalf("%s is in no file: what would be proven?", e.ID)
			}
		}
	}
	done(t, "purge", "-data", data, "-forget", "source:stripe", "source:woocommerce")
	for _, e := range found.Entries {
		if holds(t, data, e.ID) {
			t.Errorf("%s %s is still in a file", e.Source, e.ID)
		}
	}
}

// holds reports whether a file below dir has text.
func holds(t *testing.T, dir, text string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			content, err := os.ReadFile(path)
			if err == nil && bytes.Contains(content, []byte(text)) {
				found = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestADirectoryThatNoGatewayHasIsOpened(t *testing.T) {
	url, flags := vendors(t)
	data := shortDir(t)
	p := start(t, append(flags, "-data", data, "-set", "defaults.cache.fresh=1h")...)
	p.sandbox = url
	p.keeping()
	p.ask(orderQuery)
	p.keeping()
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	flags = append(flags, "-data", data)
	out, said, err := typed(t, append([]string{"cache", "list", "-format", "json"}, flags...)...)
	var found admin.Entries
	if err != nil || json.Unmarshal([]byte(out), &found) != nil || len(found.Entries) != 3 || !strings.Contains(said, "no gateway runs on "+data) {
		t.Fatalf("%v: %s%s", err, out, said)
	}
	for _, e := range found.Entries {
		if shown := done(t, append([]string{"cache", "show", e.ID}, flags...)...); !strings.Contains(shown, "connector:") {
			t.Errorf("got %s", shown)
		}
	}
	done(t, append([]string{"purge", "-source", "stripe"}, flags...)...)
	p.calls()
	again := start(t, append(flags, "-set", "defaults.cache.fresh=1h")...)
	again.sandbox = url
	if a := again.ask(orderQuery); !cmp.Equal(a.Data, order1001) {
		t.Errorf("got %+v", a)
	}
	if d := cmp.Diff(map[string]int{"stripe": 1}, again.calls()); d != "" {
		t.Errorf("after a purge that no gateway heard: %s", d)
	}
}

func TestAnAdminAddressAsksForItsToken(t *testing.T) {
	token := strings.Repeat("0123456789abcdef", 2)
	t.Setenv(admin.EnvironmentToken, token)
	p := start(t, "-admin", "127.0.0.1:0")
	address := p.administered()
	done(t, "purge", "-admin", address, "-source", "stripe")
	done(t, "cache", "stats", "-admin", "http://"+address)
	p.log.find(t, nil, `msg=admin (who=`+admin.EnvironmentToken+`) method=POST path=/v1/invalidate status=200 tags=source:stripe`)
	t.Setenv(admin.EnvironmentToken, strings.ToUpper(token))
	if _, _, err := typed(t, "purge", "-admin", address, "-source", "stripe"); err == nil || !strings.Contains(err.Error(), "not one of ours") {
		t.Error(err)
	}
	res, err := http.Post(p.url+"/v1/invalidate", "application/json", strings.NewReader(`{"source":"stripe"}`))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	if res.Body.Close(); res.StatusCode != http.StatusNotFound {
		t.Errorf("the public listener answers %s", res.Status)
	}
}

func TestWhatMakesNoSenseIsSaidAndTheStatusIsTwo(t *testing.T) {
	nothing := filepath.Join(t.TempDir(), "nothing")
	data := shortDir(t)
	p := start(t, "-data", data)
	p.administered()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no tags":                {[]string{"purge", "-data", data}, "expected tags, -source or -connector"},
		"an unknown source":      {[]string{"purge", "-data", data, "-source", "stripes"}, `unknown source "stripes": the SDL declares`},
		"an unknown connector":   {[]string{"purge", "-data", data, "-connector", "Query.ordr"}, `unknown connector "Query.ordr"`},
		"a kind of things":       {[]string{"purge", "-data", data, "Order:"}, "names a whole kind of things"},
		"no directory":           {[]string{"purge", "-data", nothing, "-config", shopSettings, "-source", "stripe"}, "no gateway runs there"},
		"none":                   {[]string{"purge", "-data", "none", "-config", shopSettings, "-source", "stripe"}, "no gateway runs there"},
		"a name that is empty":   {[]string{"-data", "", "-config", shopSettings}, "-data: is empty: expected a directory, or none"},
		"no listener":            {[]string{"purge", "-admin", "off", "-source", "stripe"}, "which listener?"},
		"no token":               {[]string{"purge", "-admin", "127.0.0.1:1", "-source", "stripe"}, "the token of 127.0.0.1:1 is missing"},
		"nothing to show":        {[]string{"cache", "-data", data}, "expected stats, list or show"},
		"no key to show":         {[]string{"cache", "show", "-data", data}, "expected an ID or a URL"},
		"a key that is none":     {[]string{"cache", "show", "orders", "-data", data}, "22 characters"},
		"another word":           {[]string{"cache", "clear", "-data", data}, `"clear": expected stats, list or show`},
		"a store that is inside": {[]string{"store", "init", "-config", shopSettings}, "cache.store.nats: is not set"},
		"half a command":         {[]string{"store"}, "expected init"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := typed(t, test.args...)
			if _, ok := errors.AsType[*settings.Error](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	for _, name := range []string{"AAAAAAAAAAAAAAAAAAAAAA", "-AAAAAAAAAAAAAAAAAAAAA"} {
		_, _, err := typed(t, "cache", "show", name, "-data", data)
		if _, ok := errors.AsType[*settings.Error](err); ok || err == nil || !strings.Contains(err.Error(), "nothing is remembered") {
			t.Error(err)
		}
	}
}

func TestWhereNoAdminListenerCanBe(t *testing.T) {
	deep := filepath.Join(shortDir(t), strings.Repeat("d", 120))
	t.Run("nothing is kept", func(t *testing.T) {
		p := start(t, "-data", "none")
		p.log.find(t, nil, `(there is no admin listener: -data none)`)
	})
	t.Run("the default is too long", func(t *testing.T) {
		p := start(t, "-data", deep)
		p.log.find(t, nil, `(choose a shorter directory with -data)`)
		if a := p.ask(orderQuery); !cmp.Equal(a.Data, order1001) {
			t.Errorf("got %+v", a)
		}
	})
	socket := filepath.Join(shortDir(t), "a.sock")
	held := start(t, "-admin", "unix:"+socket)
	held.administered()
	for name, test := range map[string]struct{ address, want string }{
		"a path that is too long":   {"unix:" + deep + "/a.sock", "no system takes more than 107"},
		"another process has it":    {"unix:" + socket, "another process answers there"},
		"there is no directory":     {"unix:" + deep[:60] + "/no/a.sock", "cannot open the admin socket"},
		"an address without token":  {"127.0.0.1:0", "needs a token"},
		"an address that is in use": {strings.TrimPrefix(held.url, "http://"), "choose another address with -admin"},
		"no address":                {"9090", "expected unix:PATH, HOST:PORT or off"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := typed(t, "-config", shopSettings, "-listen", "127.0.0.1:0", "-sandbox", "127.0.0.1:0", "-data", "none", "-admin", test.address)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// What cannot be used is said in one line, and nothing in it is touched.
func TestADirectoryThatCannotBeUsedIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, "x")
	key := "-set=cache.store.key=0123456789abcdef0123456789abcdef"
	encrypted := shortDir(t)
	p := start(t, "-data", encrypted, key)
	p.administered()
	p.keeping()
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"a file":              {[]string{"-data", file}, "is not a directory"},
		"below a file":        {[]string{"-data", file + "/data"}, "is not a directory"},
		"by a command, too":   {[]string{"cache", "list", "-data", encrypted}, "is encrypted, but cache.store.key is not set"},
		"a key that is short": {[]string{"-data", shortDir(t), "-set", "cache.store.key=short"}, "expected at least 32 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append(test.args, "-config", shopSettings)
			if test.args[0] != "cache" {
				args = append(args, "-listen", "127.0.0.1:0", "-sandbox", "127.0.0.1:0")
			}
			_, _, err := typed(t, args...)
			if _, ok := errors.AsType[*settings.Error](err); !ok || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	again := start(t, "-data", encrypted, key)
	again.keeping()
}

// Two gateways on three nodes: what one learned the other has, and a command without a gateway speaks to the cluster.
func TestAClusterIsInitialisedAndShared(t *testing.T) {
	t.Parallel()
	cluster := jetstreamtest.Start(t)
	url, flags := vendors(t)
	flags = append(flags, "-data", "none", "-set", "defaults.cache.fresh=1h", "-set", "cache.jitter=0", "-set", "cache.store.nats=["+strings.Join(cluster.Addresses(), ", ")+"]")
	initialise := append([]string{"store", "init"}, withoutData(flags)...)
	if out := done(t, initialise...); !strings.Contains(out, "HF_holdfast_answers: made") {
		t.Errorf("first: %s", out)
	}
	if out := done(t, initialise...); strings.Contains(out, ": made") {
		t.Errorf("second: %s", out)
	}
	first, second := start(t, flags...), start(t, flags...)
	first.sandbox, second.sandbox = url, url
	first.keeping()
	second.keeping()
	first.ask(orderQuery)
	first.keeping()
	first.calls()
	if a := second.ask(orderQuery); !cmp.Equal(a.Data, order1001) {
		t.Errorf("the second: %+v", a)
	}
	if d := cmp.Diff(map[string]int{}, second.calls()); d != "" {
		t.Errorf("the second asked: %s", d)
	}
	done(t, append([]string{"purge", "-source", "stripe"}, flags...)...)
	second.eventually(orderQuery, func(answer) bool { return second.callsSoFar()["stripe"] > 0 })
	if d := cmp.Diff(map[string]int{"stripe": 1}, second.calls()); d != "" {
		t.Errorf("after a purge: %s", d)
	}
}

// withoutData are flags without -data, which store init does not have.
func withoutData(flags []string) []string {
	i := slices.Index(flags, "-data")
	return slices.Delete(slices.Clone(flags), i, i+2)
}

// TestForgettingWithAStoreThatFailsSaysWhatIsSo instead of what the store said alone.
func TestForgettingWithAStoreThatFailsSaysWhatIsSo(t *testing.T) {
	store := &cachetest.FaultyStore{Store: cache.NewMemory(1 << 20)}
	c, err := cache.New(cache.Config{}, store)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	store.Fails.Store(true)
	_, err = newRemembered(c, &schema.Schema{}, false, nil).Forget(t.Context(), []string{"Order:1"})
	refused, ok := errors.AsType[*admin.RefusedError](err)
	if !ok || refused.Status != http.StatusServiceUnavailable || !strings.Contains(refused.Message, "this gateway serves none of it any more, but the store may have some of it yet") ||
		!strings.Contains(refused.Message, cachetest.ErrTold.Error()) {
		t.Errorf("said %v", err)
	}
}
