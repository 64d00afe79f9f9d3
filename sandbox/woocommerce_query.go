package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// wooQuery reads the parameters of a list and collects what is wrong with them.
// Like WordPress it ignores parameters it does not know.
type wooQuery struct {
	values url.Values
	wrong  map[string]wooFailure
}

func newWooQuery(r *http.Request) *wooQuery {
	return &wooQuery{values: r.URL.Query(), wrong: map[string]wooFailure{}}
}

func (q *wooQuery) refuse(name, code, message string) {
	q.wrong[name] = wooFailure{Code: code, Message: name + message}
}

// refused answers 400 if any parameter read so far is wrong.
func (q *wooQuery) refused(w http.ResponseWriter) bool {
	if len(q.wrong) == 0 {
		return false
	}
	params := map[string]string{}
	for name, failure := range q.wrong {
		params[name] = failure.Message
	}
	names := strings.Join(slices.Sorted(maps.Keys(params)), ", ")
	writeJSON(w, http.StatusBadRequest, wooFailure{
		Code: "rest_invalid_param", Message: "Invalid parameter(s): " + names,
		Data: &wooFailureData{Status: http.StatusBadRequest, Params: params, Details: q.wrong},
	})
	return true
}

func (q *wooQuery) has(name string) bool { return q.values.Get(name) != "" }

// number reads an integer; most 0 means that there is no upper bound.
func (q *wooQuery) number(name string, absent, least, most int) int {
	if !q.has(name) {
		return absent
	}
	n, err := strconv.Atoi(q.values.Get(name))
	switch {
	case err != nil:
		q.refuse(name, "rest_invalid_type", " is not of type integer.")
	case most == 0 && n < least:
		q.refuse(name, "rest_out_of_bounds", fmt.Sprintf(" must be greater than or equal to %d", least))
	case most > 0 && (n < least || n > most):
		q.refuse(name, "rest_out_of_bounds", fmt.Sprintf(" must be between %d (inclusive) and %d (inclusive)", least, most))
	default:
		return n
	}
	return absent
}

// list reads both ways to write a list: a=1,2 and a[]=1&a[]=2.
func (q *wooQuery) list(name string) []string {
	var all []string
	for _, value := range slices.Concat(q.values[name], q.values[name+"[]"]) {
		for item := range strings.SplitSeq(value, ",") {
			if item = strings.TrimSpace(item); item != "" {
				all = append(all, item)
			}
		}
	}
	return all
}

// numbers reads a list of integers.
func (q *wooQuery) numbers(name string) []int {
	var all []int
	for i, item := range q.list(name) {
		n, err := strconv.Atoi(item)
		if err != nil {
			q.refuse(name, "rest_invalid_type", fmt.Sprintf("[%d] is not of type integer.", i))
		}
		all = append(all, n)
	}
	return all
}

// choices reads a list whose members must be among allowed.
func (q *wooQuery) choices(name string, allowed ...string) []string {
	all := q.list(name)
	for i, item := range all {
		if !slices.Contains(allowed, item) {
			q.refuse(name, "rest_not_in_enum", fmt.Sprintf("[%d] is not one of %s.", i, strings.Join(allowed, ", ")))
		}
	}
	return all
}

// choice reads one of allowed, of which the first is meant when it is absent.
func (q *wooQuery) choice(name string, allowed ...string) string {
	if !q.has(name) {
		return allowed[0]
	}
	if value := q.values.Get(name); slices.Contains(allowed, value) {
		return value
	}
	q.refuse(name, "rest_not_in_enum", " is not one of "+strings.Join(allowed, ", ")+".")
	return allowed[0]
}

// date reads a time. Without a zone it is the shop's own, or UTC with
// dates_are_gmt. The zero time stands for an absent one.
func (q *wooQuery) date(name string) time.Time {
	if !q.has(name) {
		return time.Time{}
	}
	value := q.values.Get(name)
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		return t
	}
	zone := wooZone()
	if gmt := q.values.Get("dates_are_gmt"); gmt == "true" || gmt == "1" {
		zone = time.UTC
	}
	t, err := time.ParseInLocation(wooLayout, value, zone)
	if err != nil {
		q.refuse(name, "rest_invalid_date", " has an invalid date format.")
	}
	return t
}

// period returns whether a time lies after the one and before the other parameter.
func (q *wooQuery) period(after, before string) func(time.Time) bool {
	from, to := q.date(after), q.date(before)
	return func(t time.Time) bool {
		return (from.IsZero() || t.After(from)) && (to.IsZero() || t.Before(to))
	}
}

// direction reads the order of a list: 1 for ascending, -1 for descending.
func (q *wooQuery) direction(absent string) int {
	other := "asc"
	if absent == "asc" {
		other = "desc"
	}
	if q.choice("order", absent, other) == "desc" {
		return -1
	}
	return 1
}
