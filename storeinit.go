package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"holdfast/internal/jetstream"
	"holdfast/settings"
)

const storeUsage = `Makes what the gateway needs to remember answers in the NATS cluster that cache.store of the
settings names: its streams, and says of each whether it was made, changed or kept. Those
that are there keep what is in them, and get the limits of the settings (cache.disk), so it
may be run again. A gateway makes nothing there by itself.

  holdfast store init [flags]

The exit status is 0 when all is there, 2 when a flag or a setting is wrong, else 1.
`

const storeExamples = `
Examples:
  holdfast store init -config holdfast.yaml
  holdfast store init -set 'cache.store.nats=[nats-1.internal, nats-2.internal]' -set cache.store.name=shop
`

func storeFlags(o *options, f *flag.FlagSet) {
	f.Func("format", "`form` of what is printed: text (the default) or json", oneOf(&o.format, "text", "json"))
	f.Var(&o.schema, "schema", schemaHelp)
	settingsFlags(o, f)
}

func storeArgs(_ *options, args []string) ([]string, error) {
	if len(args) == 0 || args[0] != "init" {
		return nil, errors.New("expected init;")
	}
	return args[1:], nil
}

// initStore makes the streams in a cluster.
func initStore(ctx context.Context, o options, env func(string) (string, bool), stdout, _ io.Writer) error {
	set, _, err := o.ofGateway(env)
	if err != nil {
		return err
	}
	if set.Cache.Store.NATS == nil {
		return settings.Wrong("cache.store.nats", "is not set: the embedded store makes what it needs by itself")
	}
	external, err := externalStore(set.Cache.Store)
	if err != nil {
		return err
	}
	made, err := jetstream.Init(ctx, *external, jetstream.InitOptions{Bytes: set.Cache.DiskBytes()})
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(external.Servers, ", "), err)
	}
	if o.format == "json" {
		return printJSON(stdout, made)
	}
	for _, m := range made {
		fmt.Fprintf(stdout, "%s: %s\n", m.Stream, m.Did)
	}
	return nil
}
