package httpcache

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
)

// maxVariants bounds the answers stored for one URI.
const maxVariants = 32

// variantsSlot holds the decoded list on its entry.
const variantsSlot = "httpcache variants"

// variant is one of the answers stored for a URI: which headers of a request choose it, and the key that
// a request must have under them.
type variant struct {
	Names []string `json:"names,omitempty"`
	Key   string   `json:"key,omitempty"`
}

// suffix is what follows the URI's key in the variant's own.
func (v variant) suffix() string { return "\n" + v.Key }

// variants are the answers stored for a URI, the one stored last first.
type variants []variant

// variants returns what is stored for the URI of x.
func (t *Transport) variants(x *exchange) variants {
	e := t.cache.Get(x.memory(), x.key, x.scope)
	if e == nil {
		return nil
	}
	v, _ := e.Value(variantsSlot, func() (any, error) {
		var list variants
		if json.Unmarshal(e.Body, &list) != nil {
			list = nil // as good as not there
		}
		return list, nil
	})
	list, _ := v.(variants)
	return list
}

// fitting returns the variants that may answer req. An answer without Vary among others that have one is
// taken for a mistake of its source and not chosen (RFC 9111 §4.1).
func (l variants) fitting(req *http.Request) variants {
	if len(l) == 1 && len(l[0].Names) == 0 {
		return l
	}
	varies := slices.ContainsFunc(l, func(v variant) bool { return len(v.Names) > 0 })
	var fit variants
	for _, v := range l {
		if varies && len(v.Names) == 0 {
			continue
		}
		if v.Key == (freshness.Vary{Names: v.Names}).Key(req) {
			fit = append(fit, v)
		}
	}
	return fit
}

// with returns l with v at its head, and what had to go for it.
func (l variants) with(v variant) (next, gone variants) {
	next = append(variants{v}, l.without(v.Key)...)
	if len(next) > maxVariants {
		next, gone = next[:maxVariants], next[maxVariants:]
	}
	return next, gone
}

func (l variants) without(key string) variants {
	return slices.DeleteFunc(slices.Clone(l), func(v variant) bool { return v.Key == key })
}

// list stores l as the list of x's URI.
func (t *Transport) list(x *exchange, l variants, keep time.Duration) {
	body, err := json.Marshal(l)
	if err != nil { // strings always marshal
		return
	}
	now := time.Now()
	_ = t.cache.Put(x.memory(), &cache.Entry{ // the cache counts the errors of its store
		Key: x.key, Scope: x.scope, Body: body, Asked: now, Received: now,
	}, keep)
}
