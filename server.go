// Holdfast is one GraphQL graph over the REST APIs you do not control. It keeps
// answering when they do not, and says so.
//
// Read [run] first, then [serve]: everything is built there, bottom-up, in the
// order in which a request passes it from the other side. README.md says how to
// start it, docs/design.md why it is as it is.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"holdfast/cache"
	"holdfast/events"
	"holdfast/settings"
	"holdfast/upstreams/field"
)

func main() {
	log.SetOutput(io.Discard) // net/http prints there what an API sent unasked; our own log is slog
	os.Exit(exit(run(context.Background(), shippedGraph(), os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)))
}

// exit prints what ended the program and returns its exit status.
func exit(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	if s, ok := errors.AsType[signalError](err); ok {
		return s.status()
	}
	if _, ok := errors.AsType[*settings.Error](err); ok {
		return 2
	}
	return 1
}

// options are the graph, and the flags and arguments.
type options struct {
	graph                                                                 folder
	listen, webhooks, sandbox, config, data, admin, outbox, log, logLevel string
	sets                                                                  repeated

	schema                      repeated
	format                      string // of all commands
	query, variables, operation string // of explain, as below
	rows                        int
	tags                        bool            // of check
	operate                     operation       // of purge, cache, writes, events, admin and store
	given                       map[string]bool // flags that were set
}

// repeated are the values of a flag that may be given again.
type repeated []string

// String is part of [flag.Value].
func (r *repeated) String() string { return strings.Join(*r, " ") }

// Set is part of [flag.Value].
func (r *repeated) Set(v string) error {
	*r = append(*r, v)
	return nil
}

// A command is one thing that the program does.
type command struct {
	usage string // what it does, above its flags; examples come below them
	after string
	flags func(*options, *flag.FlagSet)
	// args takes the arguments, and returns those that are too many; nil: there are none.
	args func(*options, []string) ([]string, error)
	// drains says that it ends by itself soon after ctx. The others are left alone
	// where they are.
	drains bool
	run    func(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error
}

// commandNamed finds a command; "" is to serve.
func commandNamed(name string) (command, error) {
	switch name {
	case "":
		return command{usage: serveUsage, after: serveExamples, flags: serveFlags, drains: true, run: serve}, nil
	case "check":
		return command{usage: checkUsage, after: checkExamples, flags: checkFlags, run: check}, nil
	case "explain":
		return command{usage: explainUsage, after: explainExamples, flags: explainFlags, args: explainArgs, run: explainQuery}, nil
	case "purge":
		return command{usage: purgeUsage, after: purgeExamples, flags: purgeFlags, args: purgeArgs, run: purge}, nil
	case "cache":
		return command{usage: cacheUsage, after: cacheExamples, flags: cacheFlags, args: cacheArgs, run: showCache}, nil
	case "writes":
		return command{usage: writesUsage, after: writesExamples, flags: writesFlags, args: writesArgs, run: operateWrites}, nil
	case "events":
		return command{usage: eventsUsage, after: eventsExamples, flags: eventsFlags, args: eventsArgs, run: operateEvents}, nil
	case "admin":
		return command{usage: adminUsage, after: adminExamples, flags: adminFlags, args: adminArgs, drains: true, run: openPage}, nil
	case "store":
		return command{usage: storeUsage, after: storeExamples, flags: storeFlags, args: storeArgs, run: initStore}, nil
	}
	return command{}, settings.Wrong(name, "there is no such command; there are check, explain, purge, cache, writes, admin and store, and without a command the server starts")
}

// run is the program, with a graph to serve: it returns when ctx ends or a signal
// comes, or with what keeps it from going on.
func run(ctx context.Context, g folder, args []string, env func(string) (string, bool), stdout, stderr io.Writer) error {
	name := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	c, err := commandNamed(name)
	if err != nil {
		return err
	}
	o := options{graph: g, given: map[string]bool{}}
	f := flag.NewFlagSet(strings.TrimSpace("holdfast "+name), flag.ContinueOnError)
	f.SetOutput(io.Discard)
	c.flags(&o, f)
	rest, err := parse(f, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		c.help(f, stdout)
		return nil
	case err != nil:
		return settings.Wrong(f.Name(), err.Error()+"; see "+f.Name()+" -h")
	case c.args != nil:
		if rest, err = c.args(&o, rest); err != nil {
			return settings.Wrong(f.Name(), err.Error()+" see "+f.Name()+" -h")
		}
	}
	if len(rest) > 0 {
		return settings.Wrong(rest[0], "unexpected argument")
	}
	f.Visit(func(set *flag.Flag) { o.given[set.Name] = true })
	if o.given["data"] && o.data == "" {
		return settings.Wrong("-data", "is empty: expected a directory, or none")
	}
	ctx, stop := untilSignal(ctx)
	defer stop()
	work := func() error { return c.run(ctx, o, env, stdout, stderr) }
	if c.drains {
		return work()
	}
	return unlessSignalled(ctx, work)
}

// parse parses flags that may stand before and after arguments. The name of an entry is one, also if it begins with a dash.
func parse(f *flag.FlagSet, args []string) (rest []string, err error) {
	name := slices.IndexFunc(args, func(arg string) bool {
		_, err := cache.ParseID(arg)
		return err == nil && arg[0] == '-'
	})
	if name >= 0 {
		before, err := parse(f, args[:name])
		if err != nil {
			return nil, err
		}
		after, err := parse(f, args[name+1:])
		return slices.Concat(before, args[name:name+1], after), err
	}
	for {
		if err := f.Parse(args); err != nil || f.NArg() == 0 {
			return rest, err
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

func (c command) help(f *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, c.usage, "\nFlags:\n")
	f.SetOutput(w)
	f.PrintDefaults()
	fmt.Fprint(w, c.after)
}

const serveUsage = `Holdfast is one GraphQL graph over REST APIs that keeps answering when they do not.

  holdfast [flags]                 serve the graph, and the sandbox beside it
  holdfast check [flags]           say what is wrong with SDL and settings
  holdfast explain [flags] QUERY   say what a query costs, before it is run
  holdfast purge [flags] TAG...    say that answers are out of date, or are to be gone
  holdfast cache stats|list|show   show what is remembered
  holdfast writes [VERB]           show the changes that are recorded, and say what became of them
  holdfast events [VERB]           show what sources told of by webhooks, and work it off once more
  holdfast admin open              show them in a browser, with buttons
  holdfast store init              make what is needed to remember in a NATS cluster

Each command has its own help: holdfast check -h.
`

const serveExamples = `
Examples:
  holdfast                                        # the repository's graph over the sandbox
  holdfast -set sources.stripe.timeout=2s
  holdfast -sandbox off -set sources.stripe.url=https://api.stripe.com/v1 \
    -set sources.woocommerce.url=https://shop.example.com/wp-json/wc/v3 \
    -set sources.zendesk.url=https://shop.zendesk.com/api/v2
`

func serveFlags(o *options, f *flag.FlagSet) {
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`address` to serve the graph on")
	f.StringVar(&o.webhooks, "webhooks", "", "`address` to take webhooks on alone (default: beside the graph, at "+events.Path+"NAME)")
	dataFlag(o, f)
	f.StringVar(&o.admin, "admin", "", "admin listener: unix:PATH, `HOST:PORT` (with a token, see HOLDFAST_ADMIN_TOKEN) or off (default unix:DATA/admin.sock)")
	f.Func("outbox", "send (the default) or `hold` changes that wait: held, such as after a backup was put back, they are accepted and not sent until holdfast writes resume", oneOf(&o.outbox, "send", "hold"))
	f.Func("log", "`form` of the log: text (the default) or json", oneOf(&o.log, "text", "json"))
	f.Func("log-level", "least `level` that is logged: info (the default), debug, warn or error", oneOf(&o.logLevel, "info", "debug", "warn", "error"))
	f.Var(&o.schema, "schema", schemaHelp)
	settingsFlags(o, f)
}

const schemaHelp = "SDL: a `file`, a folder or a pattern; may be repeated (default: that of the repository's graph)"

// settingsFlags are the flags of all commands.
func settingsFlags(o *options, f *flag.FlagSet) {
	f.StringVar(&o.config, "config", "holdfast.yaml", "settings `file`")
	f.Var(&o.sets, "set", "`KEY=VALUE` on top of the settings file, such as sources.stripe.timeout=2s; may be repeated")
	f.StringVar(&o.sandbox, "sandbox", "127.0.0.1:8081", "`address` of the sandbox, or off: what ${SANDBOX} stands for")
}

// schemaFlags are the flags of commands that read SDL.
func schemaFlags(o *options, f *flag.FlagSet) {
	f.Var(&o.schema, "schema", schemaHelp)
	f.Func("format", "`form` of what is printed: text (the default) or json", oneOf(&o.format, "text", "json"))
	settingsFlags(o, f)
}

// oneOf sets a flag that has few values.
func oneOf(into *string, values ...string) func(string) error {
	*into = values[0]
	return func(v string) error {
		if !slices.Contains(values, v) {
			return errors.New("expected " + field.Either(values))
		}
		*into = v
		return nil
	}
}

// logger writes to w in the form that the flags ask for.
func (o options) logger(w io.Writer) *slog.Logger {
	var options slog.HandlerOptions
	var level slog.Level
	if level.UnmarshalText([]byte(o.logLevel)) == nil {
		options.Level = level
	}
	if o.log == "json" {
		return slog.New(slog.NewJSONHandler(w, &options))
	}
	return slog.New(slog.NewTextHandler(w, &options))
}

// version is the version of the module, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return info.Main.Version
}
