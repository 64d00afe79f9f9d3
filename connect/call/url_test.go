package call

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// where is what a URL is made of.
type where struct {
	base, sourcePath, sourceQuery string
	url, path, query              string
	args                          string // $args; {} if ""
}

// build assembles the URL of a request.
func (w where) build(tb testing.TB) (string, error) {
	tb.Helper()
	if w.base == "" {
		w.base = "https://shop.test"
	}
	if w.args == "" {
		w.args = "{}"
	}
	api := open(tb, Source{
		BaseURL: w.base, Request: Request{Path: mappingOf(w.sourcePath), Query: mappingOf(w.sourceQuery)},
	}, nil, Settings{})
	con := &Connector{
		ID: "Query.x", Method: "GET", URL: mapping.MustTemplate(w.url),
		Request: Request{Path: mappingOf(w.path), Query: mappingOf(w.query)},
	}
	return urlOf(api.Connect(con), &Inputs{Args: valueOf(tb, w.args)})
}

func TestURLs(t *testing.T) {
	long := strings.Repeat("x", 9000)
	tests := map[string]struct {
		where

		want, fails string
	}{
		"a path joins the base": {
			where{base: "https://h/v1", url: "/a"}, "https://h/v1/a", "",
		},
		"one slash is between them, whoever brings it": {
			where{base: "https://h/v1/", url: "/a"}, "https://h/v1/a", "",
		},
		"or nobody":                      {where{base: "https://h/v1", url: "a"}, "https://h/v1/a", ""},
		"a base without a path":          {where{base: "https://h", url: "a"}, "https://h/a", ""},
		"an empty path adds nothing":     {where{base: "https://h/v1", url: ""}, "https://h/v1", ""},
		"a slash adds nothing":           {where{base: "https://h/v1", url: "/"}, "https://h/v1", ""},
		"and takes nothing away":         {where{base: "https://h/v1/", url: "/"}, "https://h/v1/", ""},
		"a trailing slash survives":      {where{url: "/a/"}, "https://shop.test/a/", ""},
		"slashes within a path are kept": {where{url: "/a//b"}, "https://shop.test/a//b", ""},
		"a query without a path":         {where{base: "https://h/v1", url: "?a=b"}, "https://h/v1?a=b", ""},

		"what an expression yields is one segment": {
			where{url: "/a/{$args.id}/b", args: `{"id":"x/../y?z#é &="}`},
			"https://shop.test/a/x%2F..%2Fy%3Fz%23%C3%A9%20%26%3D/b", "",
		},
		"unreserved characters are left alone": {where{url: "/{$args.id}", args: `{"id":"aZ09-._~"}`}, "https://shop.test/aZ09-._~", ""},
		"a percent sign is encoded once":       {where{url: "/{$args.id}", args: `{"id":"%2e"}`}, "https://shop.test/%252e", ""},
		"numbers keep their digits":            {where{url: "/{$args.id}", args: `{"id":12345678901234567890.10}`}, "https://shop.test/12345678901234567890.10", ""},
		"booleans are words":                   {where{url: "/{$args.id}", args: `{"id":true}`}, "https://shop.test/true", ""},
		"several expressions make a segment":   {where{url: "/{$args.a}-{$args.b}", args: `{"a":"1","b":2}`}, "https://shop.test/1-2", ""},
		"one of them may be empty":             {where{url: "/a{$args.a}", args: `{}`}, "https://shop.test/a", ""},
		"a brace in a string closes nothing":   {where{url: `/{$("}")}`}, "https://shop.test/%7D", ""},
		"constants keep what is reserved": {
			where{url: "/a:b@c!$&'()*+,;=[]/%20?x=/?:"}, "https://shop.test/a:b@c!$&'()*+,;=[]/%20?x=/?:", "",
		},
		"and lose line breaks, not blanks":       {where{url: "/a\n\t\r\f /b é"}, "https://shop.test/a%20/b%20%C3%A9", ""},
		"what may not stand in a URL is encoded": {where{url: "/a\"<>\\^`|\x01?b=\"<>"}, "https://shop.test/a%22%3C%3E%5C%5E%60%7C%01?b=%22%3C%3E", ""},
		"nothing is encoded twice": {
			where{base: "https://h/a%2Fb%41?c=%20", url: "/%7e{$args.id}%2F?d=%26", path: `$(["%41"])`, query: `'%e': $("%20+")`, args: `{"id":"%2F"}`},
			"https://h/a%2Fb%41/%7e%252F%2F/%2541?c=%20&d=%26&%25e=%2520%2B", "",
		},
		"a plus means what it says":                   {where{url: "/a+b?c=d+e&f={$args.a}", args: `{"a":"x+y z"}`}, "https://shop.test/a+b?c=d+e&f=x%2By%20z", ""},
		"a question mark in a value begins no query":  {where{url: "/{$args.a}/b?c={$args.a}", args: `{"a":"?x=1"}`}, "https://shop.test/%3Fx%3D1/b?c=%3Fx%3D1", ""},
		"a hash in a value begins no fragment":        {where{url: "/{$args.a}?c={$args.a}", args: `{"a":"#x"}`}, "https://shop.test/%23x?c=%23x", ""},
		"an ampersand in a value begins no parameter": {where{url: "/a?b={$args.a}&c=1", args: `{"a":"1&c=2"}`}, "https://shop.test/a?b=1%26c%3D2&c=1", ""},
		"an expression may begin the path":            {where{base: "https://h/v1/", url: "{$args.a}/b", args: `{"a":"x"}`}, "https://h/v1/x/b", ""},
		"an expression may be a parameter's name":     {where{url: "/a?{$args.a}=1", args: `{"a":"x[]"}`}, "https://shop.test/a?x%5B%5D=1", ""},

		"path items are segments": {
			where{base: "https://h/v1", sourcePath: `$(["s", 1])`, url: "/c", path: `$([$args.id, true])`, args: `{"id":"a/b"}`},
			"https://h/v1/s/1/c/a%2Fb/true", "",
		},
		"they follow a trailing slash":       {where{url: "/c/", path: `$(["d"])`}, "https://shop.test/c/d", ""},
		"a missing path is none":             {where{url: "/c", path: `$args.nothing`}, "https://shop.test/c", ""},
		"an empty path list is none":         {where{url: "/c", path: `$([])`}, "https://shop.test/c", ""},
		"slashes in a path item are its own": {where{url: "/c", path: `$(["/a//b/", "?#%"])`}, "https://shop.test/c/%2Fa%2F%2Fb%2F/%3F%23%25", ""},
		"path items follow a base that ends in a slash": {
			where{base: "https://h/v1/", sourcePath: `$(["s"])`, url: "/"}, "https://h/v1/s", "",
		},
		"only path items":                       {where{url: "", path: `$(["c", "d"])`}, "https://shop.test/c/d", ""},
		"the source's path, too, is refused":    {where{sourcePath: `$([null])`, url: "/c"}, "", "a segment is empty"},
		"a path item of encoded dots is a name": {where{url: "/c", path: `$(["%2e%2e"])`}, "https://shop.test/c/%252e%252e", ""},
		"a path item that is a list":            {where{url: "/c", path: `$([["d"]])`}, "", "a segment is a list or an object"},
		"a path that is null":                   {where{url: "/c", path: `$(null)`}, "", "expected a list of segments"},
		"a path that is no list":                {where{url: "/c", path: `$("d")`}, "", "expected a list of segments"},
		"a path item that is an object":         {where{url: "/c", path: `$([{}])`}, "", "a segment is a list or an object"},
		"a path item that is empty":             {where{url: "/c", path: `$([""])`}, "", "a segment is empty"},
		"a path item that is missing":           {where{url: "/c", path: `$([$args.nothing])`}, "", "a segment is empty"},
		"a path item of dots":                   {where{url: "/c", path: `$([".."])`}, "", "would leave the API's path"},
		"a path item with a control byte":       {where{url: "/c", path: `$(["a\nb"])`}, "", "control character"},

		"queries come in order and as often as they are": {
			where{
				base: "https://h/v1?a=1", sourceQuery: `a: $(2) b: $("x y")`, url: "/c?a=3&a=4", query: `a: $(5)`,
			},
			"https://h/v1/c?a=1&a=2&b=x%20y&a=3&a=4&a=5", "",
		},
		"parameters keep their order":                 {where{url: "/c", query: `z: $(1) a: $(true) m: $(1.50)`}, "https://shop.test/c?z=1&a=true&m=1.50", ""},
		"blanks of a parameter are encoded, not plus": {where{url: "/c", query: `'a b': $("c d")`}, "https://shop.test/c?a%20b=c%20d", ""},
		"null drops a parameter":                      {where{url: "/c", query: `a: $(null) b: $(1)`}, "https://shop.test/c?b=1", ""},
		"so does what is missing":                     {where{url: "/c", query: `a: $args.a b: $(1)`}, "https://shop.test/c?b=1", ""},
		"an empty text does not":                      {where{url: "/c", query: `a: $("")`}, "https://shop.test/c?a=", ""},
		"a list repeats it":                           {where{url: "/c", query: `a: $([1, null, "x&y"])`}, "https://shop.test/c?a=1&a=&a=x%26y", ""},
		"an empty list drops it":                      {where{url: "/c", query: `a: $([])`}, "https://shop.test/c", ""},
		"keys are encoded":                            {where{url: "/c", query: `'page[size]': $(1)`}, "https://shop.test/c?page%5Bsize%5D=1", ""},
		"a list in a list":                            {where{url: "/c", query: `a: $([[1]])`}, "", "is a list or an object"},
		"an object":                                   {where{url: "/c", query: `a: $({b: 1})`}, "", "is a list or an object"},
		"parameters that are no object":               {where{url: "/c", query: `$([1])`}, "", "expected an object"},
		"an object in a list":                         {where{url: "/c", query: `a: $([{}])`}, "", "is a list or an object"},
		"parameters that are null":                    {where{url: "/c", query: `$(null)`}, "", "expected an object"},
		"the source's parameters, too":                {where{sourceQuery: `$("a")`, url: "/c"}, "", "expected an object"},
		"missing parameters are none":                 {where{url: "/c", query: `$args.nothing`}, "https://shop.test/c", ""},
		"null in a template's query is ''":            {where{url: "/c?a={$args.a}&b={$args.b}", args: `{"a":null}`}, "https://shop.test/c?a=&b=", ""},
		"control bytes in a query are text":           {where{url: "/c?a={$args.a}", args: `{"a":"x\ny"}`}, "https://shop.test/c?a=x%0Ay", ""},

		"a list in a template":             {where{url: "/{$args.a}", args: `{"a":[1]}`}, "", "is a list or an object"},
		"an object in a template":          {where{url: "/c?a={$args.a}", args: `{"a":{}}`}, "", "is a list or an object"},
		"an empty segment":                 {where{url: "/a/{$args.id}", args: `{"id":""}`}, "", "is empty"},
		"a missing one":                    {where{url: "/a/{$args.id}"}, "", "is empty"},
		"a null one, in the middle":        {where{url: "/a/{$args.id}/b", args: `{"id":null}`}, "", "is empty"},
		"one of two empty expressions":     {where{url: "/a/{$args.a}{$args.b}?x=1"}, "", "is empty"},
		"dots":                             {where{url: "/a/{$args.id}", args: `{"id":".."}`}, "", "would leave the API's path"},
		"one dot":                          {where{url: "/a/{$args.id}/b", args: `{"id":"."}`}, "", "would leave the API's path"},
		"dots of two expressions":          {where{url: "/a/{$args.a}{$args.a}", args: `{"a":"."}`}, "", "would leave the API's path"},
		"dots half of which are constants": {where{url: "/a/.{$args.a}", args: `{"a":"."}`}, "", "would leave the API's path"},
		"encoded dots of a constant":       {where{url: "/a/%2e{$args.a}", args: `{"a":"."}`}, "", "would leave the API's path"},
		"three dots are a name":            {where{url: "/a/{$args.a}", args: `{"a":"..."}`}, "https://shop.test/a/...", ""},
		"a line break in the path":         {where{url: "/a/{$args.a}", args: `{"a":"x\r\ny"}`}, "", "control character"},
		"a zero byte in the path":          {where{url: "/a/{$args.a}", args: `{"a":"\u0000"}`}, "", "control character"},
		"a delete in the path":             {where{url: "/a/{$args.a}", args: `{"a":"\u007f"}`}, "", "control character"},
		"a broken constant":                {where{url: "/a/100%"}, "", "not valid"},
		"a fragment":                       {where{url: "/a#b"}, "", "not valid"},
		"a backslash is text":              {where{url: "/a/{$args.a}", args: `{"a":"..\\.."}`}, "https://shop.test/a/..%5C..", ""},
		"encoded dots in a value are text": {where{url: "/a/{$args.a}", args: `{"a":"%2e%2e"}`}, "https://shop.test/a/%252e%252e", ""},
		"dots with a slash are one name":   {where{url: "/a/{$args.a}", args: `{"a":"../.."}`}, "https://shop.test/a/..%2F..", ""},
		"dots before a query":              {where{url: "/a/{$args.a}?b=1", args: `{"a":".."}`}, "", "would leave the API's path"},
		"dots in a query are text":         {where{url: "/a?b=../{$args.a}", args: `{"a":".."}`}, "https://shop.test/a?b=../..", ""},
		"a tab in the path":                {where{url: "/a/{$args.a}", args: `{"a":"\t"}`}, "", "control character"},
		"the longest URL":                  {where{url: "/a?x={$args.a}", args: `{"a":"` + long[:8192-len("https://shop.test/a?x=")] + `"}`}, "https://shop.test/a?x=" + long[:8192-len("https://shop.test/a?x=")], ""},
		"one byte more":                    {where{url: "/a?x={$args.a}", args: `{"a":"` + long[:8193-len("https://shop.test/a?x=")] + `"}`}, "", "longer than 8192 bytes"},
		"a URL without end":                {where{url: "/a?x={$args.a}", args: `{"a":"` + long + `"}`}, "", "longer than 8192 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := test.build(t)
			if test.fails != "" {
				if _, ok := errors.AsType[InputError](err); !ok || !strings.Contains(err.Error(), test.fails) {
					t.Fatalf("got %q, %v, want an input error with %q", got, err, test.fails)
				}
				return
			}
			if err != nil || got != test.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

// A brace that closes nothing is text, which no URL can hold as it is.
func TestALoneBraceInAConstantIsEncoded(t *testing.T) {
	con := &Connector{URL: &mapping.Template{Parts: []mapping.Part{{Text: "/a}b?c=}"}}}}
	got, err := urlOf(open(t, Source{}, nil, Settings{}).Connect(con), &Inputs{})
	if want := "https://shop.test/a%7Db?c=%7D"; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestPagingParametersComeLast(t *testing.T) {
	api := open(t, Source{}, nil, Settings{})
	con := &Connector{URL: mapping.MustTemplate("/a?b=1"), Request: Request{Query: mappingOf("c: $(2)")}}
	got, err := urlOf(api.Connect(con), &Inputs{Extra: []Parameter{{"page", "3"}, {"q[]", "a b"}}})
	if want := "https://shop.test/a?b=1&c=2&page=3&q%5B%5D=a%20b"; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestBaseURLs(t *testing.T) {
	set := Settings{
		Config: map[string]any{"host": "a.test:8443", "tenant": "x/../y", "list": []any{1}, "empty": ""},
		Env:    map[string]string{"URL": "http://b.test/v1?k=a%2Fb", "USER": "u@b.test", "KEY": "a/b c"},
	}
	tests := map[string]struct{ sdl, configured, want, fails string }{
		"a constant":                          {"https://h.test/v1/", "", "https://h.test/v1/", ""},
		"the operator's wins":                 {"https://h.test", "http://127.0.0.1:1/x", "http://127.0.0.1:1/x", ""},
		"one expression is a whole URL":       {"{$env.URL}", "", "http://b.test/v1?k=a%2Fb", ""},
		"an expression in the authority":      {"https://{$config.host}/v1", "", "https://a.test:8443/v1", ""},
		"an expression in the path":           {"https://h.test/{$config.tenant}", "", "https://h.test/x%2F..%2Fy", ""},
		"an expression in the query":          {"https://h.test?k={$env.KEY}", "", "https://h.test?k=a%2Fb%20c", ""},
		"a user in the authority":             {"https://{$env.USER}/v1", "", "", "must be a host name"},
		"a whole URL in the authority":        {"https://{$env.URL}/v1", "", "", "must be a host name"},
		"nothing set":                         {"https://{$config.nothing}/v1", "", "", "has no value"},
		"an empty value":                      {"{$config.empty}", "", "", "has no value"},
		"a list":                              {"https://h.test/{$config.list}", "", "", "has no value"},
		"another scheme":                      {"ftp://h.test", "", "", "expected an absolute URL"},
		"no scheme":                           {"h.test/v1", "", "", "expected an absolute URL"},
		"no host":                             {"https:///v1", "", "", "expected an absolute URL"},
		"a port without a host":               {"", "http://:80", "", "expected an absolute URL"},
		"user information":                    {"", "https://u:p@h.test", "", "are refused"},
		"a fragment":                          {"", "https://h.test/#x", "", "are refused"},
		"dots":                                {"", "https://h.test/a/../b", "", `has a segment ".."`},
		"encoded dots":                        {"", "https://h.test/%2e", "", `has a segment "."`},
		"a query that is not encoded":         {"", "https://h.test/?q=a b", "", "is not encoded"},
		"no URL at all":                       {"", "http://h.test:port", "", "expected an absolute URL"},
		"control characters are no URL":       {"", "http://h.test/\n", "", "expected an absolute URL"},
		"an encoded slash in the path stays":  {"", "https://h.test/a%2Fb", "https://h.test/a%2Fb", ""},
		"what need not be encoded stays, too": {"", "https://h.test/a%41", "https://h.test/a%41", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := upstreams.New(upstreams.Config{Name: "shop"}, nil, nil)
			settings := set
			settings.URL = test.configured
			api, err := Source{Name: "shop", BaseURL: test.sdl}.Open(client, settings)
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) || !strings.HasPrefix(err.Error(), "source shop: ") {
					t.Fatalf("got %v, want %q", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, err := urlOf(api.Connect(&Connector{URL: mapping.MustTemplate("")}), &Inputs{}); err != nil || got != test.want {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}

// FuzzURL checks that what a caller gives never changes which URL it is: the
// segments and parameters are those of the template, in their order, and each holds
// what was given. Refused is what must be, and nothing else.
func FuzzURL(f *testing.F) {
	f.Add("a", "b") // more are in testdata/fuzz
	api := open(f, Source{
		BaseURL: "https://shop.test/v1/?base=%2F", Request: Request{Path: mapping.MustParse("$([$args.b])")},
	}, nil, Settings{})
	con := &Connector{
		URL: mapping.MustTemplate("/a/{$args.a}{$args.b}/c/{$args.b}?q={$args.a}&{$args.b}=%26"),
		Request: Request{
			Path: mapping.MustParse("$([$args.a])"), Query: mapping.MustParse("p: $args.b l: $([$args.a, null, $args.b])"),
		},
	}
	opened := api.Connect(con)
	f.Fuzz(func(t *testing.T, a, b string) {
		args := mapping.ObjectValue(
			mapping.Member{Key: "a", Value: mapping.StringValue(a)}, mapping.Member{Key: "b", Value: mapping.StringValue(b)})
		a, b = strings.ToValidUTF8(a, "\uFFFD"), strings.ToValidUTF8(b, "\uFFFD")
		segments := []string{"", "v1", b, "a", a + b, "c", b, a}
		parameters := []string{"base", "/", "q", a, b, "&", "p", b, "l", a, "l", "", "l", b}
		text, err := urlOf(opened, &Inputs{Args: args})
		if _, ok := errors.AsType[InputError](err); err != nil && !ok {
			t.Fatal(err)
		}
		bad := strings.ContainsFunc(a+b, isControl) ||
			slices.ContainsFunc(segments[1:], func(s string) bool { return s == "" || s == "." || s == ".." })
		switch {
		case err == nil && bad:
			t.Fatalf("%s has the segments %q", text, segments)
		case err != nil && !bad && len(a)+len(b) < 256:
			t.Fatalf("%q and %q: %v", a, b, err)
		case err != nil:
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.Host != "shop.test" || u.User != nil || strings.Contains(text, "#") {
			t.Fatalf("%s leads elsewhere, or nowhere: %v", text, err)
		}
		if diff := cmp.Diff(segments, unescaped(t, strings.Split(u.EscapedPath(), "/"))); diff != "" {
			t.Fatalf("segments of %s (-want +got):\n%s", text, diff)
		}
		if diff := cmp.Diff(parameters, unescaped(t, strings.Split(strings.ReplaceAll(u.RawQuery, "&", "="), "="))); diff != "" {
			t.Fatalf("parameters of %s (-want +got):\n%s", text, diff)
		}
	})
}

// unescaped are the texts of parts of a URL.
func unescaped(t *testing.T, parts []string) []string {
	t.Helper()
	all := make([]string, len(parts))
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = plain
	}
	return all
}
