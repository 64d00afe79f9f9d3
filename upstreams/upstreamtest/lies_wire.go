package upstreamtest

import (
	"fmt"
	"strings"
)

// WireLies returns the lies of the wire.
func WireLies() []Lie {
	const (
		cut      = "UNREACHABLE"
		timeout  = "TIMEOUT"
		oversize = "OVERSIZE"
		contract = "CONTRACT"
		status   = "STATUS"
	)
	return []Lie{
		{What: "nothing", Say: raw(""), Means: cut},
		{What: "a connection that is torn down", Say: raw(""), End: Reset, Means: cut},
		{What: "no HTTP", Say: raw("SSH-2.0-OpenSSH_9\r\n"), Means: cut},
		{What: "TLS", Say: raw("\x15\x03\x01\x00\x02\x02\x46"), Means: cut},
		{What: "HTTP/2", Say: raw("\x00\x00\x00\x04\x00\x00\x00\x00\x00"), Means: cut},
		{What: "HTTP/0.9", Say: func(truth string) string { return truth }, Means: cut},
		{What: "HTTP/1.0 and no length", Say: line("HTTP/1.0 200 OK")},
		{What: "HTTP/9.9", Say: line("HTTP/9.9 200 OK")},
		{What: "HTTP in small letters", Say: line("http/1.1 200 OK"), Means: cut},
		{What: "a protocol of music", Say: line("ICY 200 OK"), Means: cut},
		{What: "a blank before the status line", Say: line(" HTTP/1.1 200 OK"), Means: cut},
		{What: "a status without a word", Say: line("HTTP/1.1 200")},
		{What: "a status line without a status", Say: line("HTTP/1.1 OK"), Means: cut},
		{What: "a status of four digits", Say: line("HTTP/1.1 2000 OK"), Means: cut},
		{What: "a status of two digits", Say: line("HTTP/1.1 20 OK"), Means: cut},
		{What: "a status below zero", Say: line("HTTP/1.1 -20 OK"), Means: cut},
		{What: "status 000", Say: line("HTTP/1.1 000 OK"), Means: contract},
		{What: "status 099", Say: line("HTTP/1.1 099 OK"), Means: contract},
		{What: "status 299", Say: line("HTTP/1.1 299 Fine")},
		{What: "status 600", Say: line("HTTP/1.1 600 Beyond"), Means: status},
		{What: "status 999", Say: line("HTTP/1.1 999 No"), Means: status},
		{What: "bare line feeds", Say: func(truth string) string { return "HTTP/1.1 200 OK\n\n" + truth }},
		{What: "a status line without end", Say: raw("HTTP/1.1 200 "), Then: strings.Repeat("O", 1<<12), Means: cut},
		{What: "a status line, reset", Say: raw("HTTP/1.1 200 OK\r\n"), End: Reset, Means: cut},
		{What: "a status line twice", Say: line("HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK"), Means: cut},

		{What: "a header without a colon", Say: with("X-More"), Means: cut},
		{What: "a header with a blank in its name", Say: with("X More: 1")},
		{What: "a header with NUL", Say: with("X-More: \x00"), Means: cut},
		{What: "a header over two lines", Say: with("X-More: and", " more")},
		{What: "a header that ends in the middle", Say: raw("HTTP/1.1 200 OK\r\nContent-Le"), Means: cut},
		{What: "a header, reset in the middle", Say: raw("HTTP/1.1 200 OK\r\nContent-Le"), End: Reset, Means: cut},
		{What: "one header of 100 KB", Say: with("X-More: " + strings.Repeat("x", 100_000))},
		{What: "one header of 1 MB", Say: with("X-More: " + strings.Repeat("x", 1_000_000)), Means: cut},
		{What: "50,000 headers", Say: with(strings.Repeat("X-More: 1\r\n", 49_999) + "X-More: 1"), Means: cut},
		{What: "headers without end", Say: raw("HTTP/1.1 200 OK\r\n"), Then: "X-More: and more\r\n", Means: cut},
		{What: "a date that is none, an age below zero and half a tag", Say: with("Date: never", "Last-Modified: soon", "Age: -5", "Expires: -1", `ETag: "x`)},
		{What: "limits that are none", Say: with("RateLimit-Remaining: lots", "X-RateLimit-Limit: -1", "Retry-After: soon")},
		{What: "lifetimes that are none", Say: with("Cache-Control: max-age=-1, max-age=ten, =, ,,", "Vary: , ,")},
		{What: "an age beyond all numbers", Say: with("Age: 99999999999999999999999999")},

		{What: "hints before the answer", Say: after("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")},
		{What: "100 that nobody asked for", Say: after("HTTP/1.1 100 Continue\r\n\r\n")},
		{What: "102 thrice", Say: after(strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 3))},
		{What: "hints and then nothing", Say: raw("HTTP/1.1 103 Early Hints\r\n\r\n"), Means: cut},
		{What: "hints without end", Say: raw(""), Then: "HTTP/1.1 103 Early Hints\r\nLink: </" + strings.Repeat("x", 1000) + ">\r\n\r\n", Means: cut},
		{What: "an unknown protocol", Say: raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), End: Silence, Means: contract},

		{What: "a longer body than promised", Say: length(-1, ending), Means: contract},
		{What: "more after the body", Say: func(truth string) string { return last(truth) + "more" }},
		{What: "another answer after it", Say: func(truth string) string { return last(truth) + whole(`{"id":"?","n":666}`) }},
		{What: "a shorter body", Say: length(1), Means: cut},
		{What: "a shorter body, reset", Say: length(1), End: Reset, Means: cut},
		{What: "a length and no body, as for HEAD", Say: raw("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"), Means: cut},
		{What: "a length of zero and a body", Say: with("Content-Length: 0", ending), Means: "null"},
		{What: "a negative length", Say: with("Content-Length: -7"), Means: cut},
		{What: "a length with a sign", Say: with("Content-Length: +7"), Means: cut},
		{What: "a length in hex", Say: with("Content-Length: 0x7"), Means: cut},
		{What: "no length in the header of lengths", Say: with("Content-Length:"), Means: cut},
		{What: "two lengths", Say: with("Content-Length: 7", "Content-Length: 8"), Means: cut},
		{What: "two lengths in one", Say: with("Content-Length: 7, 8"), Means: cut},
		{What: "a length beyond all bounds", Say: with("Content-Length: 9000000000000"), Means: oversize},
		{What: "a length beyond all numbers", Say: with("Content-Length: 99999999999999999999"), Means: cut},
		{What: "a body without length and end", Say: with(), Then: strings.Repeat(" ", 1<<14), Means: oversize},

		{What: "a length beside chunks", Say: func(truth string) string {
			return with("Content-Length: 3", "Transfer-Encoding: chunked")(chunk(truth) + chunk(""))
		}},
		{What: "chunks of one byte", Say: func(truth string) string {
			var all strings.Builder
			for i := range truth {
				all.WriteString(chunk(truth[i : i+1]))
			}
			return chunked(all.String() + chunk(""))
		}},
		{What: "a chunk cut short", Say: func(truth string) string { return chunked(chunk(truth)[:8]) }, Means: cut},
		{What: "a chunk, reset", Say: func(truth string) string { return chunked(chunk(truth)[:8]) }, End: Reset, Means: cut},
		{What: "no last chunk", Say: func(truth string) string { return chunked(chunk(truth)) }, Means: cut},
		{What: "a chunk longer than it says", Say: func(truth string) string { return chunked("7\r\n" + truth + "\r\n" + chunk("")) }, Means: cut},
		{What: "a chunk of garbled length", Say: raw(chunked("zz\r\n")), Means: cut},
		{What: "a chunk of negative length", Say: raw(chunked("-1\r\n")), Means: cut},
		{What: "a chunk of no length", Say: raw(chunked("\r\n")), Means: cut},
		{What: "a chunk as long as can be", Say: raw(chunked("7fffffffffffffff\r\n{")), Means: cut},
		{What: "a chunk longer than can be", Say: raw(chunked("fffffffffffffffff\r\n{")), Means: cut},
		{What: "a chunk with 1 MB beside its length", Say: raw(chunked("7;" + strings.Repeat("x", 1_000_000) + "\r\n")), Means: cut},
		{What: "chunks without end", Say: raw(chunked("")), Then: chunk(strings.Repeat(" ", 0x4000)), Means: oversize},
		{What: "trailers that are headers", Say: func(truth string) string {
			return chunked(chunk(truth) + "0\r\nContent-Length: 1\r\nContent-Encoding: gzip\r\n\r\n")
		}},
		{What: "trailers without end", Say: func(truth string) string { return chunked(chunk(truth) + "0\r\n") }, Then: "X-More: and more\r\n", Means: cut},
		{What: "an unknown transfer encoding", Say: with("Transfer-Encoding: gzip, chunked"), Means: cut},
		{What: "chunked twice", Say: with("Transfer-Encoding: chunked, chunked"), Means: cut},

		{What: "a body where none may be", Say: line("HTTP/1.1 204 No Content\r\n" + ending), Means: "null"},
		{What: "304 that nobody asked for, with a body", Say: line("HTTP/1.1 304 Not Modified\r\n" + ending), Means: contract},
		{What: "206 that nobody asked for", Say: line("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-6/7"), Means: contract},
		{What: "a redirect to nowhere", Say: raw("HTTP/1.1 302 Found\r\n\r\n"), Means: contract},
		{What: "a redirect that is JSON: a no", Say: line("HTTP/1.1 302 Found"), Means: "REFUSED"},
		{What: "a choice", Say: raw("HTTP/1.1 300 Multiple Choices\r\n\r\n"), Means: contract},
		{What: "500 and the truth", Say: line("HTTP/1.1 500 Internal Server Error"), Means: status},

		{What: "gzip", Say: encoded("gzip", gzipped)},
		{What: "gzip twice over", Say: encoded("gzip, gzip", gzipped, gzipped)},
		{What: "gzip in two parts", Say: encoded("gzip", func(b []byte) []byte { return append(gzipped(b[:5]), gzipped(b[5:])...) })},
		{What: "gzip, and more after it", Say: encoded("gzip", gzipped, more), Means: contract},
		{What: "gzip, cut", Say: encoded("gzip", gzipped, half), Means: cut},
		{What: "gzip, only its header", Say: encoded("gzip", gzipped, func(b []byte) []byte { return b[:10] }), Means: cut},
		{What: "gzip with a wrong sum", Say: encoded("gzip", gzipped, func(b []byte) []byte { b[len(b)-8] ^= 1; return b }), Means: contract},
		{What: "gzip that is none", Say: encoded("gzip"), Means: contract},
		{What: "gzip that is not said", Say: encoded("identity", gzipped), Means: contract},
		{What: "gzip of nothing", Say: raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"), Means: "null"},
		{What: "gzip, a bomb", Say: encoded("gzip", bomb, gzipped), Means: oversize},
		{What: "gzip, a bomb in a bomb", Say: encoded("gzip, gzip", bomb, gzipped, gzipped), Means: oversize},
		{What: "gzip a hundred times", Say: encoded(strings.Repeat("gzip, ", 99) + "gzip"), Means: contract},
		{What: "deflate", Say: encoded("deflate", zlibbed)},
		{What: "deflate, bare", Say: encoded("deflate", deflated)},
		{What: "deflate, and more after it", Say: encoded("deflate", zlibbed, more), Means: contract},
		{What: "deflate, cut", Say: encoded("deflate", zlibbed, half), Means: cut},
		{What: "deflate, a bomb", Say: encoded("deflate", bomb, zlibbed), Means: oversize},
		{What: "deflate that is none", Say: encoded("deflate", func([]byte) []byte { return []byte("\x07 is of no kind") }), Means: contract},
		{What: "br", Say: encoded("br", brotlied)},
		{What: "br, and more after it", Say: encoded("br", brotlied, more), Means: contract},
		{What: "br, cut", Say: encoded("br", brotlied, half), Means: cut},
		{What: "br, a bomb", Say: encoded("br", bomb, brotlied), Means: oversize},
		{What: "br that is none", Say: encoded("br"), Means: contract},
		{What: "zstd", Say: encoded("zstd", zstded)},
		{What: "zstd, and more after it", Say: encoded("zstd", zstded, more), Means: contract},
		{What: "zstd, cut", Say: encoded("zstd", zstded, half), Means: cut},
		{What: "zstd, a bomb", Say: encoded("zstd", bomb, zstded), Means: oversize},
		{What: "zstd that is none", Say: encoded("zstd"), Means: contract},
		{What: "zstd with a window of 2 GB", Say: raw("HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\n\r\n\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"), Means: contract},
		{What: "an encoding that nobody knows", Say: encoded("compress"), Means: contract},

		{What: "a slow drip of body", Say: raw("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"), Then: " ", Means: timeout},
		{What: "a slow drip of chunks", Say: raw(chunked("")), Then: "1\r\n \r\n", Means: timeout},
		{What: "a slow drip of headers", Say: raw("HTTP/1.1 200 OK\r\nX-"), Then: "x", Means: timeout},
		{What: "a slow drip of hints", Say: raw(""), Then: "HTTP/1.1 103 Early Hints\r\n\r\n", Means: timeout},
		{What: "silence", Say: raw(""), End: Silence, Means: timeout},
		{What: "silence after the headers", Say: raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"), End: Silence, Means: timeout},
		{What: "silence in the middle of gzip", Say: func(truth string) string {
			return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n" + string(half(gzipped([]byte(truth))))
		}, End: Silence, Means: timeout},
	}
}

func raw(text string) func(string) string { return func(string) string { return text } }

// line is the truth behind a status line, until the connection ends.
func line(status string) func(string) string {
	return func(truth string) string { return status + "\r\nContent-Type: application/json\r\n\r\n" + truth }
}

// with is the truth behind headers, until the connection ends.
func with(header ...string) func(string) string {
	return line(strings.Join(append([]string{"HTTP/1.1 200 OK"}, header...), "\r\n"))
}

// after is the truth behind something else.
func after(text string) func(string) string {
	return func(truth string) string { return text + whole(truth) }
}

// length is the truth behind a length that is so much too large.
func length(more int, header ...string) func(string) string {
	return func(truth string) string {
		return with(append(header, fmt.Sprintf("Content-Length: %d", len(truth)+more))...)(truth)
	}
}

// whole is an answer as it should be.
func whole(body string) string { return length(0)(body) }

// ending is said where something follows that is no part of the answer: net/http may send one more request on such a
// connection before it sees that, and then it is a matter of chance whose answer is lost.
const ending = "Connection: close"

// last is an answer as it should be, after which the connection is no good.
func last(body string) string { return length(0, ending)(body) }

func chunked(chunks string) string { return with("Transfer-Encoding: chunked")(chunks) }

func chunk(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }
