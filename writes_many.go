package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"holdfast/admin"
	"holdfast/outbox"
)

// doMany does something about all changes that are meant, some at a time, says on stderr how far it is, and in the end
// about how many it was done.
func doMany(ctx context.Context, o options, c *admin.Client, stdout, stderr io.Writer) error {
	ask := o.operate.writes.meant
	if o.operate.verb == "resolve" {
		ask.Made = &o.operate.writes.made
	}
	var all admin.WritesDone
	for {
		var page admin.WritesDone
		if err := c.Post(ctx, "/v1/writes/"+o.operate.verb, ask, &page); err != nil {
			return undone(all, err)
		}
		all = all.And(page)
		if page.DryRun || !page.More {
			return o.printDone(stdout, all)
		}
		fmt.Fprintf(stderr, "%d of %d\n", all.Done+all.Failures, all.Found)
		ask.After = page.Next
	}
}

// undone is err, and how far it was until then.
func undone(all admin.WritesDone, err error) error {
	if all.Done+all.Failures == 0 {
		return err
	}
	return fmt.Errorf("after %d of %d changes: %w", all.Done+all.Failures, all.Found, err)
}

// printDone says about how many something was done. The error is that it could not be about some.
func (o options) printDone(stdout io.Writer, all admin.WritesDone) error {
	verb := o.operate.verb
	var err error
	switch {
	case o.format == "json":
		err = printJSON(stdout, all)
	case all.DryRun:
		_, err = fmt.Fprintf(stdout, "%s: %d changes are meant\n", verb, all.Found)
	default:
		_, err = fmt.Fprintf(stdout, "%s: done for %d of %d changes\n", verb, all.Done, all.Found)
	}
	if err != nil || all.Failures == 0 {
		return err
	}
	var why []string
	for _, f := range all.Failed {
		why = append(why, "\n  "+f.ID+": "+f.Message)
	}
	return fmt.Errorf("%s: not done for %d changes:%s", verb, all.Failures, strings.Join(why, ""))
}

// holdSources has nothing sent to sources, or again.
func holdSources(ctx context.Context, o options, c *admin.Client, stdout io.Writer) error {
	if o.operate.writes.all {
		var is outbox.Status
		if err := c.Post(ctx, "/v1/writes/resume", admin.Holding{All: true}, &is); err != nil {
			return err
		}
		return o.printStatus(stdout, is)
	}
	for _, source := range o.operate.writes.sources {
		var is outbox.SourceState
		if err := c.Post(ctx, "/v1/writes/"+o.operate.verb, admin.Holding{Source: source}, &is); err != nil {
			return err
		}
		if o.format == "json" {
			if err := printJSON(stdout, is); err != nil {
				return err
			}
			continue
		}
		said := source + " is sent to"
		if is.Held != "" {
			said = source + " is held: " + heldText(is)
		}
		if _, err := fmt.Fprintln(stdout, said); err != nil {
			return err
		}
	}
	return nil
}

func heldText(is outbox.SourceState) string {
	text := is.Held
	if is.By != "" {
		text += " by " + is.By
	}
	if !is.Since.IsZero() {
		text += " since " + is.Since.Format(time.RFC3339)
	}
	return text
}

// showOutbox prints how many changes there are, and what is held.
func showOutbox(ctx context.Context, o options, c *admin.Client, stdout io.Writer) error {
	var is outbox.Status
	if err := c.Get(ctx, "/v1/writes/status", &is); err != nil {
		return err
	}
	return o.printStatus(stdout, is)
}

func (o options) printStatus(stdout io.Writer, is outbox.Status) error {
	if o.format == "json" {
		return printJSON(stdout, is)
	}
	for _, line := range statusLines(is) {
		fmt.Fprintln(stdout, line)
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tSTATE\tCHANGES\tOLDEST\tHELD")
	for _, s := range is.Sources {
		states := slices.Sorted(maps.Keys(s.States))
		if len(states) == 0 && s.Held != "" {
			fmt.Fprintf(w, "%s\t\t0\t\t%s\n", s.Source, heldText(s))
		}
		for _, state := range states {
			held := ""
			if state == outbox.Held {
				held = heldText(s)
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", s.Source, state, s.States[state].Writes, ageText(time.Since(s.States[state].Oldest).Seconds()), held)
		}
	}
	return w.Flush()
}

// statusLines say what a person should know first.
func statusLines(is outbox.Status) (lines []string) {
	if is.Journal.Condition != outbox.JournalOpen {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("the journal is %s: %s", is.Journal.Condition, is.Journal.Reason)))
	}
	if is.Refuses != "" {
		lines = append(lines, "nothing is accepted: "+is.Refuses)
	}
	if !is.Known {
		lines = append(lines, "what was recorded before is not known yet")
	}
	if is.Held != "" {
		lines = append(lines, "all sources are held, until holdfast writes resume -all: "+is.HeldWhy)
	}
	for _, id := range is.Damaged {
		lines = append(lines, id+" cannot be read")
	}
	return lines
}
