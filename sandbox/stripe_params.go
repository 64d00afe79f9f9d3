package sandbox

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stripeParams are the parameters of a request, from its query or its form;
// members of objects are written metadata[key], lists expand[].
type stripeParams struct {
	values url.Values
	expand expand // for lists, what lies below "data"
}

// readStripe reads the parameters and refuses those that are not allowed.
func readStripe(r *http.Request, allowed []string) (stripeParams, *stripeFailure) {
	p := stripeParams{values: r.URL.Query()}
	if r.Method == http.MethodPost {
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "" && kind != "application/x-www-form-urlencoded" {
			return p, invalid("Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
		}
		if err := r.ParseForm(); err != nil {
			return p, invalid("Invalid request: the form cannot be read.")
		}
		p.values = r.Form
	}
	for name := range p.values {
		if top, _, _ := strings.Cut(name, "["); !slices.Contains(allowed, top) {
			return p, invalid("Received unknown parameter: " + name).about(name).coded("parameter_unknown")
		}
	}
	p.expand = expand{}
	for name, paths := range p.values {
		if strings.HasPrefix(name, "expand[") {
			for _, path := range paths {
				p.expand.add(strings.Split(path, "."))
			}
		}
	}
	return p, nil
}

// object returns the members of an object parameter, such as metadata.
func (p stripeParams) object(name string) map[string]string {
	members := map[string]string{}
	for at, values := range p.values {
		if key, ok := strings.CutPrefix(at, name+"["); ok && len(values) > 0 {
			members[strings.TrimSuffix(key, "]")] = values[len(values)-1]
		}
	}
	return members
}

// integer reads a positive integer; 0 stands for an absent one.
func (p stripeParams) integer(name string, most int64) (int64, *stripeFailure) {
	text := p.values.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return 0, invalid("Invalid integer: " + text).about(name).coded("parameter_invalid_integer")
	case n < 1:
		return 0, invalid(fmt.Sprintf("This value must be greater than or equal to 1 (it currently is '%d').", n)).about(name)
	case n > most:
		return 0, invalid(fmt.Sprintf("This value must be less than or equal to %d (it currently is '%d').", most, n)).about(name)
	}
	return n, nil
}

// created returns whether a time is wanted by created or created[gte] and kin.
func (p stripeParams) created() (func(time.Time) bool, *stripeFailure) {
	bounds := p.object("created")
	if exactly := p.values.Get("created"); exactly != "" {
		bounds["gte"], bounds["lte"] = exactly, exactly
	}
	at := map[string]int64{}
	for name, text := range bounds {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !slices.Contains([]string{"gt", "gte", "lt", "lte"}, name) {
			return nil, invalid("Invalid timestamp: " + text).about("created[" + name + "]")
		}
		at[name] = n
	}
	within := func(name string, keep func(bound int64) bool) bool {
		bound, set := at[name]
		return !set || keep(bound)
	}
	return func(t time.Time) bool {
		s := t.Unix()
		return within("gt", func(b int64) bool { return s > b }) && within("gte", func(b int64) bool { return s >= b }) &&
			within("lt", func(b int64) bool { return s < b }) && within("lte", func(b int64) bool { return s <= b })
	}, nil
}

// expand is a tree of the fields to show as objects instead of ids.
type expand map[string]expand

func (e expand) add(path []string) {
	if len(path) == 0 {
		return
	}
	if e[path[0]] == nil {
		e[path[0]] = expand{}
	}
	e[path[0]].add(path[1:])
}

// check refuses what an object of the kind cannot expand, and more than four levels.
func (e expand) check(kind string, depth int) *stripeFailure {
	for field, below := range e {
		next, ok := expandable(kind, field)
		if !ok {
			return invalid(fmt.Sprintf("This property cannot be expanded (%s).", field)).about("expand")
		}
		if depth == 4 {
			return invalid("You cannot expand more than 4 levels of a property.").about("expand")
		}
		if failure := below.check(next, depth+1); failure != nil {
			return failure
		}
	}
	return nil
}

// expandable returns the kind that a field of a kind expands to.
func expandable(kind, field string) (next string, ok bool) {
	switch kind + "." + field {
	case "payment_intent.latest_charge", "refund.charge":
		return "charge", true
	case "payment_intent.customer", "charge.customer":
		return "customer", true
	case "charge.payment_intent", "refund.payment_intent":
		return "payment_intent", true
	case "charge.refunds":
		return "refunds", true
	case "refunds.data", "list of refund.data":
		return "refund", true
	case "list of payment_intent.data":
		return "payment_intent", true
	case "list of customer.data":
		return "customer", true
	}
	return "", false
}
