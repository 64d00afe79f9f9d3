package sandbox

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// position is where a record stands in an order: by its value, then its id. Like
// a cursor it stays right while other records come.
type position [2]int64

func (p position) compare(q position) int { return slices.Compare(p[:], q[:]) }

// cursor names a place between records.
type cursor struct {
	Order string   `json:"o"`
	Value position `json:"v"`
}

func (c cursor) String() string {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // two integers and a string
	}
	return base64.StdEncoding.EncodeToString(text)
}

// parseCursor reads a cursor of an order; ok is false when it is none.
func parseCursor(s, order string) (at position, ok bool) {
	var c cursor
	text, err := base64.StdEncoding.DecodeString(s)
	return c.Value, err == nil && json.Unmarshal(text, &c) == nil && c.Order == order
}

// byCursor writes a page of the newer way. As at the vendor, the cursors and
// links of a page are there even where nothing lies beyond: has_more says so.
func (l zendeskList[T]) byCursor(z *zendesk, w http.ResponseWriter, r *http.Request, all []T) {
	query := r.URL.Query()
	order := cmp.Or(query.Get("sort"), "id")
	if !slices.Contains([]string{"id", "-id", "updated_at", "-updated_at"}, order) {
		zendeskBadPage(w, "InvalidPaginationParameter", "sort is not valid")
		return
	}
	size, ok := zendeskNumber(query, "page[size]", 100)
	if !ok || size > 100 {
		zendeskBadPage(w, "InvalidPaginationParameter", "page[size] must be between 1 and 100")
		return
	}
	all, at := l.sorted(all, order)
	part, more, wrong := cutPage(all, query, size, func(c string) (func(T) int, bool) {
		p, ok := parseCursor(c, order)
		return func(one T) int { return at(one).compare(p) }, ok
	})
	if wrong != "" {
		zendeskBadPage(w, "InvalidPaginationParameter", wrong)
		return
	}
	meta := map[string]any{"has_more": more, "after_cursor": nil, "before_cursor": nil}
	links := map[string]any{"next": nil, "prev": nil}
	if len(part) > 0 {
		after, before := cursor{order, at(part[len(part)-1])}.String(), cursor{order, at(part[0])}.String()
		meta["after_cursor"], meta["before_cursor"] = after, before
		links["next"] = z.link(r, map[string]string{"page[after]": after, "page[before]": ""})
		links["prev"] = z.link(r, map[string]string{"page[before]": before, "page[after]": ""})
	}
	l.write(z, w, r, part, map[string]any{"meta": meta, "links": links})
}

// cutPage takes the page of all after page[after], or the one before
// page[before]. More says whether there is more in that direction. A from
// returns how a record compares with a cursor.
func cutPage[T any](all []T, query url.Values, size int, from func(cursor string) (func(T) int, bool)) (part []T, more bool, wrong string) {
	after, before := query.Get("page[after]"), query.Get("page[before]")
	switch {
	case after != "" && before != "":
		return nil, false, "page[after] and page[before] cannot be used together"
	case before != "":
		compare, ok := from(before)
		if !ok {
			return nil, false, "page[before] is not valid"
		}
		end := slices.IndexFunc(all, func(one T) bool { return compare(one) >= 0 })
		if end < 0 {
			end = len(all)
		}
		first := max(end-size, 0)
		return all[first:end], first > 0, ""
	case after != "":
		compare, ok := from(after)
		if !ok {
			return nil, false, "page[after] is not valid"
		}
		first := slices.IndexFunc(all, func(one T) bool { return compare(one) > 0 })
		if first < 0 {
			first = len(all)
		}
		all = all[first:]
	}
	return all[:min(size, len(all))], len(all) > size, ""
}

// sorted returns all in an order such as "id" or "-updated_at", and where each stands.
func (l zendeskList[T]) sorted(all []T, order string) ([]T, func(T) position) {
	field, descending := strings.CutPrefix(order, "-")
	at := func(one T) position {
		p := position{l.id(one), l.id(one)}
		if field == "updated_at" {
			p[0] = l.updated(one).Unix()
		}
		if descending {
			p[0], p[1] = -p[0], -p[1]
		}
		return p
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b T) int { return at(a).compare(at(b)) })
	return all, at
}
