package upstreams

import (
	"errors"
	"net/http"
	"os"

	"golang.org/x/net/http/httpguts"
)

// check returns what is wrong with a, the files of its secrets included.
func (a Auth) check() *FieldError {
	set := a.kinds()
	switch {
	case len(set) > 1:
		return &FieldError{"auth." + set[1], "there is already auth." + set[0] + "; a source has one credential"}
	case a.Bearer != (Secret{}):
		return a.Bearer.checkValue("auth.bearer")
	case a.Basic != nil && a.Basic.User == (Secret{}):
		return &FieldError{"auth.basic.user", "is missing"}
	case a.Basic != nil:
		return firstError(a.Basic.User.check("auth.basic.user"), a.Basic.Password.check("auth.basic.password"))
	case a.Header != nil && !httpguts.ValidHeaderFieldName(a.Header.Name):
		return &FieldError{"auth.header.name", "is not the name of a header"}
	case a.Header != nil:
		return a.Header.Value.checkValue("auth.header.value")
	case a.Query != nil && a.Query.Name == "":
		return &FieldError{"auth.query.name", "is missing"}
	case a.Query != nil && a.Query.Value == (Secret{}):
		return &FieldError{"auth.query.value", "is missing"}
	case a.Query != nil:
		return a.Query.Value.check("auth.query.value")
	case a.OAuth2 != nil:
		return a.OAuth2.check()
	}
	return a.checkForward()
}

// checkForward refuses the headers that say something about one connection or one body.
func (a Auth) checkForward() *FieldError {
	for _, name := range a.Forward {
		switch http.CanonicalHeaderKey(name) {
		case "Host", "Connection", "Content-Length", "Content-Type", "Transfer-Encoding", "Te", "Trailer", "Upgrade",
			"Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Expect", "Accept-Encoding", "Range":
			return &FieldError{"auth.forward", name + " is no credential"}
		}
		if !httpguts.ValidHeaderFieldName(name) {
			return &FieldError{"auth.forward", "has something that is not the name of a header"}
		}
	}
	return nil
}

// check returns what is wrong with the file of s, which stands at path.
func (s Secret) check(path string) *FieldError {
	text, err := s.load()
	switch {
	case err != nil:
		return &FieldError{path + ".file", "cannot be read: " + reason(err)}
	case s.File != "" && text == "":
		return &FieldError{path + ".file", "is empty"}
	}
	return nil
}

// checkValue is check of a secret that a header carries.
func (s Secret) checkValue(path string) *FieldError {
	if err := s.check(path); err != nil {
		return err
	}
	switch text, _ := s.load(); {
	case text == "":
		return &FieldError{path, "is missing"}
	case !httpguts.ValidHeaderFieldValue(text):
		return &FieldError{path, "holds a character that a header cannot carry"}
	}
	return nil
}

// firstError returns the first of errs that is one.
func firstError(errs ...*FieldError) *FieldError {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// reason is what the system says of a file, without its name again.
func reason(err error) string {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}
