package outcome

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Rules say what the answers of one source mean. The zero value leaves it to the defaults.
type Rules struct {
	// Down: the source is out of order. An old answer stands in. Default: 5xx, 408, 421, 425.
	Down []string `yaml:"down"`
	// Limited: we ask too often. An old answer stands in, and calls go out more slowly. Default: 429, and 403
	// with Retry-After or with a rate limit header that says that nothing is left.
	Limited []string `yaml:"limited"`
	// Refused: a no, which no old answer covers. Default: every status that nothing else is said of.
	Refused []string `yaml:"refused"`
	// Absent: there is no such thing: null where null may stand, else a no. Default: 404, 410.
	Absent []string `yaml:"absent"`
	// NotMade: a write that is answered so was not made, whatever else it means. Default: what is limited,
	// refused or absent, 401, 421, 425, and 503 with Retry-After.
	NotMade []string `yaml:"notMade"`
}

// Table is [Rules] ready for use. The zero value has the defaults.
type Table struct {
	is      []rule // the most special first
	notMade []rule
}

// rule is one word of an operator.
type rule struct {
	from, to    int
	header      string // canonical; "": any answer of that status
	value       string
	valued      bool
	is          Outcome
	specialness int
}

// A RuleError says which item of [Rules] is wrong.
type RuleError struct {
	Path   string // as in the file: limited.0
	Reason string
}

// Error returns path and reason.
func (e *RuleError) Error() string { return e.Path + ": " + e.Reason }

// Table reads the rules. The error is a *[RuleError].
func (r Rules) Table() (*Table, error) {
	t := &Table{}
	said := map[string]string{}
	for _, list := range []struct {
		name  string
		is    Outcome
		items []string
	}{{"down", Down, r.Down}, {"limited", Limited, r.Limited}, {"refused", Refused, r.Refused}, {"absent", Absent, r.Absent}} {
		for i, text := range list.items {
			at := list.name + "." + strconv.Itoa(i)
			parsed, err := parseRule(text)
			if err != nil {
				return nil, &RuleError{at, err.Error()}
			}
			key := fmt.Sprint(parsed)
			if other, ok := said[key]; ok {
				return nil, &RuleError{at, "the same is said in outcomes." + other}
			}
			said[key] = at
			parsed.is = list.is
			t.is = append(t.is, parsed)
		}
	}
	for i, text := range r.NotMade {
		parsed, err := parseRule(text)
		if err != nil {
			return nil, &RuleError{"notMade." + strconv.Itoa(i), err.Error()}
		}
		t.notMade = append(t.notMade, parsed)
	}
	slices.SortStableFunc(t.is, func(a, b rule) int { return b.specialness - a.specialness })
	return t, nil
}

// statuses are a number or a class of them.
var statuses = regexp.MustCompile(`^([1-9][0-9][0-9]|[2-5](xx|XX))$`)

var errRule = errors.New("expected a status such as 403 or 4xx, alone or with a header: 403 Retry-After, 403 X-Left=0")

// parseRule reads STATUS, STATUS HEADER or STATUS HEADER=VALUE.
func parseRule(text string) (rule, error) {
	status, condition, conditional := strings.Cut(strings.TrimSpace(text), " ")
	if !statuses.MatchString(status) {
		return rule{}, errRule
	}
	var r rule
	if n, err := strconv.Atoi(status); err == nil {
		r.from, r.to, r.specialness = n, n, 1
	} else {
		r.from = int(status[0]-'0') * 100
		r.to = r.from + 99
	}
	if !conditional {
		return r, nil
	}
	name, value, valued := strings.Cut(condition, "=")
	if name = strings.TrimSpace(name); !httpguts.ValidHeaderFieldName(name) {
		return rule{}, errRule
	}
	r.header, r.value, r.valued = http.CanonicalHeaderKey(name), strings.TrimSpace(value), valued
	r.specialness += 2
	return r, nil
}

// Names reports whether a rule is about answers of that status.
func (t *Table) Names(status int) bool {
	return slices.ContainsFunc(t.is, func(r rule) bool { return status >= r.from && status <= r.to })
}

// IsZero reports whether r says nothing.
func (r Rules) IsZero() bool {
	return len(r.Down)+len(r.Limited)+len(r.Refused)+len(r.Absent)+len(r.NotMade) == 0
}

// Of returns what a means, whether a rule says so, and whether a write that is answered so was not made.
func (t *Table) Of(a Answer) (is Outcome, ruled, notMade bool) {
	is, notMade = Of(a)
	for i := range t.is {
		if t.is[i].fits(a) {
			is, ruled, notMade = t.is[i].is, true, t.is[i].is.notMade()
			break
		}
	}
	for i := range t.notMade {
		notMade = notMade || t.notMade[i].fits(a)
	}
	return is, ruled, notMade
}

func (r rule) fits(a Answer) bool {
	switch values := a.Header[r.header]; {
	case a.Status < r.from || a.Status > r.to:
		return false
	case r.header == "":
		return true
	case !r.valued:
		return len(values) > 0
	default:
		return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(strings.TrimSpace(v), r.value) })
	}
}
