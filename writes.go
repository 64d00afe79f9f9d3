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
	"holdfast/upstreams/field"
)

const writesUsage = `Shows the changes that are recorded, those with an idempotency key, and says what became of
one where nobody knows.

  holdfast writes [list] [flags]                  changes, the oldest first
  holdfast writes show ID [flags]                 one of them: its states, times and reasons
  holdfast writes resolve ID -made|-not-made      one that is UNKNOWN was made, or was not
  holdfast writes cancel ID                       one that waits is not sent
  holdfast writes retry ID                        one that waits, or could not be sent, is
  holdfast writes erase ID                        one that is over leaves no trace: its key is free

ID is what list shows; that of an answer's extensions.write will do. Look at the source
before you resolve: what was not made is sent again for who comes with its key, and what was
made never is. What was sent and answered is shown with -values only: it may be secret. The
gateway that runs on the data directory is asked; where none runs, the directory is opened
instead. The exit status is 0, 2 when what was asked makes no sense, else 1, also when there
is no such change, or it is in another state.
`

const writesExamples = `
Examples:
  holdfast writes -state UNKNOWN
  holdfast writes list -source stripe -age 10m -format json
  holdfast writes show mfzwizltoqytembqgaytemzugu
  holdfast writes resolve mfzwizltoqytembqgaytemzugu -not-made
`

// ofWrites is what is asked of changes.
type ofWrites struct {
	field, state  string
	age           time.Duration
	made, notMade bool
}

func writesFlags(o *options, f *flag.FlagSet) {
	f.StringVar(&o.operate.asked.Source, "source", "", "of list: only changes of the source of that `name`")
	f.StringVar(&o.operate.writes.field, "field", "", "of list: only changes of that `field`, such as Mutation.refundPayment")
	f.StringVar(&o.operate.writes.state, "state", "", "of list: only changes in that `state`, such as UNKNOWN")
	f.DurationVar(&o.operate.writes.age, "age", 0, "of list: only changes that were accepted at least so long ago")
	f.IntVar(&o.operate.limit, "limit", 100, "of list: the most `changes` that are shown")
	f.BoolVar(&o.operate.values, "values", false, "of show: what was sent and answered, too")
	f.BoolVar(&o.operate.writes.made, "made", false, "of resolve: it was made")
	f.BoolVar(&o.operate.writes.notMade, "not-made", false, "of resolve: it was not made")
	operateFlags(o, f)
}

func writesVerbs() []string { return []string{"list", "show", "resolve", "cancel", "retry", "erase"} }

func writesArgs(o *options, args []string) ([]string, error) {
	o.operate.onWrites, o.operate.verb = true, "list"
	if len(args) > 0 {
		o.operate.verb, args = args[0], args[1:]
	}
	switch o.operate.verb {
	case "list":
		return args, nil
	case "show", "resolve", "cancel", "retry", "erase":
	default:
		return nil, fmt.Errorf("%q: expected %s;", o.operate.verb, field.Either(writesVerbs()))
	}
	if len(args) == 0 {
		return nil, errors.New("expected the ID of a change;")
	}
	if o.operate.verb == "resolve" && o.operate.writes.made == o.operate.writes.notMade {
		return nil, errors.New("expected either -made or -not-made: look at the source first;")
	}
	o.operate.key, _, _ = strings.Cut(args[0], "-") // what callers are told has a secret behind it
	return args[1:], nil
}

// operateWrites shows changes, or does something about one.
func operateWrites(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error {
	switch o.operate.verb {
	case "list":
		return listWrites(ctx, o, env, stdout, stderr)
	case "show":
		return showWrite(ctx, o, env, stdout, stderr)
	}
	var body any = struct{}{}
	if o.operate.verb == "resolve" {
		body = admin.Resolution{Made: &o.operate.writes.made}
	}
	var is admin.WriteDone
	err := operate(ctx, o, env, stderr, func(c *admin.Client) error {
		return c.Post(ctx, o.writePath()+"/"+o.operate.verb, body, &is)
	})
	switch {
	case err != nil:
		return err
	case o.format == "json":
		return printJSON(stdout, is)
	case is.Erased:
		_, err = fmt.Fprintln(stdout, is.ID+" is erased")
	default:
		_, err = fmt.Fprintln(stdout, is.ID+" is "+is.State)
	}
	return err
}

func (o options) writePath() string { return "/v1/writes/" + url.PathEscape(o.operate.key) }

func listWrites(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error {
	query := url.Values{"limit": {strconv.Itoa(o.operate.limit)}}
	for name, value := range map[string]string{"source": o.operate.asked.Source, "field": o.operate.writes.field, "state": o.operate.writes.state} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if o.operate.writes.age != 0 {
		query.Set("age", o.operate.writes.age.String())
	}
	var found admin.WriteList
	err := operate(ctx, o, env, stderr, func(c *admin.Client) error { return c.Get(ctx, "/v1/writes?"+query.Encode(), &found) })
	switch {
	case err != nil:
		return err
	case o.format == "json":
		return printJSON(stdout, found)
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tAGE\tTRIES\tREASON\tWHAT")
	for _, one := range found.Writes {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s %s\n", one.ID, one.State, ageText(one.AgeSeconds), one.Attempts, one.Reason, one.Source, one.Field)
	}
	if found.More {
		fmt.Fprintln(w, "there are more: see -limit")
	}
	return w.Flush()
}

func showWrite(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error {
	query := url.Values{"values": {strconv.FormatBool(o.operate.values)}}
	var found admin.Write
	err := operate(ctx, o, env, stderr, func(c *admin.Client) error { return c.Get(ctx, o.writePath()+"?"+query.Encode(), &found) })
	switch {
	case err != nil:
		return err
	case o.format == "json":
		return printJSON(stdout, found)
	}
	return printWrite(stdout, found)
}

// by says who wanted something; "" if nobody is known.
func by(who string) string {
	if who == "" {
		return ""
	}
	return "by " + who
}

func printWrite(stdout io.Writer, is admin.Write) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
	}
	when := func(name string, at time.Time) {
		if !at.IsZero() {
			line(name, at.Format(time.RFC3339))
		}
	}
	line("id", is.ID)
	line("state", is.State)
	line("reason", is.Reason)
	line("source", is.Source)
	line("field", is.Field)
	line("caller", is.Caller)
	line("key", is.Key)
	line("lane", is.Lane)
	line("age", ageText(is.AgeSeconds))
	when("accepted", is.Accepted)
	when("first sent", is.FirstSent)
	when("known until", is.KnownUntil)
	when("next try", is.NextTry)
	when("expires", is.Expires)
	line("tries", strconv.Itoa(is.Attempts))
	if is.Status != 0 {
		line("status", strconv.Itoa(is.Status))
	}
	for _, step := range is.History {
		line(step.At.Format(time.RFC3339), strings.Join(strings.Fields(step.State+" "+step.Reason+" "+by(step.Who)), " "))
	}
	if v := is.Values; v != nil {
		line("message", v.Message)
		line("arguments", string(v.Args))
		line("request", v.Request.Method+" "+v.Request.Path)
		line("body", v.Request.Body)
		if v.Answer != nil {
			line("answer", v.Answer.Body)
		}
	}
	return w.Flush()
}
