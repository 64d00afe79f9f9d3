package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// zendeskIDs reads a comma list of at most a hundred ids; false when it has refused.
func zendeskIDs(w http.ResponseWriter, r *http.Request, name string) ([]string, bool) {
	var ids []string
	for id := range strings.SplitSeq(r.URL.Query().Get(name), ",") {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	switch {
	case len(ids) == 0:
		zendeskBadParameter(w, "You passed an invalid value for the "+name+" attribute. must not be empty")
	case len(ids) > 100:
		zendeskBadParameter(w, "You passed an invalid value for the "+name+" attribute. must have at most 100 members")
	default:
		return ids, true
	}
	return nil, false
}

// showMany writes those of all that are wanted, by ascending id: once each,
// without a word on ids that nobody has.
func (l zendeskList[T]) showMany(w http.ResponseWriter, all []T, wanted func(T) bool) {
	found := slices.DeleteFunc(slices.Clone(all), func(one T) bool { return !wanted(one) })
	slices.SortFunc(found, func(a, b T) int { return cmp.Compare(l.id(a), l.id(b)) })
	shown := []any{}
	for _, one := range found {
		shown = append(shown, l.show(one))
	}
	writeJSON(w, http.StatusOK, map[string]any{l.key: shown, "count": len(shown), "next_page": nil, "previous_page": nil})
}

// wantedRecord returns the record of the path; nil when it has answered already.
func wantedRecord[T any](w http.ResponseWriter, r *http.Request, get func(int64) *T) *T {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		zendeskBadParameter(w, "You passed an invalid value for the id attribute. Invalid parameter: id must be an integer")
		return nil
	}
	is := get(id)
	if is == nil {
		zendeskError(w, http.StatusNotFound, "RecordNotFound", "Not found")
	}
	return is
}
