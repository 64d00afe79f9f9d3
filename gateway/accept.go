package gateway

import (
	"mime"
	"strconv"
	"strings"
)

// The two media types of GraphQL over HTTP. They differ in what a status means:
// under the first it speaks of the GraphQL request, under the second (also the
// one for clients that do not care) only of HTTP.
const (
	graphqlJSON = "application/graphql-response+json"
	plainJSON   = "application/json"
)

// negotiate returns the media type for the values of an Accept header, "" where
// none is acceptable. The higher quality wins; of equals, graphqlJSON if it was
// asked for by name, else plainJSON (RFC 9110 §12.5.1).
func negotiate(accept []string) string {
	if len(accept) == 0 {
		return plainJSON
	}
	if len(accept) == 1 {
		switch accept[0] { // as most clients say it
		case plainJSON, "*/*":
			return plainJSON
		case graphqlJSON, graphqlJSON + ", " + plainJSON, graphqlJSON + "," + plainJSON + ";q=0.9":
			return graphqlJSON
		}
	}
	ranges := strings.Join(accept, ",")
	if strings.TrimSpace(ranges) == "" {
		return plainJSON
	}
	var modern, plain preference
	for part := range strings.SplitSeq(ranges, ",") {
		modern.read(part, graphqlJSON)
		plain.read(part, plainJSON)
	}
	switch {
	case modern.quality == 0 && plain.quality == 0:
		return ""
	case modern.quality > plain.quality, modern.quality == plain.quality && modern.exact == named:
		return graphqlJSON
	default:
		return plainJSON
	}
}

// preference is how much a client wants one media type. The most specific range
// that matches decides, wherever it stands.
type preference struct {
	exact   int
	quality float64
}

// How specific a media range is.
const (
	anything = iota + 1
	anyKind
	named
)

// read takes one media range of an Accept header into account. Ranges that
// cannot be parsed, or want another charset than UTF-8, match nothing.
func (p *preference) read(part, media string) {
	name, params, err := mime.ParseMediaType(part)
	if err != nil {
		return
	}
	exact := 0
	switch name {
	case media:
		exact = named
	case "application/*":
		exact = anyKind
	case "*/*":
		exact = anything
	}
	charset, given := params["charset"]
	if exact == 0 || exact < p.exact || given && !strings.EqualFold(charset, "utf-8") {
		return
	}
	quality := 1.0
	if q, given := params["q"]; given {
		if quality, err = strconv.ParseFloat(q, 64); err != nil || quality < 0 || quality > 1 {
			return
		}
	}
	if exact > p.exact || quality > p.quality {
		p.exact, p.quality = exact, quality
	}
}
