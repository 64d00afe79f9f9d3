package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"

	"holdfast/admin"
	"holdfast/gateway"
	"holdfast/settings"
)

const adminUsage = `Shows the changes that are recorded in a browser: queues and states by source, what needs a
person, and buttons for what can be done about it.

  holdfast admin open [flags]

The gateway that runs on the data directory is asked, or the listener that -admin names. Its
page is brought to a port of this machine until the command is ended, and the address is
printed: what stands behind the # lets in whoever has it, and is good as long. Where no
gateway runs the directory is opened instead; then none can start on it meanwhile.
The exit status is 0 when it is ended, 2 when what was asked makes no sense, else 1.
`

const adminExamples = `
Examples:
  holdfast admin open
  holdfast admin open -data /var/lib/holdfast -listen 127.0.0.1:9090   # for: ssh -L 9090:127.0.0.1:9090 HOST
  HOLDFAST_ADMIN_TOKEN=... holdfast admin open -admin https://gateway.internal:9443
`

func adminFlags(o *options, f *flag.FlagSet) {
	f.StringVar(&o.listen, "listen", anyPort, "loopback `address` of the page")
	operateFlags(o, f)
}

func adminArgs(o *options, args []string) ([]string, error) {
	if len(args) == 0 || args[0] != "open" {
		return nil, errors.New("expected open;")
	}
	o.operate.onWrites = true
	return args[1:], nil
}

// anyPort is a port of this machine that the system chooses.
const anyPort = "127.0.0.1:0"

// openPage has the page of a gateway that runs, or of what it left, on a port of this machine until ctx ends.
func openPage(ctx context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) (err error) {
	l, err := listen(ctx, o.listen, "-listen")
	if err != nil {
		return err
	}
	page := &adminPage{listener: l, token: admin.NewToken()}
	defer page.close()
	if !gateway.IsLoopback(l.Addr()) {
		return settings.Wrong("-listen "+o.listen, "the page is for a browser on this machine: expected 127.0.0.1:PORT; for others open the gateway's own listener, with -admin HOST:PORT")
	}
	return operate(ctx, o, env, stderr, func(c *admin.Client) error {
		if err := c.Get(ctx, "/v1/writes?limit=1", &admin.WriteList{}); err != nil {
			return err
		}
		page.server = admin.Forward(c, page.config, slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
		if err := printPage(stdout, o.format, page.url()); err != nil {
			return err
		}
		return page.serve(ctx)
	})
}

func printPage(stdout io.Writer, format, url string) error {
	if format == "json" {
		return printJSON(stdout, map[string]string{"url": url})
	}
	_, err := fmt.Fprintln(stdout, url)
	return err
}

// An adminPage is a page about changes on a loopback port, for who has its address.
type adminPage struct {
	listener net.Listener
	server   *admin.Server
	token    string
}

// page opens a port for a page of the gateway.
func (b *builder) page(ctx context.Context, live *live) (*adminPage, error) {
	l, err := listen(ctx, anyPort, "-admin off, which leaves out the admin page")
	if err != nil {
		return nil, err
	}
	p := &adminPage{listener: l, token: admin.NewToken()}
	p.server = admin.New(p.config, "", b.log, b.operations(live)...)
	return p, nil
}

func (p *adminPage) config() admin.Config { return admin.ForPage(p.token) }

// url has the token in it.
func (p *adminPage) url() string { return admin.PageURL(p.listener.Addr().String(), p.token) }

// serve answers until ctx ends.
func (p *adminPage) serve(ctx context.Context) error {
	return p.server.Serve(ctx, p.listener, adminGrace)
}

// close is for when serve never ran.
func (p *adminPage) close() { _ = p.listener.Close() }
