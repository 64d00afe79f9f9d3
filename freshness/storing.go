package freshness

import "net/http"

// MayStore reports whether an answer of this status with directives d, to the GET request req, may be
// stored (RFC 9111 §3). That its body is complete is for the caller to see to.
func (r Rules) MayStore(req *http.Request, status int, d Directives) bool {
	switch {
	case req.Method != "" && req.Method != http.MethodGet: // HEAD only updates
		return false
	case status < 200 || status == http.StatusPartialContent || status == http.StatusNotModified:
		return false
	case ParseRequest(req.Header).NoStore:
		return false
	case d.MustUnderstand && !understood(status):
		return false
	case d.NoStore && !d.MustUnderstand:
		return false
	case r.Shared && d.Private:
		return false
	case r.Shared && authorized(req) && !d.Public && !d.MustRevalidate && !d.SMaxAge.Set:
		return false
	}
	return r.marked(d) || HeuristicallyCacheable(status)
}

// marked reports whether d says that the answer may be stored.
func (r Rules) marked(d Directives) bool {
	return d.Public || d.MaxAge.Set || d.HasExpires || d.Private && !r.Shared || d.SMaxAge.Set && r.Shared
}

// authorized reports whether req carries credentials. User and password in the URL become a header
// further down.
func authorized(req *http.Request) bool {
	return len(req.Header["Authorization"]) > 0 || req.URL != nil && req.URL.User != nil
}

// HeuristicallyCacheable reports whether an answer of this status may be stored, and its lifetime
// guessed, though it says nothing about that (RFC 9110 §15.1). 206 is not among them here: partial
// answers are never stored.
func HeuristicallyCacheable(status int) bool {
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusNoContent,
		http.StatusMultipleChoices, http.StatusMovedPermanently, http.StatusPermanentRedirect,
		http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusRequestURITooLong,
		http.StatusNotImplemented:
		return true
	}
	return false
}

// understood reports whether status is one of RFC 9110's, 206 and 304 apart, none of which asks more of
// a cache than the rules here do.
func understood(status int) bool {
	switch {
	case status >= 200 && status <= 205, status >= 300 && status <= 303,
		status >= 400 && status <= 417, status >= 500 && status <= 505:
		return true
	}
	switch status {
	case http.StatusUseProxy, http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
		http.StatusMisdirectedRequest, http.StatusUnprocessableEntity, http.StatusUpgradeRequired:
		return true
	}
	return false
}
