package call

import (
	"net/http"
	"testing"

	"holdfast/connect/mapping"
)

func TestVariablesOfARequest(t *testing.T) {
	set := Settings{Config: map[string]any{"key": "k", "n": 1.5}, Env: map[string]string{"HOME": "/h"}}
	header := http.Header{"X-Tenant": {"a", "b"}, "Authorization": {"Bearer t"}}
	tests := map[string]struct {
		read    string
		bare    bool // nothing is set
		context string
		want    string // "" for missing
	}{
		"config":                          {read: "$config", want: `{"key":"k","n":1.5}`},
		"no config":                       {read: "$config", bare: true, want: `{}`},
		"a key that config lacks":         {read: "$config.x", bare: true},
		"the environment is text":         {read: "$env.HOME", want: `"/h"`},
		"what it lacks":                   {read: "$env.x", bare: true},
		"context":                         {read: "$context.tenant", context: `{"tenant":{"id":1}}`, want: `{"id":1}`},
		"no context":                      {read: "$context", want: `{}`},
		"headers are lists":               {read: "$request.headers.'x-tenant'", want: `["a","b"]`},
		"also of one":                     {read: "$request.headers.authorization", want: `["Bearer t"]`},
		"names are in lower case":         {read: "$request.headers.'X-Tenant'"},
		"one that was not sent":           {read: "$request.headers.x"},
		"no request at all":               {read: "$request.headers.x", bare: true},
		"the first of them":               {read: "$request.headers.'x-tenant'->first", want: `"a"`},
		"what is needed if one is absent": {read: `$($request.headers.x->first ?? "none")`, want: `"none"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			given, caller := Settings{}, &Caller{}
			if !test.bare {
				given, caller.Header = set, header
			}
			if test.context != "" {
				caller.Context = valueOf(t, test.context)
			}
			con := &Connector{Callers: []string{"$request.headers.x"}}
			vars := open(t, Source{}, nil, given).Connect(con).Vars(&Inputs{Caller: caller})
			got := mapping.MustParse(test.read).Apply(mapping.NullValue(), vars).Value
			if got.IsMissing() != (test.want == "") || test.want != "" && got.String() != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestVariablesOfAnAnswer(t *testing.T) {
	r := reply(418, "application/json", `{}`)
	r.Header["X-Why"] = []string{"a", "b"}
	vars := AnswerVars(mapping.Vars{"$config": mapping.ObjectValue()}, r)
	for read, want := range map[string]string{
		"$status": "418", "$response.headers.'x-why'": `["a","b"]`, "$response.headers.'content-type'": `["application/json"]`, "$config": "{}",
	} {
		if got := mapping.MustParse(read).Apply(mapping.NullValue(), vars).Value.String(); got != want {
			t.Errorf("%s is %s, want %s", read, got, want)
		}
	}
}

func TestAVariableOfTheEnvironmentThatIsNotSetFailsTheStart(t *testing.T) {
	s := Source{Name: "shop", At: "shop.graphqls:1:1", BaseURL: "https://shop.test", Env: []string{"KEY"}}
	if _, err := s.URL(Settings{Env: map[string]string{"KEY": ""}}); err != nil {
		t.Errorf("set, but empty: %v", err)
	}
	_, err := s.Open(nil, Settings{Env: map[string]string{"OTHER": "x"}})
	if want := "source shop: environment variable KEY is not set, and the SDL at shop.graphqls:1:1 reads it"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
