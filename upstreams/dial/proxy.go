package dial

import (
	"errors"
	"net/url"
	"slices"
)

// errProxy does not quote the URL, which may hold a password.
var errProxy = errors.New("is not the URL of an http, https or socks5 proxy")

// ParseProxy returns the URL of a proxy: http, https or socks5, with a host. The error does not quote it.
func ParseProxy(text string) (*url.URL, error) {
	at, err := url.Parse(text)
	if err != nil || at.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5"}, at.Scheme) {
		return nil, errProxy
	}
	return at, nil
}
