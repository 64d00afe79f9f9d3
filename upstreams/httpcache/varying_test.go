package httpcache_test

// varying: which requests an answer fits (RFC 9111 §4.1).
var varying = map[string]pair{
	"the same value fits":                            {rfc: "4.1", ask: h{"X-A: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, again: h{"X-A: 1"}, want: reused},
	"another value does not":                         {rfc: "4.1", ask: h{"X-A: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, again: h{"X-A: 2"}, want: fetched},
	"no value does not":                              {rfc: "4.1", ask: h{"X-A: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, want: fetched},
	"a value where there was none does not":          {rfc: "4.1", answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, again: h{"X-A: 1"}, want: fetched},
	"none where there was none fits":                 {rfc: "4.1", answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, want: reused},
	"an empty value is not none":                     {rfc: "4.1", ask: h{"X-A: "}, answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, want: fetched},
	"what is not named does not matter":              {rfc: "4.1", ask: h{"X-B: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, again: h{"X-B: 2"}, want: reused},
	"names are in any case":                          {rfc: "9110 12.5.5", ask: h{"X-A: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: x-a"}, again: h{"X-A: 2"}, want: fetched},
	"all names must fit":                             {rfc: "4.1", ask: h{"X-A: 1", "X-B: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A, X-B"}, again: h{"X-A: 1", "X-B: 2"}, want: fetched},
	"names on several lines must fit":                {rfc: "4.1", ask: h{"X-A: 1", "X-B: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A", "Vary: X-B"}, again: h{"X-A: 1", "X-B: 2"}, want: fetched},
	"a star never fits":                              {rfc: "4.1", answer: h{"Cache-Control: max-age=60", "Vary: *"}, want: fetched},
	"a star among names never fits":                  {rfc: "4.1", answer: h{"Cache-Control: max-age=60", "Vary: X-A, *"}, want: fetched},
	"a star on a second line never fits":             {rfc: "4.1", answer: h{"Cache-Control: max-age=60", "Vary: X-A", "Vary: *"}, want: fetched},
	"space in a list does not matter":                {rfc: "4.1", ask: h{"Accept-Language: en, de"}, answer: h{"Cache-Control: max-age=60", "Vary: Accept-Language"}, again: h{"Accept-Language: en ,de"}, want: reused},
	"lines of a list are one list":                   {rfc: "4.1", ask: h{"Accept-Language: en", "Accept-Language: de"}, answer: h{"Cache-Control: max-age=60", "Vary: Accept-Language"}, again: h{"Accept-Language: en, de"}, want: reused},
	"the order of a list matters":                    {rfc: "4.1", ask: h{"Accept-Language: en, de"}, answer: h{"Cache-Control: max-age=60", "Vary: Accept-Language"}, again: h{"Accept-Language: de, en"}, want: fetched},
	"an empty Vary names nothing":                    {rfc: "9110 12.5.5", answer: h{"Cache-Control: max-age=60", "Vary: "}, again: h{"X-A: 1"}, want: reused},
	"a name that is none is a header nobody sends":   {rfc: "9110 12.5.5", answer: h{"Cache-Control: max-age=60", "Vary: x a"}, again: h{"X-A: 1"}, want: reused},
	"only-if-cached is refused what does not fit":    {rfc: "5.2.1.7", ask: h{"X-A: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, again: h{"X-A: 2", "Cache-Control: only-if-cached"}, want: refused},
	"an answer for one cookie is not another's":      {rfc: "4.1", ask: h{"Cookie: a=1"}, answer: h{"Cache-Control: max-age=60", "Vary: Cookie"}, again: h{"Cookie: a=2"}, want: fetched},
	"an answer that varies by user is not another's": {rfc: "4.1", ask: h{"Authorization: a"}, answer: h{"Cache-Control: max-age=60", "Vary: Authorization"}, again: h{"Authorization: b"}, want: fetched},
}

// validation: what is asked of an answer that is stale (RFC 9111 §4.3).
var validation = map[string]pair{
	"by a strong tag":                       {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60", `ETag: "1"`}, wait: 61 * s, want: validated},
	"by a weak tag":                         {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60", `ETag: W/"1"`}, wait: 61 * s, want: validated},
	"by the date of its last change":        {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"}, wait: 61 * s, want: validated},
	"by both":                               {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60", `ETag: "1"`, "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"}, wait: 61 * s, want: validated},
	"by nothing: it is fetched":             {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60"}, wait: 61 * s, want: fetched},
	"by a tag with a comma":                 {rfc: "9110 8.8.3", answer: h{"Cache-Control: max-age=60", `ETag: "1,2"`}, wait: 61 * s, want: validated},
	"a 404 is validated, too":               {rfc: "4.3.1", status: 404, answer: h{"Cache-Control: max-age=60", `ETag: "1"`}, wait: 61 * s, want: validated},
	"what must be revalidated is validated": {rfc: "5.2.2.2", answer: h{"Cache-Control: max-age=60, must-revalidate", `ETag: "1"`}, wait: 61 * s, want: validated},
	"in a shared cache as well":             {rfc: "4.3.1", kind: shared, answer: h{"Cache-Control: s-maxage=60", `ETag: "1"`}, wait: 61 * s, want: validated},
}
