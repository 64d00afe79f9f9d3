package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"time"

	"holdfast/admin"
	"holdfast/settings"
)

// admin is the server of who operates the gateway.
func (b *builder) admin(live *live, env func(string) (string, bool)) *admin.Server {
	token, _ := env(admin.EnvironmentToken)
	return admin.New(func() admin.Config { return live.settings().Admin }, token, b.log, b.operations(live)...)
}

// operations are what can be asked by who operates the gateway.
func (b *builder) operations(live *live) []admin.Route {
	return slices.Concat(
		admin.OfAnswers(newRemembered(b.cache, b.sdl, true, live.settings)),
		admin.OfWrites(recorded{b.box, b.sdl}),
		admin.OfEvents(told{b.inbox, live.webhooks}),
		admin.OfHealth(func() admin.Health {
			state, reasons := b.health()
			return admin.Health{Version: version(), State: state, Reasons: reasons}
		}),
	)
}

// adminGrace is how long calls of the admin listener may go on once the program ends.
const adminGrace = 5 * time.Second

// administration is the admin listener, and when it opens.
type administration struct {
	address  admin.Address
	server   *admin.Server
	listener net.Listener    // open already
	later    <-chan struct{} // it opens once this is closed; nil: it is open, or there is none
	log      *slog.Logger
}

// adminAddress is what -admin says. A socket in the data directory whose path no system takes is left out with a
// warning, unless it was asked for.
func (o options) adminAddress(log *slog.Logger) (admin.Address, error) {
	a, err := admin.ParseAddress(o.admin, o.dataDir())
	switch {
	case err != nil && o.admin == "":
		log.Warn("there is no admin listener", "reason", err.Error())
		return admin.Address{}, nil
	case err != nil:
		return admin.Address{}, settings.Wrong("-admin "+o.admin, err.Error())
	case a.Off() && o.admin == "":
		log.Info("there is no admin listener: -data none has no place for its socket; -admin unix:PATH or HOST:PORT opens one")
	}
	return a, nil
}

// openAdmin opens the listener at a for server. A socket of its own in the data directory it opens when that is held, as
// long as another process has it.
func openAdmin(ctx context.Context, a admin.Address, server *admin.Server, k *keep, log *slog.Logger) (*administration, error) {
	op := &administration{address: a, server: server, log: log}
	if a.Off() {
		return op, nil
	}
	if k.held != nil && a.Own(k.data) {
		op.later = k.held
		return op, nil
	}
	return op, op.open(ctx)
}

// open opens the listener.
func (op *administration) open(ctx context.Context) error {
	l, err := admin.Listen(ctx, op.address)
	if err != nil {
		return err
	}
	if err := op.server.Check(l); err != nil {
		return errors.Join(settings.Wrong("-admin "+op.address.String(), err.Error()), l.Close())
	}
	op.listener = l
	return nil
}

// serve answers until ctx ends.
func (op *administration) serve(ctx context.Context) error {
	if op.later != nil {
		select {
		case <-op.later:
		case <-ctx.Done():
			return nil
		}
		if err := op.open(ctx); err != nil {
			op.log.Error("the admin listener is off", "error", err.Error())
			return nil // the graph is served all the same
		}
	}
	if op.listener == nil {
		return nil
	}
	op.log.Info("administration", "address", where(op.listener))
	return op.server.Serve(ctx, op.listener, adminGrace)
}

// close is for when serve never ran.
func (op *administration) close() {
	if op.listener != nil {
		_ = op.listener.Close()
	}
}

// where is a listener's address as -admin has it.
func where(l net.Listener) string {
	if l.Addr().Network() == "unix" {
		return admin.Address{Socket: l.Addr().String()}.String()
	}
	return l.Addr().String()
}
