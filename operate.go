package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"holdfast/admin"
	"holdfast/settings"
)

// operation is what the commands that operate a gateway are asked.
type operation struct {
	ca     string
	verb   string // of cache, writes and store
	key    string // of cache show, and of writes
	limit  int    // of lists
	values bool   // of cache and writes
	asked  admin.Invalidation
	writes ofWrites
	events ofEvents

	onWrites, onEvents bool // it is asked of changes, or of events, not of answers
}

// noData is -data where nothing is kept.
const noData = "none"

// dataDir is the data directory, "" for none.
func (o options) dataDir() string {
	if o.data == noData {
		return ""
	}
	return o.data
}

func dataFlag(o *options, f *flag.FlagSet) {
	f.StringVar(&o.data, "data", ".holdfast/", "`directory` of what outlives the program: answers, bumps, rotated OAuth 2 refresh tokens, the admin socket; or none, for memory only")
}

// operateFlags are the flags of commands that operate a gateway.
func operateFlags(o *options, f *flag.FlagSet) {
	dataFlag(o, f)
	f.StringVar(&o.admin, "admin", "", "the gateway's admin listener: unix:PATH, HOST:PORT or https://HOST:PORT (default unix:DATA/"+admin.SocketName+"); the token is "+admin.EnvironmentToken+" in the environment")
	f.StringVar(&o.operate.ca, "ca", "", "`file` of the certificates that the listener's must lead to (default: the system's)")
	f.Func("format", "`form` of what is printed: text (the default) or json", oneOf(&o.format, "text", "json"))
	f.Var(&o.schema, "schema", schemaHelp)
	settingsFlags(o, f)
}

// operate asks the gateway that runs, or what it left.
func operate(ctx context.Context, o options, env func(string) (string, bool), stderr io.Writer, ask func(*admin.Client) error) error {
	c, closing, err := o.operator(ctx, env, stderr)
	if err != nil {
		return err
	}
	err = ask(c)
	if refused, ok := errors.AsType[*admin.RefusedError](err); ok && refused.Status == http.StatusBadRequest {
		err = settings.Wrong("holdfast", refused.Message)
	}
	return errors.Join(err, closing())
}

// operator is a client of the listener that -admin names, else of the gateway that has the data directory, else of
// what is in it.
func (o options) operator(ctx context.Context, env func(string) (string, bool), stderr io.Writer) (*admin.Client, func() error, error) {
	if o.given["admin"] {
		c, err := o.named(env)
		return c, func() error { return nil }, err
	}
	a, err := o.heldBy()
	if err != nil {
		return nil, nil, err
	}
	if !a.Off() {
		c, err := admin.NewClient(admin.Dial{Address: a})
		return c, func() error { c.Close(); return nil }, err
	}
	k, err := o.openKept(ctx, env, slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintln(stderr, k.said)
	server := admin.New(func() admin.Config { return admin.Config{} }, "", slog.New(slog.DiscardHandler), k.routes...)
	return server.Local(), k.close, nil
}

// named is a client of the listener that -admin names.
func (o options) named(env func(string) (string, bool)) (*admin.Client, error) {
	text, secured := strings.CutPrefix(o.admin, "https://")
	text = strings.TrimPrefix(text, "http://")
	a, err := admin.ParseAddress(text, "")
	switch {
	case err != nil:
		return nil, settings.Wrong("-admin", err.Error())
	case a.Off():
		return nil, settings.Wrong("-admin", "which listener? expected unix:PATH, HOST:PORT or https://HOST:PORT")
	}
	token, _ := env(admin.EnvironmentToken)
	if a.TCP != "" && token == "" {
		return nil, settings.Wrong("-admin", "the token of "+a.String()+" is missing: set "+admin.EnvironmentToken)
	}
	return admin.NewClient(admin.Dial{Address: a, Token: token, TLS: secured, CA: o.operate.ca})
}
