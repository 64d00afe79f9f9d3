package upstreamtest

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// TextLies returns the lies of the text: answers that are whole on the wire. Their truth has items such as
// {"id":"1","n":2}; as a list it is an array of two, and so it is as a batch.
func TextLies() []Lie {
	const contract = "CONTRACT"
	return []Lie{
		{What: "a byte order mark", Say: text("\ufeff§")},
		{What: "UTF-16 with a mark", Say: typed("application/json", wide)},
		{What: "UTF-16 that is said", Say: typed("application/json; charset=utf-16", wide)},
		{What: "Latin-1 that is said", Say: typed("application/json; charset=iso-8859-1", item(`"n":2,"x":"caf`+"\xe9"+`"`))},
		{What: "a charset that nobody knows", Say: typed("application/json; charset=klingon", item(`"n":2`))},
		{What: "a type that is none", Say: typed(";;;", item(`"n":2`)), Means: contract},
		{What: "two types, and the first is wrong", Say: typed("text/html\r\nContent-Type: application/json", item(`"n":2`)), Means: contract},
		{What: "two types, and the second is wrong", Say: typed("application/json\r\nContent-Type: text/html", item(`"n":2`))},
		{What: "no type", Say: typed("", item(`"n":2`))},
		{What: "JSON by the name of HTML", Say: typed("text/html", item(`"n":2`)), Means: contract},
		{What: "JSON by the name of bytes", Say: typed("application/octet-stream", item(`"n":2`)), Means: contract},
		{What: "JSON by the name of a picture", Say: typed("image/png", item(`"n":2`)), Means: contract},
		{What: "a byte that is no UTF-8", Say: items(`"n":2,"x":"` + "\xff" + `"`)},
		{What: "a lone surrogate", Say: items(`"n":2,"x":"\ud800"`)},
		{What: "NUL in a string", Say: items(`"n":2,"x":"` + "\x00" + `"`), Means: contract},
		{What: "a line feed in a string", Say: items("\"n\":2,\"x\":\"a\nb\""), Means: contract},

		{What: "NaN", Say: items(`"n":NaN`), Means: contract},
		{What: "infinity", Say: items(`"n":-Infinity`), Means: contract},
		{What: "undefined", Say: items(`"n":undefined`), Means: contract},
		{What: "a number with a zero before", Say: items(`"n":02`), Means: contract},
		{What: "a number in hex", Say: items(`"n":0x2`), Means: contract},
		{What: "a whole number with a point", Say: items(`"n":2.0`)},
		{What: "a whole number by its exponent", Say: items(`"n":0.2e1`)},
		{What: "a number beyond Int", Say: items(`"n":2147483648`), Means: contract},
		{What: "a number beyond all", Say: items(`"n":1e999999999`), Means: contract},
		{What: "a number of 50,000 digits", Say: items(`"n":` + strings.Repeat("1", 50_000/2)), Means: contract},
		{What: "an exponent of 20,000 digits", Say: items(`"n":1e` + strings.Repeat("9", 20_000)), Means: contract},
		{What: "a fraction", Say: items(`"n":2.5`), Means: contract},
		{What: "a number that is a string", Say: items(`"n":"2"`), Means: contract},
		{What: "a number that is a word", Say: items(`"n":"two"`), Means: contract},
		{What: "a number that is a boolean", Say: items(`"n":true`), Means: contract},
		{What: "a number that is a list", Say: items(`"n":[2]`), Means: contract},
		{What: "a number that is an object", Say: items(`"n":{"n":2}`), Means: contract},
		{What: "a number that is null", Say: items(`"n":null`), Means: contract},
		{What: "no number", Say: items(`"m":2`), Means: contract},
		{What: "the key in capitals", Say: items(`"N":2`), Means: contract},
		{What: "a key twice", Say: items(`"n":1,"n":2`)},
		{What: "a key 4,000 times", Say: items(strings.Repeat(`"n":1,`, 3999) + `"n":2`)},
		{What: "4,000 keys", Say: func(truth string) string {
			var keys strings.Builder
			for i := range 1000 {
				fmt.Fprintf(&keys, `"k%d":null,`, i)
			}
			return items(keys.String() + `"n":2`)(truth)
		}},
		{What: "a key of 20 KB", Say: items(`"` + strings.Repeat("k", 20_000) + `":1,"n":2`)},
		{What: "a key without quotes", Say: items(`n:2`), Means: contract},
		{What: "single quotes", Say: func(truth string) string { return answer(strings.ReplaceAll(truth, `"`, `'`)) }, Means: contract},
		{What: "a comma at the end", Say: items(`"n":2,`), Means: contract},
		{What: "a comment", Say: text("§ // true"), Means: contract},
		{What: "half of it", Say: func(truth string) string { return answer(truth[:len(truth)/2]) }, Means: contract},
		{What: "depth", Say: items(`"n":2,"x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)), Means: contract},
		{What: "depth without end", Say: text(strings.Repeat(`{"n":`, 10_000)), Means: contract},
		{What: "depth in place of it", Say: text(strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000)), Means: contract},
		{What: "a body that is too large", Say: text("§" + strings.Repeat(" ", 1<<20)), Means: "OVERSIZE"},
		{What: "200,000 numbers that nobody asked for", Say: items(`"n":2,"x":[0` + strings.Repeat(",0", 200_000) + `]`)},
		{What: "50,000 objects that nobody asked for", Say: items(`"n":2,"x":[{}` + strings.Repeat(`,{"a":1}`, 50_000) + `]`)},

		{What: "it twice", Say: text("§§"), Means: contract},
		{What: "it twice, in lines", Say: text("§\n§\n"), Means: contract},
		{What: "it and garbage", Say: text("§}"), Means: contract},
		{What: "it and NUL", Say: text("§\x00"), Means: contract},
		{What: "it in a callback", Say: text("callback(§)"), Means: contract},
		{What: "it behind a guard", Say: text(")]}',\n§"), Means: contract},
		{What: "it as an event", Say: typed("text/event-stream", func(truth string) string { return "data: " + truth + "\n\n" }), Means: contract},
		{What: "it in an envelope", Say: text(`{"data":§}`), Means: contract},
		{What: "it in a list", Say: text(`[§]`), Means: contract},
		{What: "it in a string", Say: func(truth string) string { return answer(fmt.Sprintf("%q", truth)) }, Means: contract},
		{What: "a page", Say: typed("text/html", func(string) string { return "<html>down</html>" }), Means: contract},
		{What: "a page by the name of JSON", Say: text("<html>down</html>"), Means: contract},
		{What: "XML", Say: typed("application/xml", func(string) string { return `<?xml version="1.0"?><n>2</n>` }), Means: contract},
		{What: "YAML", Say: text("id: 1\nn: 2\n"), Means: contract},
		{What: "a form", Say: typed("application/x-www-form-urlencoded", func(string) string { return "id=1&n=2" }), Means: contract},
		{What: "errors with a good status", Say: text(`{"errors":[{"message":"no"}],"data":null}`), Means: contract},

		{What: "nothing at all", Say: text(""), Means: "null"},
		{What: "blanks", Say: text(" \r\n\t "), Means: contract},
		{What: "null", Say: text("null"), Means: "null"},
		{What: "a string", Say: text(`"n"`), Means: contract},
		{What: "an empty string", Say: text(`""`), Means: contract},
		{What: "a number", Say: text("7"), Means: contract},
		{What: "true", Say: text("true"), Means: contract},
		{What: "an object of nothing", Say: text("{}"), Means: contract},
		{What: "another object", Say: text(`{"code":0,"message":"ok"}`), Means: contract},
		{What: "an object in place of a list", Say: text(`{"id":"1","n":2}`), List: contract, Batch: contract},
		{What: "a list of nothing", Say: text("[]"), Means: contract, List: "nothing | nothing", Batch: "null null | null null"},
		{What: "a list of null", Say: text("[null,null]"), Means: contract, List: "null null | null null"},
		{What: "a list of numbers", Say: text("[1,2]"), Means: contract},
		{What: "a list of lists", Say: text("[[],[]]"), Means: contract},
		{What: "a list of strings", Say: text(`["a","b"]`), Means: contract},
		{What: "a list of empty objects", Say: text("[{},{}]"), Means: contract},
		{What: "what nobody asked for", Say: text(`[{"id":"foreign","n":2},{"id":"alien","n":2}]`), Means: contract, List: "2 2 | 2 2"},
		{What: "an id that is an object", Say: identity(`{"$oid":"1"}`), List: contract, Batch: contract},
		{What: "an id that is null", Say: identity(`null`), List: contract, Batch: contract},
		{What: "an id that is empty", Say: identity(`""`), Batch: contract},
		{What: "an id that is a boolean", Say: identity(`true`), List: contract, Batch: contract},
		{What: "all ids the same", Say: identity(`"same"`), Batch: contract},
		{What: "one item is bad", Say: func(truth string) string { return answer(strings.Replace(truth, `"n":2`, `"n":null`, 1)) }, Means: contract, List: "null 2 UPSTREAM_CONTRACT | null 2 UPSTREAM_CONTRACT", Batch: "1 2 STANDING_IN CONTRACT | null 2 UPSTREAM_CONTRACT"},
		{What: "one item is null", Say: func(truth string) string { return answer("[null" + truth[max(0, strings.Index(truth, "},")+1):]) }, Means: contract, List: "null 2 | null 2", Batch: "null 2 | null 2"},
		{What: "every item twice", Say: func(truth string) string {
			return answer(strings.Replace(truth, "]", ","+strings.TrimPrefix(truth, "["), 1))
		}, List: "2 2 2 2 | 2 2 2 2"},
		{What: "every item twice, and they differ: the first counts", Say: func(truth string) string {
			return answer(strings.Replace(truth, "]", ","+strings.ReplaceAll(strings.TrimPrefix(truth, "["), `"n":2`, `"n":9`), 1))
		}, List: "2 2 9 9 | 2 2 9 9"},
		{What: "the items turned around", Say: func(truth string) string {
			if i := strings.Index(truth, "},"); i > 0 {
				truth = "[" + strings.TrimSuffix(truth[i+2:], "]") + "," + truth[1:i+1] + "]"
			}
			return answer(truth)
		}},
		{What: "more items than were asked for", Say: func(truth string) string {
			return answer(strings.Replace(truth, "]", `,{"id":"more","n":2}]`, 1))
		}, List: "2 2 2 | 2 2 2"},
	}
}

// answer is a whole answer that says it is JSON.
func answer(body string) string { return typedAs("application/json", body) }

func typedAs(name, body string) string {
	head := "HTTP/1.1 200 OK\r\n"
	if name != "" {
		head += "Content-Type: " + name + "\r\n"
	}
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
}

func typed(name string, body func(string) string) func(string) string {
	return func(truth string) string { return typedAs(name, body(truth)) }
}

// text is an answer in which § stands for the truth.
func text(body string) func(string) string {
	return func(truth string) string { return answer(strings.ReplaceAll(body, "§", truth)) }
}

// item is the truth with something else in place of each number.
func item(fields string) func(string) string {
	return func(truth string) string { return strings.ReplaceAll(truth, `"n":2`, fields) }
}

func items(fields string) func(string) string {
	return func(truth string) string { return answer(item(fields)(truth)) }
}

// identity is the truth with another id in each item.
func identity(id string) func(string) string {
	return func(truth string) string {
		parts := strings.Split(truth, `"id":"`)
		for i, part := range parts[1:] {
			_, rest, _ := strings.Cut(part, `"`)
			parts[i+1] = id + rest
		}
		return answer(strings.Join(parts, `"id":`))
	}
}

// wide is a text in UTF-16, behind a mark.
func wide(truth string) string {
	b := []byte("\xff\xfe")
	for _, unit := range utf16.Encode([]rune(truth)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return string(b)
}
