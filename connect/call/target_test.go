package call

import (
	"errors"
	"strings"
	"testing"

	"holdfast/upstreams"
	"holdfast/upstreams/credential"
)

func TestATargetStaysWithinTheSource(t *testing.T) {
	const elsewhere = "elsewhere"
	tests := map[string]struct{ base, link, want string }{
		"a whole URL":                   {"https://h.test/v1", "https://h.test/v1/list?page=2", "/v1/list?page=2"},
		"a path":                        {"https://h.test/v1", "/v1/list?page=2", "/v1/list?page=2"},
		"a query":                       {"https://h.test/v1", "?page=2", "/v1/items/list?page=2"},
		"a path from where we are":      {"https://h.test/v1", "other?page=2", "/v1/items/other?page=2"},
		"a path upwards":                {"https://h.test/v1", "../list", "/v1/list"},
		"a host without its scheme":     {"https://h.test/v1", "//h.test/v1/list", "/v1/list"},
		"nothing":                       {"https://h.test/v1", "", "/v1/items/list?q=1"},
		"the standard port":             {"https://h.test/v1", "https://h.test:443/v1/list", "/v1/list"},
		"our port":                      {"http://h.test:8080", "http://h.test:8080/list", "/list"},
		"a host in capitals":            {"https://h.test", "HTTPS://H.TEST/list", "/list"},
		"a fragment":                    {"https://h.test", "/list?page=2#top", "/list?page=2"},
		"what is not encoded":           {"https://h.test", `/a b?q=ä "x"`, "/a%20b?q=%C3%A4%20%22x%22"},
		"what is encoded stays so":      {"https://h.test", "/a%2Fb?q=%7B%2c", "/a%2Fb?q=%7B%2c"},
		"the base itself":               {"https://h.test/v1", "https://h.test/v1?page=2", "/v1?page=2"},
		"another host":                  {"https://h.test/v1", "https://evil.test/v1/list", elsewhere},
		"another host, by its path":     {"https://h.test/v1", "//evil.test/v1/list", elsewhere},
		"a host that begins like ours":  {"https://h.test", "https://h.test.evil.test/list", elsewhere},
		"ours as a user":                {"https://h.test", "https://h.test@evil.test/list", elsewhere},
		"a user":                        {"https://h.test", "https://me@h.test/list", elsewhere},
		"another scheme":                {"https://h.test", "http://h.test/list", elsewhere},
		"a scheme that is no HTTP":      {"https://h.test", "javascript:alert(1)", elsewhere},
		"a file":                        {"https://h.test", "file:///etc/passwd", elsewhere},
		"another port":                  {"https://h.test", "https://h.test:8443/list", elsewhere},
		"another path":                  {"https://h.test/v1", "https://h.test/v2/list", elsewhere},
		"a path that begins like ours":  {"https://h.test/v1", "https://h.test/v10/list", elsewhere},
		"out of the base by dots":       {"https://h.test/v1", "/v1/../admin", elsewhere},
		"out of the base, up and up":    {"https://h.test/v1", "../../admin", elsewhere},
		"out of it by encoded dots":     {"https://h.test/v1", "/v1/%2e%2e/admin", elsewhere},
		"a control character":           {"https://h.test", "/list\r\nX: y", elsewhere},
		"a broken escape":               {"https://h.test", "/%zz", elsewhere},
		"more than a URL may be long":   {"https://h.test", "/?q=" + strings.Repeat("x", maxURL), elsewhere},
		"a backslash is not a slash":    {"https://h.test/v1", `/v1\..\..\admin`, elsewhere},
		"a host behind two backslashes": {"https://h.test", `\\evil.test/list`, `/v1/items/%5C%5Cevil.test/list`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			api := open(t, Source{BaseURL: test.base}, nil, Settings{})
			got, err := api.Target(strings.TrimSuffix(test.base, "/v1")+"/v1/items/list?q=1", test.link)
			if errors.Is(err, ErrAstray) {
				got = elsewhere
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// An API on a private network is asked by its address, and told the name that it gives in its links.
func TestATargetMayHaveTheNameThatTheSourceIsToldToHave(t *testing.T) {
	tests := map[string]struct{ host, link, want string }{
		"the name":             {"api.internal", "https://api.internal/v1/list?page=2", "/v1/list?page=2"},
		"with its port":        {"api.internal:8443", "https://api.internal:8443/v1/list", "/v1/list"},
		"the address still":    {"api.internal", "https://10.0.0.7:9/v1/list", "/v1/list"},
		"without its port":     {"api.internal:8443", "https://api.internal/v1/list", ""},
		"another name":         {"api.internal", "https://evil.test/v1/list", ""},
		"another path":         {"api.internal", "https://api.internal/v2/list", ""},
		"no name was given it": {"", "https://api.internal/v1/list", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := upstreams.Config{Headers: map[string]credential.Secret{"host": {Text: test.host}}}
			api := openAs(t, Source{BaseURL: "https://10.0.0.7:9/v1"}, cfg, nil, Settings{})
			got, err := api.Target("https://10.0.0.7:9/v1/list", test.link)
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

// An API may repeat our credential in its links, where it would be sent twice and
// remembered.
func TestACredentialIsTakenOutOfATarget(t *testing.T) {
	api := open(t, Source{}, nil, Settings{})
	client := upstreams.New(upstreams.Config{Name: "shop", Auth: credential.Auth{Query: &credential.NamedAuth{
		Name: "api key", Value: credential.Secret{Text: "secret"},
	}}}, nil, nil)
	t.Cleanup(func() { _ = client.Close(t.Context()) })
	api.Client = client
	for link, want := range map[string]string{
		"/list?api+key=secret&page=2":   "/list?page=2",
		"/list?page=2&api%20key=secret": "/list?page=2",
		"/list?api%20key=secret":        "/list",
		"/list?apikey=7":                "/list?apikey=7",
	} {
		if got, err := api.Target("https://shop.test/list", link); err != nil || got != want {
			t.Errorf("%s: got %q, %v", link, got, err)
		}
	}
}

func TestATargetLikeOurOwnRequestIsAPosition(t *testing.T) {
	const own = "https://shop.test/list?q=a%20b&size=5"
	for target, want := range map[string]string{
		"/list?q=a+b&size=5&page=2":        "2",
		"/list?page=2&size=5&q=a%20b":      "2",
		"/list?q=a+b&size=5":               "",
		"/list?q=a+b&size=5&page=":         "",
		"/list?q=a+b&page=2":               "",
		"/list?q=b&size=5&page=2":          "",
		"/list?q=a+b&size=5&page=2&x=y":    "",
		"/list?q=a+b&size=5&page=2&page=3": "",
		"/lists?q=a+b&size=5&page=2":       "",
	} {
		if got, ok := Position(target, own, "page"); ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %q, %t", target, got, ok)
		}
	}
}
