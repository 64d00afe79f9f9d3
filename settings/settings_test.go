package settings

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSettingsThatAreWrongSayWhere(t *testing.T) {
	tests := map[string]struct {
		text string
		sets []string
		want string // after the file's name
	}{
		"an unknown key":             {"sources:\n  shop:\n    tiemout: 2s\n", nil, `:3:5: unknown field "tiemout": expected url, auth, `},
		"an unknown key at the top":  {"source: {}\n", nil, `:1:1: unknown field "source": expected sources, defaults, gateway, cache, writes, events or admin`},
		"an unknown source":          {"sources:\n  shop: {}\n  store: {}\n", nil, `:3:3: unknown source "store": the SDL declares shop, desk`},
		"a bad duration":             {"sources:\n  shop:\n    timeout: soon\n", nil, `:3:14: expected a duration such as 300ms, 10s or 24h, got a text`},
		"a duration without a unit":  {"sources:\n  shop: {timeout: 5}\n", nil, `:2:19: expected a duration such as 300ms, 10s or 24h, got a number`},
		"a negative duration":        {"sources:\n  shop:\n    patience: -1s\n", nil, `:3:5: patience: must not be below zero`},
		"a negative one in defaults": {"defaults:\n  quota:\n    wait: -1s\n", nil, `:3:5: quota.wait: must not be below zero`},
		"a secret's file is gone":    {"sources:\n  shop:\n    auth:\n      bearer: {file: no/such}\n", nil, `:4:16: auth.bearer.file: cannot be read: no such file or directory`},
		"a secret that is no text":   {"sources:\n  shop:\n    auth:\n      bearer: [a]\n", nil, `:4:15: expected a text or {file: PATH}, got a list`},
		"no token endpoint":          {"sources:\n  shop:\n    auth:\n      oauth2: {clientID: x}\n", nil, `:4:7: auth.oauth2.tokenURL: is missing`},
		"two credentials":            {"sources:\n  shop:\n    auth: {bearer: x, query: {name: k, value: v}}\n", nil, `:3:23: auth.query: there is already auth.bearer`},
		"a missing variable":         {"sources:\n  shop:\n    url: \"${NOWHERE}/x\"\n", nil, `:3:10: environment variable NOWHERE is not set`},
		"the sandbox is off":         {"sources:\n  shop:\n    url: \"${SANDBOX}/x\"\n", nil, `:3:10: ${SANDBOX} has no value: the sandbox is off`},
		"a negative limit":           {"gateway:\n  depth: -1\n", nil, `:2:3: depth: -1 is negative`},
		"negative room for bodies":   {"gateway:\n  bodies: -1\n", nil, `:2:3: bodies: -1 is negative`},
		"an origin with a path":      {"gateway:\n  cors:\n    origins:\n      - https://a.example\n      - https://b.example/\n", nil, `:5:9: cors.origins.1: expected an origin`},
		"a status that is none":      {"sources:\n  shop:\n    outcomes: {limited: [403, 40x]}\n", nil, `:3:31: outcomes.limited.1: expected a status such as 403`},
		"a status of two meanings":   {"sources:\n  shop:\n    outcomes:\n      down: [4xx]\n      refused: [4xx]\n", nil, `:5:17: outcomes.refused.0: the same is said in outcomes.down.0`},
		"a second document":          {"sources: {}\n---\ndefaults: {}\n", nil, `:3:1: a second document`},
		"a key twice":                {"sources: {}\nsources: {}\n", nil, `:2:1: `},
		"a list":                     {"- a\n", nil, `:1:1: expected keys`},
		"text":                       {"sources\n", nil, `:1:1: expected keys`},
		"not YAML":                   {"sources: [\n", nil, `:1:10: `},
		"a source that is a list":    {"sources: [shop]\n", nil, `:1:10: expected names, each with keys: url, auth, `},
		"a source that is a text":    {"sources: {shop: x}\n", nil, `:1:17: expected keys: url, auth, `},
		"a word for a number":        {"gateway: {depth: many}\n", nil, `:1:18: expected a whole number, got a text`},
		"a fraction of a thing":      {"gateway: {depth: 1.5}\n", nil, `:1:18: expected a whole number, got a fraction`},
		"a quoted one":               {"gateway: {depth: \"1.5\"}\n", nil, `:1:18: expected a whole number, got a text`},
		"a number too large":         {"gateway: {depth: 99999999999999999999}\n", nil, `:1:18: expected a whole number`},
		"a word for a share":         {"sources: {shop: {breaker: {share: x}}}\n", nil, `:1:35: expected a number, got a text`},
		"a number for yes or no":     {"gateway: {introspection: 3}\n", nil, `:1:26: expected true or false, got a number`},
		"a list for a text":          {"sources: {shop: {url: [a]}}\n", nil, `:1:23: expected a text, got a list`},
		"a text for a list":          {"gateway: {hosts: a}\n", nil, `:1:18: expected a list, each item a text, got a text`},
		"a list in a list":           {"gateway: {hosts: [a, [b]]}\n", nil, `:1:22: expected a text, got a list`},
		"a text for keys":            {"sources: {shop: {auth: {basic: x}}}\n", nil, `:1:32: expected keys: user or password, got a text`},
		"a key that is deep":         {"sources: {shop: {auth: {basic: {usr: x}}}}\n", nil, `:1:33: unknown field "usr": expected user or password`},
		"a mistake in an anchor":     {"sources: {shop: &a {timeout: x}, desk: *a}\n", nil, `:1:30: expected a duration`},
		"a word that is none of two": {"sources: {shop: {cache: {respect: x}}}\n", nil, `:1:26: cache.respect: must be "stand-in" or "strict"`},
		"memory below zero":          {"cache: {memory: -1}\n", nil, `:1:9: memory: must not be below zero`},
		"a small disk":               {"cache: {disk: 5}\n", nil, `:1:9: disk: must be at least 16 MiB`},
		"a disk with a unit":         {"cache: {disk: 1GiB}\n", nil, `:1:15: expected a whole number, got a text`},
		"a large jitter":             {"cache: {jitter: 0.6}\n", nil, `:1:9: jitter: must be from 0 to 0.5`},
		"a jitter that is none":      {"cache: {jitter: .nan}\n", nil, `:1:9: jitter: must be from 0 to 0.5`},
		"a store with a scheme":      {"cache: {store: {nats: [a, \"nats://b\"]}}\n", nil, `:1:27: store.nats.1: expected HOST or HOST:PORT`},
		"a store nowhere":            {"cache: {store: {nats: []}}\n", nil, `:1:17: store.nats: expected a server`},
		"a store with a bad name":    {"cache: {store: {name: a.b}}\n", nil, `:1:17: store.name: expected up to 32 letters`},
		"credentials for no cluster": {"cache: {store: {credentials: a}}\n", nil, `:1:17: store.credentials: is for a cluster`},
		"TLS for no cluster":         {"cache: {store: {tls: {serverName: a}}}\n", nil, `:1:17: store.tls: is for a cluster`},
		"a key for a cluster":        {"cache: {store: {nats: [a], key: x}}\n", nil, `:1:28: store.key: is for the embedded store`},
		"a short key":                {"cache: {store: {key: x}}\n", nil, `:1:17: store.key: expected at least 32 bytes`},
		"a cluster's CA is gone":     {"cache: {store: {nats: [a], tls: {ca: no/such}}}\n", nil, `:1:34: store.tls.ca: cannot be read: no such file`},
		"credentials that are gone":  {"cache: {store: {nats: [a], credentials: no/such}}\n", nil, `:1:28: store.credentials: cannot be read: no such file`},
		"a share above all":          {"sources: {shop: {cache: {share: 2}}}\n", nil, `:1:26: cache.share: must be from 0 to 1`},
		"a short token":              {"admin: {tokens: {ops: x}}\n", nil, `:1:18: tokens.ops: has 1 bytes: expected at least 32`},
		"half a certificate":         {"admin: {cert: x}\n", nil, `:1:9: cert: needs key`},
		"a URL without a scheme":     {"sources:\n  shop:\n    url: \"api.github.com\"\n", nil, `:3:5: url: expected an absolute URL, such as https://api.example.com/v1`},
		"a URL with another scheme":  {"sources:\n  shop:\n    url: ftp://a.example\n", nil, `:3:5: url: expected an absolute URL`},
		"a URL without a host":       {"sources:\n  shop:\n    url: https:///v1\n", nil, `:3:5: url: expected an absolute URL`},
		"a URL with a password":      {"sources:\n  shop:\n    url: https://a:b@a.example\n", nil, `:3:5: url: user information`},
		"a URL with such a port":     {"sources:\n  shop:\n    url: https://a.example:99999\n", nil, `:3:5: url: expected an absolute URL`},
		"a value that no JSON has":   {"sources:\n  shop:\n    config: {a: [{b: .nan}]}\n", nil, `:3:5: config: a number must be finite`},
		"behind a byte order mark":   {"\ufeffgateway: {depth: -1}\n", nil, `:1:11: depth: -1 is negative`},
		"a URL for all sources":      {"defaults:\n  url: https://a.example\n", nil, `:2:3: url: each source has its own`},
		"a URL that goes up":         {"sources:\n  shop:\n    url: https://a.example/../b\n", nil, `:3:5: url: the path has a segment`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := write(t, test.text)
			_, err := Read(file, test.sets, noEnv, []string{"shop", "desk"})
			if err == nil || !strings.HasPrefix(err.Error(), file+test.want) {
				t.Errorf("got  %v\nwant %s…", err, file+test.want)
			}
		})
	}
}

func TestEveryMistakeIsSaidAtOnce(t *testing.T) {
	tests := map[string]struct {
		text string
		sets []string
		want []string // FILE: is left out
	}{
		"in one source": {"sources:\n  shop: {tiemout: 5s, url: a.example, patience: -1s}\n", nil, []string{
			`2:10: unknown field "tiemout"`, `2:23: url: expected an absolute URL`, `2:39: patience: must not be below zero`,
		}},
		"of every kind, in the file's order": {"gateway: {depth: -1, nodes: x, hosts: [a b]}\nsources:\n  store: {}\n  shop: {timeout: 5, quota: {rate: -1}}\n  desk: 5\ncache: {memory: -1}\n", nil, []string{
			`1:11: depth: -1 is negative`, `1:29: expected a whole number`, `1:40: hosts.0: expected a host name`,
			`3:3: unknown source "store"`, `4:19: expected a duration`, `4:30: quota.rate: must be from 0 to 1000000`,
			`5:9: expected keys: url, `, `6:9: memory: must not be below zero`,
		}},
		"in one list":                        {"gateway: {hosts: [a b, ok, \"\"], cors: {origins: [x, \"*\"], credentials: true}}\n", nil, []string{`:19: hosts.0`, `:28: hosts.2`, `:50: cors.origins.0`, `:53: cors.origins.1: with credentials`}},
		"with variables":                     {"sources:\n  shop: {url: \"https://${NOWHERE}/${NEITHER}\", auth: {bearer: {file: \"${NOR}\"}}, timeout: 5}\n", nil, []string{`:15: environment variable NOWHERE`, `:15: environment variable NEITHER`, `:70: environment variable NOR `, `:91: expected a duration`}},
		"in flags, behind the file's":        {"gateway: {depth: -1}\n", []string{"x", "sources.shop.timeout=5", "sources.desk.url=a"}, []string{`1:11: depth`, `-set x: expected KEY=VALUE`, `-set sources.shop.timeout: expected a duration`, `-set sources.desk.url: url: expected`}},
		"but none that follows from another": {"sources:\n  shop: {auth: {basic: {usr: x, password: y}}}\n  desk: {tls: {cert: a, kye: b}}\n", nil, []string{`2:25: unknown field "usr"`, `3:25: unknown field "kye"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Read(write(t, test.text), test.sets, noEnv, []string{"shop", "desk"})
			all := Errors(err)
			if len(all) != len(test.want) {
				t.Fatalf("got  %v\nwant %v", err, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(all[i].Error(), want) {
					t.Errorf("got  %v\nwant %s…", all[i], want)
				}
			}
		})
	}
}

func TestAWrongFlagIsNamed(t *testing.T) {
	tests := map[string]struct{ set, want string }{
		"no value":               {"sources.shop", "-set sources.shop: expected KEY=VALUE"},
		"no key":                 {"=x", "-set =x: expected KEY=VALUE"},
		"an unknown key":         {"sources.shop.tiemout=2s", `-set sources.shop.tiemout: unknown field "tiemout"`},
		"a bad duration":         {"sources.shop.timeout=soon", `-set sources.shop.timeout: expected a duration such as 300ms, 10s or 24h, got a text`},
		"a URL without a scheme": {"sources.shop.url=api.github.com", "-set sources.shop.url: url: expected an absolute URL"},
		"an unknown source":      {"sources.store.timeout=1s", `-set sources.store.timeout: unknown source "store"`},
		"a negative duration":    {"sources.shop.patience=-1s", `-set sources.shop.patience: patience: must not be below zero`},
		"a missing environment":  {"sources.shop.url=${NOWHERE}", `-set sources.shop.url: environment variable NOWHERE is not set`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Read(write(t, "sources: {shop: {timeout: 1s}}\n"), []string{test.set}, noEnv, []string{"shop"})
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s…", err, test.want)
			}
		})
	}
}

func TestSettingsAreTheFileWithFlagsOnTop(t *testing.T) {
	file := write(t, `
# a comment
sources:
  shop:
    url: "${BASE}/v1"
    timeout: 1s
    auth: {bearer: "${TOKEN}"}
    config: {tenant: "${TOKEN}", limit: 5}
defaults:
  cache: {fresh: 5s}
`)
	env := func(name string) (string, bool) {
		values := map[string]string{"BASE": "http://127.0.0.1:1", "TOKEN": "a: [b"}
		v, ok := values[name]
		return v, ok
	}
	s, err := Read(file, []string{"sources.shop.timeout=2s", "sources.desk.cache.stale=1h", "gateway.body=5"}, env, []string{"shop", "desk"})
	if err != nil {
		t.Fatal(err)
	}
	shop := s.Sources["shop"]
	if shop.URL != "http://127.0.0.1:1/v1" || shop.Client.Timeout != 2*time.Second || shop.Client.Auth.Bearer.Text != "a: [b" {
		t.Errorf("shop is %+v", shop)
	}
	if shop.Config["tenant"] != "a: [b" {
		t.Errorf("config is %v", shop.Config)
	}
	if *s.Sources["desk"].Client.Cache.Stale != time.Hour || *s.Defaults.Client.Cache.Fresh != 5*time.Second || s.Gateway.Body != 5 {
		t.Errorf("settings are %+v", s)
	}
}

func TestAnEmptyFileMeansTheDefaults(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "a comment": "# nothing\n", "an empty document": "---\n"} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read(write(t, text), []string{"defaults.timeout=1s"}, noEnv, nil); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNewSettingsKeepTheSources(t *testing.T) {
	const before = "sources:\n  shop: {url: \"http://127.0.0.1:1\"}\n  desk: {auth: {bearer: x}}\n  bare: {}\n"
	tests := map[string]struct {
		before, after string
		want          string // after the file's name; "": they may be used
	}{
		"nothing at all":            {before, "", ":1:1: sources.desk is gone"},
		"only comments":             {before, "# later\n", ":1:1: sources.desk is gone"},
		"no sources":                {before, "sources: {}\n", ":1:1: sources.desk is gone"},
		"half a file":               {before, "sources:\n  desk: {auth: {bearer: x}}\n", ":1:1: sources.shop is gone"},
		"half a source":             {before, "sources:\n  desk: {auth: {bearer: x}}\n  shop:\n", ":1:1: sources.shop is gone"},
		"its address":               {before, "sources:\n  desk: {auth: {bearer: x}}\n  shop: {timeout: 1s}\n", ":1:1: sources.shop.url is gone"},
		"its credential":            {before, "sources:\n  shop: {url: \"http://127.0.0.1:1\"}\n  desk: {timeout: 1s}\n", ":1:1: sources.desk.auth is gone"},
		"a credential from all":     {before, "sources:\n  shop: {url: \"http://127.0.0.1:1\"}\n  desk: {timeout: 1s}\ndefaults: {auth: {bearer: y}}\n", ""},
		"all's credential":          {"sources:\n  desk: {timeout: 1s}\ndefaults: {auth: {bearer: y}}\n", "sources:\n  desk: {timeout: 1s}\ndefaults: {timeout: 1s}\n", ":1:1: sources.desk.auth is gone"},
		"another address":           {before, "sources:\n  shop: {url: \"http://127.0.0.1:2\"}\n  desk: {auth: {basic: {user: x}}}\n", ""},
		"one that said nothing":     {before, "sources:\n  shop: {url: \"http://127.0.0.1:1\", timeout: 1s}\n  desk: {auth: {bearer: x}}\n", ""},
		"one that is to be empty":   {before, "sources:\n  shop: {}\n  desk: {}\n", ""},
		"more than before":          {"", before, ""},
		"nothing where nothing was": {"# nothing\n", "", ""},
		"the defaults":              {"defaults: {auth: {bearer: x}}\n", "", ":1:1: defaults is gone"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			known := []string{"shop", "desk", "bare"}
			before, err := Read(write(t, test.before), nil, noEnv, known)
			if err != nil {
				t.Fatal(err)
			}
			after, err := Read(write(t, test.after), nil, noEnv, known)
			if err != nil {
				t.Fatal(err)
			}
			err = after.Keeps(before, "h.yaml")
			if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), "h.yaml"+test.want) {
				t.Errorf("got  %v\nwant %s…", err, test.want)
			}
		})
	}
}

func TestAnUnreadableFileIsASettingsError(t *testing.T) {
	_, err := Read("no/such.yaml", nil, noEnv, nil)
	if err == nil || err.Error() != "no/such.yaml:1:1: cannot be read: no such file or directory" {
		t.Error(err)
	}
}

func TestErrorsDoNotQuoteSecrets(t *testing.T) {
	file := write(t, "sources:\n  shop:\n    auth: {bearer: hunter2, bearrer: hunter3}\n")
	_, err := Read(file, nil, noEnv, []string{"shop"})
	if err == nil || strings.Contains(err.Error(), "hunter") {
		t.Error(err)
	}
}

func noEnv(string) (string, bool) { return "", false }

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "holdfast.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestWhatTakesARestartIsSaid(t *testing.T) {
	tests := map[string]struct {
		before, after string
		want          []string
	}{
		"nothing":                {"cache: {memory: 5}\n", "cache: {memory: 5}\n", nil},
		"what a reload may do":   {"", "cache: {shrink: false, jitter: 0}\nadmin: {tokens: {a: \"0123456789abcdef0123456789abcdef\"}}\n", nil},
		"how much is remembered": {"", "cache: {memory: 5, disk: 99999999}\n", []string{"cache.memory", "cache.disk"}},
		"where it is kept":       {"cache: {store: {nats: [a]}}\n", "cache: {store: {nats: [b]}}\n", []string{"cache.store"}},
		"room for bodies":        {"", "gateway: {bodies: 99999999}\n", []string{"gateway.bodies"}},
		"a share":                {"sources: {shop: {cache: {share: 0.5}}}\n", "sources: {desk: {cache: {share: 0.5}}}\n", []string{"sources.desk.cache.share", "sources.shop.cache.share"}},
		"a share of all":         {"sources: {shop: {}}\n", "sources: {shop: {}}\ndefaults: {cache: {share: 0.5}}\n", []string{"sources.shop.cache.share"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var read [2]*File
			for i, text := range []string{test.before, test.after} {
				var err error
				if read[i], err = Read(write(t, text), nil, noEnv, []string{"shop", "desk"}); err != nil {
					t.Fatal(err)
				}
			}
			if got := read[1].Unchangeable(read[0]); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
