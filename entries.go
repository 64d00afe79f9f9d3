package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"holdfast/admin"
	"holdfast/upstreams/field"
)

const cacheUsage = `Shows what is remembered of answers.

  holdfast cache stats [flags]         counts, by layer
  holdfast cache list [flags] [TAG...] answers, all or those with a tag
  holdfast cache show [flags] KEY      one answer: its age, windows, tags and size

KEY is the ID that list shows, or a URL, alone or behind its method. Bodies are never
shown, and values in the query of a URL only with -values: they may be secrets. The
gateway that runs on the data directory is asked; where none runs, the directory is opened
instead. The exit status is 0, 2 when what was asked makes no sense, else 1, also when
nothing is found.
`

const cacheExamples = `
Examples:
  holdfast cache stats
  holdfast cache list -source stripe
  holdfast cache show 'GET http://127.0.0.1:8081/woocommerce/wp-json/wc/v3/orders/1001'
`

func cacheFlags(o *options, f *flag.FlagSet) {
	f.StringVar(&o.operate.asked.Source, "source", "", "of list: only answers of the source of that `name`")
	f.StringVar(&o.operate.asked.Connector, "connector", "", "of list: only answers of the connector with that `ID`")
	f.IntVar(&o.operate.limit, "limit", 100, "of list: the most `answers` that are shown")
	f.BoolVar(&o.operate.values, "values", false, "show values in the query of URLs")
	operateFlags(o, f)
}

func cacheArgs(o *options, args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, errors.New("expected " + field.Either(cacheVerbs()) + ";")
	}
	o.operate.verb, args = args[0], args[1:]
	switch o.operate.verb {
	case "stats":
		return args, nil
	case "list":
		o.operate.asked.Tags = args
		return nil, nil
	case "show":
		if len(args) == 0 {
			return nil, errors.New("expected an ID or a URL;")
		}
		o.operate.key = args[0]
		return args[1:], nil
	}
	return nil, fmt.Errorf("%q: expected %s;", o.operate.verb, field.Either(cacheVerbs()))
}

func cacheVerbs() []string { return []string{"stats", "list", "show"} }

// showCache prints what is remembered.
func showCache(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error {
	if o.operate.verb == "stats" {
		return showStats(ctx, o, env, stdout, stderr)
	}
	query := url.Values{"values": {strconv.FormatBool(o.operate.values)}}
	path := "/v1/cache/" + url.PathEscape(o.operate.key)
	if o.operate.verb == "list" {
		path = "/v1/entries"
		query["tag"] = o.operate.asked.Tags
		query.Set("limit", strconv.Itoa(o.operate.limit))
		query.Set("source", o.operate.asked.Source)
		query.Set("connector", o.operate.asked.Connector)
	}
	var found admin.Entries
	err := operate(ctx, o, env, stderr, func(c *admin.Client) error { return c.Get(ctx, path+"?"+query.Encode(), &found) })
	switch {
	case err != nil:
		return err
	case o.format == "json":
		return printJSON(stdout, found)
	case o.operate.verb == "list":
		return printList(stdout, found)
	}
	for i, e := range found.Entries {
		if i > 0 {
			fmt.Fprintln(stdout)
		}
		if err := printEntry(stdout, e); err != nil {
			return err
		}
	}
	return nil
}

func showStats(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error {
	var stats map[string]any
	err := operate(ctx, o, env, stderr, func(c *admin.Client) error { return c.Get(ctx, "/v1/cache", &stats) })
	if err != nil {
		return err
	}
	if o.format == "json" {
		return printJSON(stdout, stats)
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	printTree(w, "", stats)
	return w.Flush()
}

// printTree prints values of JSON, one on a line, by their names.
func printTree(w io.Writer, prefix string, values map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch v := values[name].(type) {
		case map[string]any:
			printTree(w, prefix+name+".", v)
		default:
			fmt.Fprintf(w, "%s%s\t%v\n", prefix, name, v)
		}
	}
}

func printList(stdout io.Writer, found admin.Entries) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tAGE\tBYTES\tIN\tWHAT")
	for _, e := range found.Entries {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", e.ID, e.State, ageText(e.AgeSeconds), e.Bytes, strings.Join(e.In, ","), whatText(e))
	}
	if found.More {
		fmt.Fprintln(w, "there are more: see -limit")
	}
	return w.Flush()
}

// whatText is what an answer is of.
func whatText(e admin.Entry) string {
	if e.Item != "" {
		return e.Source + " " + e.Connector + " " + e.Item
	}
	return strings.TrimSpace(e.Source + " " + e.Method + " " + e.URL)
}

func printEntry(stdout io.Writer, e admin.Entry) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
	}
	line("id", e.ID)
	line("source", e.Source)
	line("connector", e.Connector)
	line("request", strings.TrimSpace(e.Method+" "+e.URL))
	line("item", e.Item)
	line("state", e.State)
	line("age", ageText(e.AgeSeconds))
	line("received", e.Received.Format(time.RFC3339))
	if e.Windows != nil {
		line("fresh", cmp.Or(e.Windows.Fresh, "as its headers say"))
		line("refresh", e.Windows.Refresh)
		line("stale", e.Windows.Stale)
	}
	if !e.KeptUntil.IsZero() {
		line("kept until", e.KeptUntil.Format(time.RFC3339))
	}
	line("status", strconv.Itoa(e.Status))
	line("bytes", strconv.Itoa(e.Bytes))
	line("in", strings.Join(e.In, ", "))
	if e.Scoped {
		line("scoped", "it is the answer to some callers only")
	}
	line("tags", strings.Join(e.Tags, " "))
	return w.Flush()
}

func ageText(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}

func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
