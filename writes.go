package main

import (
	"context"
	"encoding/json"
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

const writesUsage = `Shows the changes that are recorded: those with an idempotency key, and those that wait while
an API is out. Has them sent, or not, and says what became of one where nobody knows.

  holdfast writes [list] [flags]                  changes, those that were recorded first first
  holdfast writes status                          how many, by source and state, and what is held
  holdfast writes show ID                         one of them: its states, times and reasons
  holdfast writes resolve ID -made|-not-made      one that is UNKNOWN was made, or was not
  holdfast writes cancel ID                       one that waits is not sent
  holdfast writes retry ID                        one that waits, or could not be sent, is
  holdfast writes erase ID                        one that is over leaves no trace: its key is free
  holdfast writes export [flags]                  all that is kept of them, each as a line of JSON
  holdfast writes hold SOURCE...                  nothing that waits is sent to a source
  holdfast writes resume SOURCE...|-all           it is again; -all: whatever holds all sources is over

ID is what list shows; that of an answer's extensions.write will do. In place of an ID, -source,
-field, -state, -lane and -older say which are meant, all of them together: those of them are that
have a state which the verb is for (of erase: DEAD only if -state says so). -dry-run counts them.
Look at the source before you resolve: what was not made is sent again, and what was made never is.
What was sent and answered is shown with -values only: it may be secret. The gateway that runs on
the data directory is asked; where none runs, the directory is opened instead. The exit status is 0,
2 when what was asked makes no sense, else 1, also when there is no such change, when it is in
another state, or when something could not be done about some.
`

const writesExamples = `
Examples:
  holdfast writes -state UNKNOWN,DEAD
  holdfast writes list -source stripe -older 10m -format json
  holdfast writes show mfzwizltoqytembqgaytemzugu
  holdfast writes resolve mfzwizltoqytembqgaytemzugu -not-made
  holdfast writes hold stripe
  holdfast writes cancel -source stripe -lane pi_1 -dry-run
  holdfast writes retry -state DEAD -field Mutation.refundPayment
  holdfast writes export -source stripe -values > writes.ndjson
`

// ofWrites is what is asked of changes.
type ofWrites struct {
	meant         admin.WritesMeant
	older         time.Duration
	made, notMade bool
	all           bool
	sources       []string // to hold, or to resume
}

func writesFlags(o *options, f *flag.FlagSet) {
	w := &o.operate.writes
	f.StringVar(&w.meant.Source, "source", "", "only changes of the source of that `name`")
	f.StringVar(&w.meant.Field, "field", "", "only changes of that `field`, such as Mutation.refundPayment")
	f.StringVar(&w.meant.State, "state", "", "only changes in that `state`, such as UNKNOWN, or in one of several with commas between them")
	f.StringVar(&w.meant.Lane, "lane", "", "only changes of that `lane`: what @queue(order:) makes of their arguments")
	f.DurationVar(&w.older, "older", 0, "only changes that were accepted at least so long ago")
	f.IntVar(&o.operate.limit, "limit", 100, "of list: the most `changes` that are shown")
	f.BoolVar(&o.operate.values, "values", false, "of show and export: what was sent and answered, too")
	f.BoolVar(&w.made, "made", false, "of resolve: it was made")
	f.BoolVar(&w.notMade, "not-made", false, "of resolve: it was not made")
	f.BoolVar(&w.meant.DryRun, "dry-run", false, "where no ID is given: only count those that are meant")
	f.BoolVar(&w.all, "all", false, "of resume: what holds all sources is over, such as -outbox hold, or damage that you know of now")
	operateFlags(o, f)
}

func writesVerbs() []string {
	return []string{"list", "status", "show", "resolve", "cancel", "retry", "erase", "export", "hold", "resume"}
}

func writesArgs(o *options, args []string) ([]string, error) {
	w := &o.operate.writes
	o.operate.onWrites, o.operate.verb = true, "list"
	if len(args) > 0 {
		o.operate.verb, args = args[0], args[1:]
	}
	if w.older != 0 {
		w.meant.Older = w.older.String()
	}
	switch o.operate.verb {
	case "list", "status", "export":
		return args, nil
	case "hold", "resume":
		return nil, w.holding(o.operate.verb, args)
	case "show", "resolve", "cancel", "retry", "erase":
	default:
		return nil, fmt.Errorf("%q: expected %s;", o.operate.verb, field.Either(writesVerbs()))
	}
	if o.operate.verb == "resolve" && w.made == w.notMade {
		return nil, errors.New("expected either -made or -not-made: look at the source first;")
	}
	if many := w.many() || w.meant.DryRun; o.operate.verb != "show" && many {
		if len(args) > 0 {
			return nil, errors.New("expected either the ID of a change, or flags that say which are meant;")
		}
		return nil, nil
	}
	if len(args) == 0 {
		return nil, errors.New("expected the ID of a change, or of all but show -source, -field, -state, -lane or -older;")
	}
	o.operate.key, _, _ = strings.Cut(args[0], "-") // what callers are told has a secret behind it
	return args[1:], nil
}

// holding takes the sources that are to be held, or resumed.
func (w *ofWrites) holding(verb string, sources []string) error {
	w.sources = sources
	switch {
	case verb == "hold" && (w.all || len(sources) == 0):
		return errors.New("expected the names of sources;")
	case w.all == (len(sources) > 0):
		return errors.New("expected either the names of sources, or -all;")
	}
	return nil
}

// many reports whether flags say which changes are meant.
func (w ofWrites) many() bool {
	return w.meant.Source != "" || w.meant.Field != "" || w.meant.State != "" || w.meant.Lane != "" || w.older != 0
}

// operateWrites shows changes, or does something about them.
func operateWrites(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error {
	return operate(ctx, o, env, stderr, func(c *admin.Client) error {
		switch o.operate.verb {
		case "list":
			return listWrites(ctx, o, c, stdout)
		case "status":
			return showOutbox(ctx, o, c, stdout)
		case "show":
			return showWrite(ctx, o, c, stdout)
		case "export":
			return exportWrites(ctx, o, c, stdout)
		case "hold", "resume":
			return holdSources(ctx, o, c, stdout)
		}
		if o.operate.key == "" {
			return doMany(ctx, o, c, stdout, stderr)
		}
		return doOne(ctx, o, c, stdout)
	})
}

// doOne does something about one change.
func doOne(ctx context.Context, o options, c *admin.Client, stdout io.Writer) error {
	var body any = struct{}{}
	if o.operate.verb == "resolve" {
		body = admin.Resolution{Made: &o.operate.writes.made}
	}
	var is admin.WriteDone
	err := c.Post(ctx, o.writePath()+"/"+o.operate.verb, body, &is)
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

// listed asks for those that are meant, from after on.
func (o options) listed(limit int, after string) url.Values {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	m := o.operate.writes.meant
	for name, value := range map[string]string{"source": m.Source, "field": m.Field, "state": m.State, "lane": m.Lane, "older": m.Older, "after": after} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

func listWrites(ctx context.Context, o options, c *admin.Client, stdout io.Writer) error {
	var found admin.WriteList
	err := c.Get(ctx, "/v1/writes?"+o.listed(o.operate.limit, "").Encode(), &found)
	switch {
	case err != nil:
		return err
	case o.format == "json":
		return printJSON(stdout, found)
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tAGE\tTRIES\tREASON\tWHAT")
	for _, one := range found.Writes {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", one.ID, one.State, ageText(one.AgeSeconds), one.Attempts, one.Reason, strings.TrimSpace(one.Source+" "+one.Field+" "+one.Lane))
	}
	if found.More {
		fmt.Fprintln(w, "there are more: see -limit")
	}
	return w.Flush()
}

// exportedAtOnce is how many changes are asked for at once.
const exportedAtOnce = 500

// exportWrites prints all that is kept of changes, each as a line.
func exportWrites(ctx context.Context, o options, c *admin.Client, stdout io.Writer) error {
	out := json.NewEncoder(stdout)
	out.SetEscapeHTML(false)
	for after := ""; ; {
		query := o.listed(exportedAtOnce, after)
		query.Set("full", "true")
		query.Set("values", strconv.FormatBool(o.operate.values))
		var page admin.WriteList
		if err := c.Get(ctx, "/v1/writes?"+query.Encode(), &page); err != nil {
			return err
		}
		for _, one := range page.Writes {
			if err := out.Encode(one); err != nil {
				return err
			}
		}
		if after = page.Next; !page.More {
			return nil
		}
	}
}

func showWrite(ctx context.Context, o options, c *admin.Client, stdout io.Writer) error {
	query := url.Values{"values": {strconv.FormatBool(o.operate.values)}}
	var found admin.Write
	err := c.Get(ctx, o.writePath()+"?"+query.Encode(), &found)
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
	line("connector", is.Connector)
	line("caller", is.Caller)
	line("key", is.Key)
	line("lane", is.Lane)
	line("age", ageText(is.AgeSeconds))
	when("accepted", is.Accepted)
	when("first sent", is.FirstSent)
	when("known until", is.KnownUntil)
	when("next try", is.NextTry)
	when("next look", is.NextLook)
	when("made by, as of late", is.Made)
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
