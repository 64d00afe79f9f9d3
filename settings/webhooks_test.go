package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/events/signature"
	"holdfast/upstreams/credential"
)

func TestWebhooksThatAreWrongSayWhere(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"an unknown scheme":            {"{scheme: strip, secrets: [a]}", `:3:16: webhooks.scheme: unknown scheme "strip": expected aftership, `},
		"neither scheme nor custom":    {"{secrets: [a]}", `:3:5: webhooks.scheme: is missing: expected aftership, `},
		"both":                         {"{scheme: stripe, custom: {header: X}, secrets: [a]}", `:3:32: webhooks.custom: there is a scheme already: leave one`},
		"a custom one without header":  {"{custom: {encoding: hex}, secrets: [a]}", `webhooks.custom: header: which header`},
		"no secret":                    {"{scheme: stripe}", `webhooks.secrets: is missing`},
		"an empty one":                 {`{scheme: stripe, secrets: [""]}`, `webhooks.secrets.0: the secret is empty`},
		"too many":                     {"{scheme: stripe, secrets: [a, b, c, d, e, f]}", `webhooks.secrets: at most 5`},
		"one of another form":          {`{scheme: standard, secrets: ["%%%"]}`, `webhooks.secrets.0: a secret of Standard Webhooks is base64`},
		"one whose file is gone":       {"{scheme: stripe, secrets: [a, {file: no/such}]}", `webhooks.secrets.1.file: cannot be read`},
		"no URL where it is signed":    {"{scheme: hubspot, secrets: [a]}", `webhooks.url: is missing`},
		"a URL that is none":           {"{scheme: square, secrets: [a], url: hooks.example.com}", `webhooks.url: expected https://HOST/webhooks/NAME`},
		"an unknown key":               {"{scheme: stripe, secret: a}", `unknown field "secret": expected scheme, custom, secrets or url`},
		"a secret that is not in list": {"{scheme: stripe, secrets: hush}", `expected a list, each item a text or {file: PATH}, got a text`},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "holdfast.yaml")
			if err := os.WriteFile(file, []byte("sources:\n  shop:\n    webhooks: "+test.text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Read(file, nil, os.LookupEnv, []string{"shop"})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got  %v\nwant %s", err, test.want)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Error("the secret is repeated")
			}
		})
	}
}

func TestWebhooksOfDefaultsAreRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "holdfast.yaml")
	if err := os.WriteFile(file, []byte("defaults:\n  webhooks: {scheme: stripe, secrets: [a]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(file, nil, os.LookupEnv, nil); err == nil || !strings.Contains(err.Error(), ":2:3: webhooks: each source has its own") {
		t.Error(err)
	}
}

func TestKeysFollowTheirFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	synctest.Test(t, func(t *testing.T) {
		source := Webhooks{Scheme: "easypost", Secrets: []credential.Secret{{File: file}}}.Source("s")
		believed := func(secret string) bool {
			k, err := source.Scheme.Key(secret)
			if err != nil {
				t.Fatal(err)
			}
			d := &signature.Delivery{Header: map[string][]string{}}
			source.Scheme.Sign(d.Header, d, k, time.Now())
			return source.Scheme.Verify(d, source.Keys(), time.Now()) == nil
		}
		if !believed("one") || believed("two") {
			t.Fatal("not as the file says")
		}
		write("two")
		time.Sleep(keyLife)
		if !believed("two") || believed("one") {
			t.Error("not as the file says now")
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		time.Sleep(keyLife)
		if !believed("two") {
			t.Error("a file that is being replaced has the source refused")
		}
	})
}

func TestSourcesWithoutWebhooksHaveNone(t *testing.T) {
	if s := (Webhooks{}).Source("s"); s != nil {
		t.Error(s)
	}
}
