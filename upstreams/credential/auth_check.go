package credential

import (
	"net/http"

	"golang.org/x/net/http/httpguts"

	"holdfast/upstreams/field"
)

// Check returns what is wrong with a, the files of its secrets included; nil if nothing is.
func (a Auth) Check() *field.Error {
	set := a.kinds()
	switch {
	case len(set) > 1:
		return field.Wrong("auth."+set[1], "there is already auth."+set[0]+"; a source has one credential")
	case a.Bearer != (Secret{}):
		return a.Bearer.CheckHeader("auth.bearer")
	case a.Basic != nil && a.Basic.User == (Secret{}):
		return field.Wrong("auth.basic.user", "is missing")
	case a.Basic != nil:
		return field.First(a.Basic.User.Check("auth.basic.user"), a.Basic.Password.Check("auth.basic.password"))
	case a.Header != nil && !httpguts.ValidHeaderFieldName(a.Header.Name):
		return field.Wrong("auth.header.name", "is not the name of a header")
	case a.Header != nil:
		return a.Header.Value.CheckHeader("auth.header.value")
	case a.Query != nil && a.Query.Name == "":
		return field.Wrong("auth.query.name", "is missing")
	case a.Query != nil && a.Query.Value == (Secret{}):
		return field.Wrong("auth.query.value", "is missing")
	case a.Query != nil:
		return a.Query.Value.Check("auth.query.value")
	case a.OAuth2 != nil:
		return a.OAuth2.check()
	}
	return a.checkForward()
}

// checkForward refuses the headers that say something about one connection or one body.
func (a Auth) checkForward() *field.Error {
	for _, name := range a.Forward {
		switch http.CanonicalHeaderKey(name) {
		case "Host", "Connection", "Content-Length", "Content-Type", "Transfer-Encoding", "Te", "Trailer", "Upgrade",
			"Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Expect", "Accept-Encoding", "Range":
			return field.Wrong("auth.forward", name+" is no credential")
		}
		if !httpguts.ValidHeaderFieldName(name) {
			return field.Wrong("auth.forward", "has something that is not the name of a header")
		}
	}
	return nil
}
