package connect

import (
	"testing"
)

func TestLinks(t *testing.T) {
	tests := map[string]struct {
		headers []string
		want    string // "none" where there is no next link
	}{
		"none":                     {nil, "none"},
		"one":                      {[]string{`<https://h/?page=2>; rel="next"`}, "2"},
		"without quotes":           {[]string{`<https://h/?page=2>;rel=next`}, "2"},
		"relative":                 {[]string{`<?page=2>; rel="next"`}, "2"},
		"among others":             {[]string{`<https://h/?page=1>; rel="prev", <https://h/?page=3>; rel="next"`}, "3"},
		"in another header":        {[]string{`<https://h/?page=1>; rel="prev"`, `<https://h/?page=3>; rel="next"`}, "3"},
		"of several relations":     {[]string{`<https://h/?page=2>; rel="last next"`}, "2"},
		"in any case":              {[]string{`<https://h/?page=2>; REL="NEXT"`}, "2"},
		"a comma in the target":    {[]string{`<https://h/?ids=1,2&page=2>; rel="next"`}, "2"},
		"a comma in a title":       {[]string{`<https://h/?page=1>; title="a, <b>"; rel="prev", <https://h/?page=2>; rel="next"`}, "2"},
		"a target without a place": {[]string{`<https://h/?p=2>; rel="next"`}, ""},
		"another relation":         {[]string{`<https://h/?page=2>; rel="nextish"`}, "none"},
		"a parameter called so":    {[]string{`<https://h/?page=2>; title="rel=next"`}, "none"},
		"broken":                   {[]string{`<https://h/?page=2; rel="next"`, `rel="next"`, `>`, `<`, `,`}, "none"},
		"encoded":                  {[]string{`<https://h/?page=a%2Fb%3D>; rel="next"`}, "a/b="},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := nextLink(test.headers, "page")
			if !ok {
				got = "none"
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
