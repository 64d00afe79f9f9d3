package credential

import "fmt"

// Auth is a source's credential: at most one of its fields. The zero value sends none.
type Auth struct {
	Bearer Secret     `yaml:"bearer"` // Authorization: Bearer …
	Basic  *BasicAuth `yaml:"basic"`  // Authorization: Basic …
	Header *NamedAuth `yaml:"header"` // a header of the given name
	Query  *NamedAuth `yaml:"query"`  // a query parameter of the given name
	OAuth2 *OAuth2    `yaml:"oauth2"` // Authorization: an access token that a token endpoint gives

	// Forward names headers of the caller's request, such as Authorization, that are sent on as they are:
	// the source is called as the caller. Answers are then remembered and shared for equal values only, and
	// cache.respect is strict by default.
	Forward []string `yaml:"forward"`
}

// BasicAuth is a user name and a password (RFC 7617). The password may be empty.
type BasicAuth struct {
	User     Secret `yaml:"user"`
	Password Secret `yaml:"password"`
}

// NamedAuth is a key that travels under a name.
type NamedAuth struct {
	Name  string `yaml:"name"`
	Value Secret `yaml:"value"`
}

// IsZero reports whether nothing is set.
func (a Auth) IsZero() bool { return a.kinds() == nil }

// Identity tells credentials apart by what they are made of, as [Secret.Identity] does: hash it.
func (a Auth) Identity() string {
	parts := []string{a.Bearer.Identity()}
	if b := a.Basic; b != nil {
		parts = append(parts, "basic", b.User.Identity(), b.Password.Identity())
	}
	if h := a.Header; h != nil {
		parts = append(parts, "header", h.Name, h.Value.Identity())
	}
	if q := a.Query; q != nil {
		parts = append(parts, "query", q.Name, q.Value.Identity())
	}
	if o := a.OAuth2; o != nil {
		parts = append(parts, "oauth2", o.TokenURL, o.ClientID.Identity(), o.ClientSecret.Identity(), o.RefreshToken.Identity(),
			fmt.Sprintf("%q %q", o.Scopes, o.Params))
	}
	return fmt.Sprintf("%q %q", parts, a.Forward)
}

// kinds returns the keys of the fields that are set.
func (a Auth) kinds() []string {
	var set []string
	if a.Bearer != (Secret{}) {
		set = append(set, "bearer")
	}
	if a.Basic != nil {
		set = append(set, "basic")
	}
	if a.Header != nil {
		set = append(set, "header")
	}
	if a.Query != nil {
		set = append(set, "query")
	}
	if a.OAuth2 != nil {
		set = append(set, "oauth2")
	}
	if a.Forward != nil {
		set = append(set, "forward")
	}
	return set
}
