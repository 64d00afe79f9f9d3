package executortest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A step is one operation, and what happens before it.
type step struct {
	after     time.Duration
	headers   [][2]string
	variables map[string]any
	answers   []scripted // from now on, before all others
	count     bool       // calls of reads are counted, too
	document  string
}

// parseStep reads lines such as "after 2m" up to an empty one, then a document.
func parseStep(t *testing.T, text string) step {
	t.Helper()
	var s step
	var answers []string
	head, document, ok := strings.Cut(text, "\n\n")
	if !ok {
		head, document = "", text
	}
	for line := range strings.Lines(head) {
		line = strings.TrimRight(line, "\n")
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "after":
			d, err := time.ParseDuration(rest)
			if err != nil {
				t.Fatal(err)
			}
			s.after = d
		case "header":
			name, value, _ := strings.Cut(rest, ": ")
			s.headers = append(s.headers, [2]string{name, value})
		case "variables":
			d := json.NewDecoder(strings.NewReader(rest))
			d.UseNumber()
			if err := d.Decode(&s.variables); err != nil {
				t.Fatal(err)
			}
		case "count":
			s.count = true
		case "answer":
			answers = append(answers, rest)
		default:
			t.Fatalf("a step begins with %q", line)
		}
	}
	s.answers = parseAnswers(t, strings.Join(answers, "\n"))
	s.document = document
	return s
}

// play runs a step and returns what was asked and answered, as text.
func (w *World) play(s step) string {
	w.t.Helper()
	w.api.now(s.answers)
	if s.after > 0 {
		<-time.After(s.after) // of the bubble's clock
	}
	headers := []string{"X-Holdfast-Trace", "1"}
	for _, h := range s.headers {
		headers = append(headers, h[0], h[1])
	}
	rec := w.Ask(&Operation{Query: s.document, Variables: s.variables}, headers...)
	synctest.Wait() // what is remembered is there, and what goes on behind has asked
	var b strings.Builder
	for _, r := range w.api.look(s.count) {
		b.WriteString(r + "\n")
	}
	fmt.Fprintf(&b, "= %d\n", rec.Code)
	for _, name := range []string{"Cache-Control", "Age", "Cache-Status", "Vary"} {
		if value := rec.Header().Get(name); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	b.WriteString(legible(w.t, rec.Body.Bytes()))
	return b.String()
}

// A response is an answer whose members keep their order.
type response struct {
	Errors     []json.RawMessage          `json:"errors,omitempty"`
	Data       json.RawMessage            `json:"data,omitempty"`
	Extensions map[string]json.RawMessage `json:"extensions,omitempty"`
}

// legible is an answer with its errors in order and without what differs from
// run to run.
func legible(t *testing.T, body []byte) string {
	t.Helper()
	var r response
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if r.Extensions == nil {
		r.Extensions = map[string]json.RawMessage{}
	}
	slices.SortFunc(r.Errors, func(a, b json.RawMessage) int { return strings.Compare(errorKey(a), errorKey(b)) })
	r.Extensions["problems"] = problems(t, r.Extensions["trace"])
	delete(r.Extensions, "trace")
	var b strings.Builder
	for _, e := range r.Errors {
		b.WriteString("error " + compact(t, unplaced(t, e)) + "\n")
	}
	if len(r.Data) > 0 {
		var data bytes.Buffer
		if err := json.Indent(&data, r.Data, "", " "); err != nil {
			t.Fatal(err)
		}
		b.WriteString(data.String() + "\n")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Extensions)) {
		b.WriteString(came.ReplaceAllString(lines(t, name, r.Extensions[name]), ""))
	}
	return b.String()
}

// came is how a fresh answer came: who asked first of two that share a call is not
// known.
var came = regexp.MustCompile(`,"cache":"(hit|miss)"`)

// problems are those of a trace, each once: how often they are counted depends on who
// shares an answer.
func problems(t *testing.T, trace json.RawMessage) json.RawMessage {
	t.Helper()
	var in struct{ Problems []map[string]any }
	if len(trace) > 0 {
		if err := json.Unmarshal(trace, &in); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range in.Problems {
		delete(p, "count")
	}
	out, err := json.Marshal(in.Problems)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// unplaced is an error of execution without its place in the document: its path says
// where it is.
func unplaced(t *testing.T, e json.RawMessage) json.RawMessage {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(e, &all); err != nil {
		t.Fatal(err)
	}
	if all["path"] == nil {
		return e
	}
	delete(all, "locations")
	e, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// lines is one member of extensions: a list has a line for each item.
func lines(t *testing.T, name string, value json.RawMessage) string {
	t.Helper()
	var list []json.RawMessage
	if err := json.Unmarshal(value, &list); err != nil {
		return name + " " + compact(t, value) + "\n"
	}
	var all []string
	for _, item := range list {
		all = append(all, name+" "+compact(t, item)+"\n")
	}
	slices.Sort(all)
	return strings.Join(all, "")
}

func compact(t *testing.T, value json.RawMessage) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, value); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// errorKey orders errors by path, then by all they say.
func errorKey(e json.RawMessage) string {
	var at struct{ Path []any }
	if err := json.Unmarshal(e, &at); err != nil {
		return string(e)
	}
	return fmt.Sprint(at.Path) + string(e)
}
