// Bench measures this program beside others that serve GraphQL over REST: over
// sockets, with the queries of the public benchmark (github.com/tailcallhq/graphql-benchmarks),
// driven by wrk, everything remembered. Make bench-peers runs it; docs/benchmarks.md
// has what it printed.
//
// Rounds are interleaved, so that what else the machine does meets all alike, and
// medians are printed. Read [measure] first.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	tailcall, _ := os.LookupEnv("TAILCALL")
	if err := run(ctx, os.Args[1:], tailcall, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) // all children ended with run
	}
}

// options are the flags.
type options struct {
	binary, schema, tailcall string
	rounds                   int
	each                     time.Duration
	own                      bool
}

func run(ctx context.Context, args []string, tailcall string, stdout io.Writer) error {
	if len(args) == 2 { // one of the servers below, as a process of its own
		switch args[0] {
		case "api":
			return listen(args[1], api())
		case "limit":
			return limit(args[1], os.Stdin, 0)
		case "slow":
			return limit(args[1], os.Stdin, computing)
		}
	}
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.binary, "binary", "", "the program; built from here by default")
	f.StringVar(&o.schema, "schema", "bench/schema", "folder of the graphs")
	f.StringVar(&o.tailcall, "tailcall", tailcall, "Tailcall's `program` (default: $TAILCALL, else that of "+peers+", else that of $PATH)")
	f.IntVar(&o.rounds, "rounds", 5, "number of rounds")
	f.DurationVar(&o.each, "for", 2*time.Second, "how long each is asked in each round; whole seconds")
	f.BoolVar(&o.own, "own", false, "measure this program only")
	if err := f.Parse(args); err != nil {
		return err
	}
	return measure(ctx, o, stdout)
}
