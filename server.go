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
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	if _, ok := errors.AsType[*settingsError](err); ok {
		os.Exit(2)
	}
	os.Exit(1)
}

// options are the flags.
type options struct {
	listen, sandbox, config, data, log string
	sets                               sets
	schema                             string // of check
}

// sets are the values of a flag that may be given again.
type sets []string

// String is part of [flag.Value].
func (s *sets) String() string { return strings.Join(*s, " ") }

// Set is part of [flag.Value].
func (s *sets) Set(v string) error {
	*s = append(*s, v)
	return nil
}

const usage = `Holdfast is one GraphQL graph over REST APIs that keeps answering when they do not.

  holdfast [flags]         serve the graph, and the sandbox beside it
  holdfast check [flags]   check SDL and settings without serving anything

`

// run is the program: it returns when ctx ends, or with what keeps it from going on.
func run(ctx context.Context, args []string, env func(string) (string, bool), stdout, stderr io.Writer) error {
	command := serve
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		if args[0] != "check" {
			return &settingsError{args[0], "there is no such command; there is check, and without a command the server starts"}
		}
		command, args = check, args[1:]
	}
	var o options
	f := flag.NewFlagSet("holdfast", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprint(stderr, usage)
		f.PrintDefaults()
	}
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`address` to serve the graph on")
	f.StringVar(&o.sandbox, "sandbox", "127.0.0.1:8081", "`address` to serve the sandbox on, or off")
	f.StringVar(&o.config, "config", "holdfast.yaml", "settings `file`")
	f.StringVar(&o.data, "data", ".holdfast/", "`directory` of what outlives the program: rotated OAuth 2 refresh tokens; answers are kept in memory only so far")
	f.Var(&o.sets, "set", "`KEY=VALUE` on top of the settings file, such as sources.stripe.timeout=2s; may be repeated")
	f.StringVar(&o.log, "log", "text", "`form` of the log: text or json")
	f.StringVar(&o.schema, "schema", "graph/*.graphqls", "SDL `files` to check")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return &settingsError{"holdfast", err.Error()}
	case f.NArg() > 0:
		return &settingsError{f.Arg(0), "unexpected argument"}
	case o.log != "text" && o.log != "json":
		return &settingsError{"-log " + o.log, "expected text or json"}
	}
	return command(ctx, o, env, stdout, stderr)
}

// logger writes to w in the form that the flags ask for.
func (o options) logger(w io.Writer) *slog.Logger {
	if o.log == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
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
