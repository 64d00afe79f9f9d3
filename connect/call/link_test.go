package call

import "testing"

func TestLinks(t *testing.T) {
	const next = `<https://h/?page=2>; rel="next"`
	tests := map[string]struct {
		headers []string
		want    string // "none" where there is no next link
	}{
		"none":                           {nil, "none"},
		"one":                            {[]string{next}, "https://h/?page=2"},
		"without quotes":                 {[]string{`<https://h/?page=2>;rel=next`}, "https://h/?page=2"},
		"relative":                       {[]string{`<?page=2>; rel="next"`}, "?page=2"},
		"empty, which is the page again": {[]string{`<>; rel="next"`}, ""},
		"among others":                   {[]string{`<https://h/?page=1>; rel="prev", ` + next}, "https://h/?page=2"},
		"in another header":              {[]string{`<https://h/?page=1>; rel="prev"`, next}, "https://h/?page=2"},
		"the first of two":               {[]string{`<a>; rel=next, <b>; rel=next`, `<c>; rel=next`}, "a"},
		"of several relations":           {[]string{`<a>; rel="last next"`}, "a"},
		"of relations far apart":         {[]string{"<a>; rel=\" last \t  next \""}, "a"},
		"in any case":                    {[]string{`<a>; REL="NEXT"`}, "a"},
		"with blanks":                    {[]string{"\t<a> ;\trel = \"next\" ; x"}, "a"},
		"an empty member before it":      {[]string{`, ,<a>; rel="next"`}, "a"},
		"a comma in the target":          {[]string{`<https://h/?ids=1,2&page=2>; rel="next"`}, "https://h/?ids=1,2&page=2"},
		"a semicolon in the target":      {[]string{`<https://h/?a=1;rel="prev">; rel="next"`}, `https://h/?a=1;rel="prev"`},
		"encoded":                        {[]string{`<https://h/?page=a%2Fb%3D>; rel="next"`}, "https://h/?page=a%2Fb%3D"},
		"a comma in a title":             {[]string{`<p>; title="a, <b>; rel=next, <c>"; rel="prev", <a>; rel="next"`}, "a"},
		"a semicolon in a title":         {[]string{`<p>; title="x; rel=next"; rel="prev", <a>; rel="next"`}, "a"},
		"a title alone says nothing":     {[]string{`<p>; title="x; rel=next"`}, "none"},
		"an escaped quote in a title":    {[]string{`<p>; title="x\"; rel=\"next\", <c>; y="; rel="prev", <a>; rel="next"`}, "a"},
		"an escaped backslash":           {[]string{`<a>; title="x\\"; rel="next"`}, "a"},
		"escapes in rel":                 {[]string{`<a>; rel="\n\e\x\t"`}, "a"},
		"a quote in a token":             {[]string{`<a>; title=5"; rel=next`}, "a"},
		"a title that does not end":      {[]string{`<p>; title="x; rel=next, <a>; rel=next`, next}, "https://h/?page=2"},
		"a second rel is ignored":        {[]string{`<p>; rel="prev"; rel="next", <a>; rel="next"; rel="prev"`}, "a"},
		"an empty rel is the first":      {[]string{`<p>; rel=""; rel="next"`}, "none"},
		"a rel without a value, too":     {[]string{`<p>; rel; rel="next"`}, "none"},
		"rev is not rel":                 {[]string{`<p>; rev="next"`, `<q>; rev=next; rel=prev`}, "none"},
		"another's link":                 {[]string{`<p>; rel="next"; anchor="/other"`, `<q>; anchor=x; rel=next, <a>; rel=next`}, "a"},
		"another relation":               {[]string{`<a>; rel="nextish"`}, "none"},
		"a relation that is a URL":       {[]string{`<a>; rel="https://h/next"`}, "none"},
		"a parameter called so":          {[]string{`<a>; title="rel=next"; next`}, "none"},
		"parameters with a star":         {[]string{`<p>; title*=UTF-8''x%2C; rel=prev, <a>; title*=UTF-8''n%c3%a4chstes; rel="next"`}, "a"},
		"nothing between semicolons":     {[]string{`<a>;;; rel="next";`}, "a"},
		"what is no link before it":      {[]string{`x; rel="next", <a>; rel="next"`}, "a"},
		"broken":                         {[]string{`<https://h/?page=2; rel="next"`, `rel="next"`, `>`, `<`, `,`, `<a>; rel`, `<a>; rel=`, `<a>;`, `<a> rel`}, "none"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := nextLink(test.headers)
			if !ok {
				got = "none"
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzLink(f *testing.F) {
	f.Add(`<a>; rel="next"; title="\"", <b>; rel=prev`)
	f.Add(`<a>;;,<`)
	f.Fuzz(func(t *testing.T, header string) {
		for h := header; h != ""; {
			before := len(h)
			if _, h = cutLink(h); len(h) >= before {
				t.Fatalf("%q does not end", header)
			}
		}
	})
}
