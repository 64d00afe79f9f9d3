package credential

import "testing"

func TestAKeyIsThatOfItsSecret(t *testing.T) {
	secret := func(text string) Secret { return Secret{Text: text} }
	own := New("shop", Auth{}, nil, nil, nil).Key()
	tests := map[string]struct {
		auth Auth
		like *Auth // one with the same key
	}{
		"none has the process's":          {Auth{}, &Auth{}},
		"a caller's, too":                 {Auth{Forward: []string{"Authorization"}}, &Auth{}},
		"a bearer's":                      {Auth{Bearer: secret("s")}, &Auth{Header: &NamedAuth{Name: "X-Key", Value: secret("s")}}},
		"a password's":                    {Auth{Basic: &BasicAuth{User: secret("u"), Password: secret("s")}}, &Auth{Bearer: secret("s")}},
		"a user's that has no password":   {Auth{Basic: &BasicAuth{User: secret("s")}}, &Auth{Bearer: secret("s")}},
		"a parameter's":                   {Auth{Query: &NamedAuth{Name: "key", Value: secret("s")}}, &Auth{Bearer: secret("s")}},
		"another secret's is another one": {Auth{Bearer: secret("s2")}, nil},
		"a file that is not there":        {Auth{Bearer: Secret{File: "/nowhere"}}, &Auth{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			key := New("shop", test.auth, nil, nil, nil).Key()
			if test.like != nil && key != New("shop", *test.like, nil, nil, nil).Key() {
				t.Error("another key")
			}
			if test.like == nil && (key == own || key == New("shop", Auth{Bearer: secret("s")}, nil, nil, nil).Key()) {
				t.Error("the same key")
			}
		})
	}
}
