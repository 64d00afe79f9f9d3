package credential_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"holdfast/upstreams/credential"
)

const canary = "hush-1234"

func TestSecretFromYAML(t *testing.T) {
	tests := map[string]struct {
		file string
		want credential.Secret
		bad  bool
	}{
		"a text":         {`bearer: abc`, credential.Secret{Text: "abc"}, false},
		"a number":       {`bearer: 123`, credential.Secret{Text: "123"}, false},
		"a file":         {`bearer: {file: /run/secrets/shop}`, credential.Secret{File: "/run/secrets/shop"}, false},
		"no file":        {`bearer: {file: ""}`, credential.Secret{}, true},
		"something else": {`bearer: {path: ` + canary + `}`, credential.Secret{}, true},
		"more than that": {`bearer: {file: a, text: ` + canary + `}`, credential.Secret{}, true},
		"a list":         {`bearer: [` + canary + `]`, credential.Secret{}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got credential.Auth
			err := yaml.UnmarshalWithOptions([]byte(tt.file), &got, yaml.Strict())
			if (err != nil) != tt.bad {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Bearer); !tt.bad && diff != "" {
				t.Error(diff)
			}
			if y, ok := errors.AsType[yaml.Error](err); ok && strings.Contains(y.GetMessage(), canary) {
				t.Errorf("quoted: %s", y.GetMessage())
			}
		})
	}
}
