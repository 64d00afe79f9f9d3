package httpcache_test

// stale: stale-while-revalidate (RFC 5861 §3). What happens on errors is in flows.
var stale = map[string]pair{
	"stale-while-revalidate serves and asks behind":            {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30", `ETag: "1"`}, wait: 61 * s, want: behind},
	"it does so to the end of its window":                      {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30"}, wait: 90 * s, want: behind},
	"past its window nothing is served":                        {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30"}, wait: 91 * s, want: fetched},
	"while fresh nothing is asked behind":                      {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30"}, wait: 59 * s, want: reused},
	"a window of 0 is of no use":                               {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=0", `ETag: "1"`}, wait: 61 * s, want: validated},
	"a window that is no number is none":                       {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=x", `ETag: "1"`}, wait: 61 * s, want: validated},
	"a window counts from Expires, too":                        {rfc: "5861 3", answer: h{"Expires: +60s", "Cache-Control: stale-while-revalidate=30"}, wait: 61 * s, want: behind},
	"max-age=0 has a window, too":                              {rfc: "5861 3", answer: h{"Cache-Control: max-age=0, stale-while-revalidate=30"}, wait: s, want: behind},
	"must-revalidate outweighs the window":                     {rfc: "5.2.2.2", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30, must-revalidate", `ETag: "1"`}, wait: 61 * s, want: validated},
	"proxy-revalidate outweighs it in a shared cache":          {rfc: "5.2.2.8", kind: shared, answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30, proxy-revalidate", `ETag: "1"`}, wait: 61 * s, want: validated},
	"proxy-revalidate does not in a private one":               {rfc: "5.2.2.8", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30, proxy-revalidate"}, wait: 61 * s, want: behind},
	"s-maxage outweighs it, for it implies proxy-revalidate":   {rfc: "5.2.2.10", kind: shared, answer: h{"Cache-Control: s-maxage=60, stale-while-revalidate=30", `ETag: "1"`}, wait: 61 * s, want: validated},
	"no-cache outweighs it":                                    {rfc: "4.2.4", answer: h{"Cache-Control: no-cache, max-age=60, stale-while-revalidate=30", `ETag: "1"`}, want: validated},
	"no-cache in the request outweighs it":                     {rfc: "5.2.1.4", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30", `ETag: "1"`}, wait: 61 * s, again: h{"Cache-Control: no-cache"}, want: validated},
	"max-age in the request outweighs it":                      {rfc: "5.2.1.1", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30", `ETag: "1"`}, wait: 61 * s, again: h{"Cache-Control: max-age=70"}, want: validated},
	"nothing is asked behind for who wants nothing stored":     {rfc: "5.2.1.5", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30", `ETag: "1"`}, wait: 61 * s, again: h{"Cache-Control: no-store"}, want: validated},
	"stale-if-error by itself serves nothing stale":            {rfc: "5861 4", answer: h{"Cache-Control: max-age=60, stale-if-error=60", `ETag: "1"`}, wait: 61 * s, want: validated},
	"stale-if-error in a request by itself serves nothing":     {rfc: "5861 4", answer: h{"Cache-Control: max-age=60", `ETag: "1"`}, wait: 61 * s, again: h{"Cache-Control: stale-if-error=60"}, want: validated},
	"an answer that says nothing of stale is not served stale": {rfc: "4.2.4", answer: h{"Cache-Control: max-age=60", `ETag: "1"`}, wait: 61 * s, want: validated},
}
