package upstreams

import (
	"net/http"
	"net/url"
)

// add puts the credential on a request that is about to leave. It wins over what was built.
func (a Auth) add(req *http.Request) {
	switch {
	case a.Bearer != "":
		req.Header.Set("Authorization", "Bearer "+string(a.Bearer))
	case a.Basic != nil:
		req.SetBasicAuth(string(a.Basic.User), string(a.Basic.Password))
	case a.Header != nil:
		req.Header.Set(a.Header.Name, string(a.Header.Value))
	case a.Query != nil:
		if req.URL.RawQuery != "" {
			req.URL.RawQuery += "&"
		}
		req.URL.RawQuery += url.QueryEscape(a.Query.Name) + "=" + url.QueryEscape(string(a.Query.Value))
	}
}
