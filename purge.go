package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"holdfast/admin"
)

const purgeUsage = `Says that remembered answers are out of date: they are fresh no more, on every gateway
that shares the store, and are asked for again when they are needed. While an API is out
they still stand in, marked as old, unless -forget has them deleted.

  holdfast purge [flags] [TAG...]

A TAG is what answers depend on: Type:KEY of an object whose type has a key (Order:1001),
what @cache(tags:) says, source:NAME or connector:ID. explain and the trace of an answer
show which. The gateway that runs on the data directory is told, by its admin socket; where
none runs, the directory is opened instead. The exit status is 0 when it was done, 2 when
what was asked makes no sense, else 1.
`

const purgeExamples = `
Examples:
  holdfast purge Order:1001 Customer:7
  holdfast purge -source stripe
  holdfast purge -connector Query.order -dry-run
  holdfast purge -forget Customer:7                # nothing of it may stand in, either
  HOLDFAST_ADMIN_TOKEN=... holdfast purge -admin https://gateway-1.example.com:9443 -source stripe
`

func purgeFlags(o *options, f *flag.FlagSet) {
	f.StringVar(&o.operate.asked.Source, "source", "", "all answers of the source of that `name`")
	f.StringVar(&o.operate.asked.Connector, "connector", "", "all answers of the connector with that `ID`, such as Query.order")
	f.BoolVar(&o.operate.asked.Forget, "forget", false, "delete them, from memory, store and other gateways: they must not stand in either")
	f.BoolVar(&o.operate.asked.DryRun, "dry-run", false, "only count them, and change nothing")
	operateFlags(o, f)
}

func purgeArgs(o *options, args []string) ([]string, error) {
	o.operate.asked.Tags = args
	if len(args) == 0 && o.operate.asked.Source == "" && o.operate.asked.Connector == "" {
		return nil, errors.New("of what? expected tags, -source or -connector;")
	}
	return nil, nil
}

// purge says that answers are out of date.
func purge(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error {
	var done admin.Invalidated
	err := operate(ctx, o, env, stderr, func(c *admin.Client) error {
		return c.Post(ctx, "/v1/invalidate", o.operate.asked, &done)
	})
	if err != nil {
		return err
	}
	if o.format == "json" {
		return printJSON(stdout, done)
	}
	_, err = fmt.Fprintln(stdout, invalidatedText(done))
	return err
}

// invalidatedText says what came of a purge.
func invalidatedText(done admin.Invalidated) string {
	what := strings.Join(done.Tags, " ")
	if done.DryRun {
		return fmt.Sprintf("would purge %s: %s", what, countsText(done.Found))
	}
	kept := ""
	if !done.Durable {
		kept = "; in force, but not stored"
	}
	if done.Forget {
		if done.Unreadable > 0 {
			kept = fmt.Sprintf("; %d of those in the store could not be read (another version wrote them, or they are damaged), so nobody knows what they were", done.Unreadable) + kept
		}
		return fmt.Sprintf("forgotten: %s: %s deleted, %s left%s", what, countsText(done.Found), countsText(done.Left), kept)
	}
	return fmt.Sprintf("purged: %s%s", what, kept)
}

func countsText(c *admin.Counts) string {
	if c == nil || *c == (admin.Counts{}) {
		return "none"
	}
	return fmt.Sprintf("%d in memory and %d in the store", c.Memory, c.Store)
}
