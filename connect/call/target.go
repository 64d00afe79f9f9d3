package call

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"holdfast/connect/mapping"
)

// ErrAstray is a link to the next page that leads out of the source.
var ErrAstray = errors.New("the API's link to the next page leads elsewhere: reading stopped there")

// Target is the path and query of a link that stands in the answer to a request,
// resolved as RFC 3986 says. It must stay within the base URL: our credential goes
// there and nowhere else. Where the API repeats the credential, it is taken out.
func (a *API) Target(request, reference string) (string, error) {
	from, err := url.Parse(request)
	if err != nil {
		return "", err
	}
	to, err := from.Parse(reference)
	if err != nil || to.Opaque != "" || to.User != nil || !a.isOurs(to) {
		return "", ErrAstray
	}
	path, base := to.EscapedPath(), strings.TrimSuffix(a.base.EscapedPath(), "/")
	if _, isDots := dots(path); isDots || path != base && !strings.HasPrefix(path, base+"/") {
		return "", ErrAstray
	}
	text := path
	if query := a.withoutSecret(to.RawQuery); query != "" {
		text += "?" + encodeConstant(query)
	}
	if len(origin(a.base))+len(text) > maxURL {
		return "", ErrAstray
	}
	return text, nil
}

// isOurs says whether u leads to the source, by the host of its base URL or the one
// that the settings send in place of it.
func (a *API) isOurs(u *url.URL) bool {
	at := *a.base
	if origin(u) == origin(&at) {
		return true
	}
	at.Host = a.HostName()
	return at.Host != "" && origin(u) == origin(&at)
}

// origin is scheme, host and port (RFC 6454).
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// withoutSecret is a query without the parameter that carries our credential, which
// is added when a request leaves.
func (a *API) withoutSecret(query string) string {
	secret := a.SecretParameter()
	if secret == "" {
		return query
	}
	parameters := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool { return parameterName(p) == secret })
	return strings.Join(parameters, "&")
}

// parameterName is the name of a query parameter.
func parameterName(parameter string) string {
	name, _, _ := strings.Cut(parameter, "=")
	if plain, err := url.QueryUnescape(name); err == nil {
		return plain
	}
	return name
}

// Position is the value of the parameter at in a target that differs from a
// request of our own in nothing else; false for any other target.
func Position(target, own, at string) (string, bool) {
	t, err := url.Parse(target)
	o, ownErr := url.Parse(own)
	if err != nil || ownErr != nil || t.EscapedPath() != o.EscapedPath() {
		return "", false
	}
	theirs, err := url.ParseQuery(t.RawQuery)
	ours, ownErr := url.ParseQuery(o.RawQuery)
	if err != nil || ownErr != nil || len(theirs[at]) != 1 {
		return "", false
	}
	value := theirs.Get(at)
	theirs.Del(at)
	return value, value != "" && theirs.Encode() == ours.Encode()
}

// Following is where the answer to a request says that the next page begins: a position,
// or a target. Both are "" if there is none; the error is ErrAstray.
func (p *Paging) Following(a *API, request string, in mapping.Value, vars mapping.Vars, links []string) (position, target string, err error) {
	var text string
	switch {
	case p.Style == ByLink:
		link, ok := nextLink(links)
		if !ok {
			return "", "", nil
		}
		text = link
	case p.Next != nil:
		text, _ = mapping.Text(p.Next.Apply(in, vars).Value)
		if !isURL(text) {
			return strings.Clone(text), "", nil // it is kept, and the answer is not
		}
	default:
		return "", "", nil
	}
	target, err = a.Target(request, text)
	return "", strings.Clone(target), err
}

// isURL says whether a position is a whole URL.
func isURL(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}
