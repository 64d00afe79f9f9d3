package call

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// Settings are what the operator says of a source.
type Settings struct {
	URL    string            // replaces the SDL's base URL; "" keeps it
	Config map[string]any    // $config
	Env    map[string]string // $env
}

// An API is an opened source. It is safe for concurrent use.
type API struct {
	*upstreams.Client

	source      Source
	base        *url.URL
	basePath    string // encoded
	config, env mapping.Value
	settings    string   // changes with config and env, which any mapping may read
	opened      sync.Map // *Opened by *Connector
}

// Open returns the API behind the source's base URL, asked through client. The
// error says what is wrong with the URL or the settings.
func (s Source) Open(client *upstreams.Client, set Settings) (*API, error) {
	a, err := s.evaluate(set)
	if err != nil {
		return nil, err
	}
	a.Client = client
	return a, nil
}

// URL is the base URL that the source has with these settings.
func (s Source) URL(set Settings) (string, error) {
	a, err := s.evaluate(set)
	if err != nil {
		return "", err
	}
	return a.base.String(), nil
}

// Base is the source's base URL.
func (a *API) Base() string { return a.base.String() }

// evaluate makes an API without a client.
func (s Source) evaluate(set Settings) (*API, error) {
	config, err := mapping.FromAny(orEmpty(set.Config))
	if err != nil {
		return nil, fmt.Errorf("source %s: config: %w", s.Name, err)
	}
	env, err := mapping.FromAny(orEmpty(set.Env))
	if err != nil {
		return nil, fmt.Errorf("source %s: environment: %w", s.Name, err)
	}
	for _, name := range s.Env {
		if _, ok := set.Env[name]; !ok {
			return nil, fmt.Errorf("source %s: environment variable %s is not set, and the SDL at %s reads it", s.Name, name, s.At)
		}
	}
	sum := sha256.Sum256([]byte(config.String() + "\x00" + env.String()))
	a := &API{source: s, config: config, env: env, settings: string(sum[:8])}
	if a.base, err = a.baseURL(set.URL); err != nil {
		return nil, fmt.Errorf("source %s: %w", s.Name, err)
	}
	a.basePath = a.base.EscapedPath()
	return a, nil
}

func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

// baseURL is the operator's URL, or what the SDL's template makes of $config and
// $env. A template that is one expression yields a whole URL; elsewhere what
// expressions yield is encoded, and in the authority restricted.
func (a *API) baseURL(configured string) (*url.URL, error) {
	text := configured
	if text == "" {
		t, err := mapping.ParseTemplate(a.source.BaseURL)
		if err != nil {
			return nil, fmt.Errorf("baseURL: %w", err)
		}
		if text, err = a.expandBase(t); err != nil {
			return nil, err
		}
	}
	u, err := ParseBase(text)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	return u, nil
}

// ParseBase reads a base URL. The error says what was expected, and repeats nothing
// of the text, which may hold a secret.
func ParseBase(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || !isPort(u.Port()):
		return nil, errors.New("expected an absolute URL, such as https://api.example.com/v1")
	case u.User != nil || u.Fragment != "":
		return nil, errors.New("user information and fragments are refused: use auth for credentials")
	case u.RawQuery != encodeConstant(u.RawQuery):
		return nil, errors.New("the query is not encoded")
	}
	if segment, ok := dots(u.EscapedPath()); ok {
		return nil, fmt.Errorf("the path has a segment %q", segment)
	}
	return u, nil
}

// isPort says whether text is a port, or none.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}

var authority = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]+)?$`)

func (a *API) expandBase(t *mapping.Template) (string, error) {
	vars := mapping.Vars{"$config": a.config, "$env": a.env}
	var b strings.Builder
	for _, p := range t.Parts {
		if p.Mapping == nil {
			b.WriteString(encodeConstant(p.Text))
			continue
		}
		text, ok := mapping.Text(p.Mapping.Apply(mapping.NullValue(), vars).Value)
		switch inAuthority := inAuthority(b.String()); {
		case !ok || text == "":
			return "", fmt.Errorf("baseURL: {%s} has no value: set it in the source's config or the environment", p.Mapping)
		case len(t.Parts) == 1:
			return text, nil
		case inAuthority && !authority.MatchString(text):
			return "", fmt.Errorf("baseURL: {%s} must be a host name with an optional port", p.Mapping)
		case inAuthority:
			b.WriteString(text)
		default:
			b.WriteString(encode(text))
		}
	}
	return b.String(), nil
}

// inAuthority says whether what follows before belongs to a URL's host and port.
func inAuthority(before string) bool {
	_, rest, ok := strings.Cut(before, "://")
	return !ok || !strings.ContainsAny(rest, "/?#")
}
