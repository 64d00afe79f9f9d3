package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"holdfast/admin"
	"holdfast/events"
	"holdfast/upstreams/field"
)

const eventsUsage = `Shows what sources told of by webhooks, for seven days, and works it off once more.

  holdfast events [list] [flags]           events, the newest first
  holdfast events show ID [flags]          one of them, and what it changes
  holdfast events replay -since 2h|-id ID  what they told of is asked for again

To replay is for when @on, or the settings, were wrong, or the store is from a backup: what the
events changed is fresh no more, as the SDL says now. It doubles nothing. What was delivered is
shown with -values only: it may be secret. The gateway that runs on the data directory is asked;
where none runs, the directory is opened instead. The exit status is 0, 2 when what was asked
makes no sense, else 1, also when there is no such event, or one could not be worked off.
`

const eventsExamples = `
Examples:
  holdfast events -source stripe
  holdfast events list -failed -format json
  holdfast events show 0Gm9Yp1mXCEbgkHVLFzFSg -values
  holdfast events replay -since 24h -source stripe -dry-run
`

// ofEvents is what is asked of events.
type ofEvents struct {
	id, kind string
	since    time.Duration
	failed   bool
}

func eventsFlags(o *options, f *flag.FlagSet) {
	f.StringVar(&o.operate.asked.Source, "source", "", "only events of the source of that `name`")
	f.StringVar(&o.operate.events.kind, "type", "", "only events of that `type`, such as order.updated")
	f.DurationVar(&o.operate.events.since, "since", 0, "only events that came so long `ago` at most, such as 2h")
	f.StringVar(&o.operate.events.id, "id", "", "of replay: the event with that `ID`")
	f.BoolVar(&o.operate.events.failed, "failed", false, "only events that could not be worked off")
	f.BoolVar(&o.operate.asked.DryRun, "dry-run", false, "of replay: only count them, and change nothing")
	f.IntVar(&o.operate.limit, "limit", 100, "of list: the most `events` that are shown")
	f.BoolVar(&o.operate.values, "values", false, "of show: what was delivered, too")
	operateFlags(o, f)
}

func eventsArgs(o *options, args []string) ([]string, error) {
	o.operate.onEvents, o.operate.verb = true, "list"
	if len(args) > 0 {
		o.operate.verb, args = args[0], args[1:]
	}
	switch o.operate.verb {
	case "list":
	case "show":
		if len(args) == 0 {
			return nil, errors.New("expected the ID of an event;")
		}
		o.operate.key, args = args[0], args[1:]
	case "replay":
		if o.operate.events.since == 0 && o.operate.events.id == "" {
			return nil, errors.New("which events? expected -since or -id;")
		}
	default:
		return nil, fmt.Errorf("%q: expected %s;", o.operate.verb, field.Either([]string{"list", "show", "replay"}))
	}
	return args, nil
}

// operateEvents shows events, or works them off once more.
func operateEvents(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error {
	switch o.operate.verb {
	case "list":
		return listEvents(ctx, o, env, stdout, stderr)
	case "show":
		return showEvent(ctx, o, env, stdout, stderr)
	}
	asked := admin.EventReplay{
		ID: o.operate.events.id, Source: o.operate.asked.Source, Type: o.operate.events.kind,
		Failed: o.operate.events.failed, DryRun: o.operate.asked.DryRun,
	}
	if o.operate.events.since != 0 {
		asked.Since = o.operate.events.since.String()
	}
	var done events.Replayed
	err := operate(ctx, o, env, stderr, func(c *admin.Client) error { return c.Post(ctx, "/v1/events/replay", asked, &done) })
	if err != nil {
		return err
	}
	if o.format == "json" {
		err = printJSON(stdout, done)
	} else {
		said := "worked off"
		if asked.DryRun {
			said = "would be worked off"
		}
		_, err = fmt.Fprintf(stdout, "%d events: %d %s (of %d nothing says what they change), %d cannot be\n", done.Found, done.Worked, said, done.Unmatched, done.Failed)
	}
	if err == nil && done.Failed > 0 {
		err = fmt.Errorf("%d events cannot be worked off: see holdfast events -failed", done.Failed)
	}
	return err
}

func listEvents(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error {
	query := url.Values{"limit": {strconv.Itoa(o.operate.limit)}, "failed": {strconv.FormatBool(o.operate.events.failed)}}
	for name, value := range map[string]string{"source": o.operate.asked.Source, "type": o.operate.events.kind} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if o.operate.events.since != 0 {
		query.Set("since", o.operate.events.since.String())
	}
	var found admin.EventList
	err := operate(ctx, o, env, stderr, func(c *admin.Client) error { return c.Get(ctx, "/v1/events?"+query.Encode(), &found) })
	switch {
	case err != nil:
		return err
	case o.format == "json":
		return printJSON(stdout, found)
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tAGE\tBYTES\tWHAT\tFAILED")
	for _, e := range found.Events {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", e.ID, ageText(e.AgeSeconds), e.Bytes, strings.TrimSpace(e.Source+" "+e.Type), e.Failed)
	}
	if found.More {
		fmt.Fprintln(w, "there are more: see -limit")
	}
	return w.Flush()
}

func showEvent(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error {
	path := "/v1/events/" + url.PathEscape(o.operate.key) + "?values=" + strconv.FormatBool(o.operate.values)
	var e admin.Event
	err := operate(ctx, o, env, stderr, func(c *admin.Client) error { return c.Get(ctx, path, &e) })
	switch {
	case err != nil:
		return err
	case o.format == "json":
		return printJSON(stdout, e)
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
	}
	line("id", e.ID)
	line("source", e.Source)
	line("type", e.Type)
	line("its id", e.SourceID)
	if !e.Received.IsZero() {
		line("received", e.Received.Format(time.RFC3339))
	}
	line("age", ageText(e.AgeSeconds))
	line("bytes", strconv.Itoa(e.Bytes))
	line("changes", strings.Join(e.Tags, " "))
	line("failed", e.Failed)
	if v := e.Values; v != nil {
		for name, values := range v.Header {
			line(name, strings.Join(values, ", "))
		}
		line("body", v.Body)
	}
	return w.Flush()
}
