package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast/cache"
	"holdfast/connect/once"
	"holdfast/events"
	"holdfast/gateway"
	"holdfast/outbox"
	"holdfast/sandbox"
	"holdfast/settings"
	"holdfast/upstreams"
	"holdfast/upstreams/body"
	"holdfast/upstreams/credential"
)

// drain is how long requests under way may take once the program is told to end.
const drain = 10 * time.Second

// serve serves the graph until told ends, and a little longer. It never waits for
// an API: those that are down are found out when they are asked.
func serve(told context.Context, o options, env func(string) (string, bool), _, stderr io.Writer) error {
	ctx, end := context.WithCancel(context.WithoutCancel(told))
	defer end()
	hup, stop := hangups()
	defer stop()
	out := &lines{to: stderr}
	defer out.close()
	log := o.logger(out)
	stand, err := openSandbox(ctx, o.sandbox)
	if err != nil {
		return err
	}
	defer stand.close()
	sdl, err := readGraph(o)
	if err != nil {
		return err
	}
	var set *settings.File
	var read [sha256.Size]byte
	err = unlessSignalled(told, func() (err error) {
		read = digest(o.config) // before it is read: a change from then on is not missed
		set, err = settings.Read(o.config, o.sets, stand.env(env), sourceNames(sdl))
		return err
	})
	if err != nil {
		return err
	}
	address, err := o.adminAddress(log)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, o.listen, "-listen")
	if err != nil {
		return err
	}
	defer listener.Close()
	hooked, err := o.listenForWebhooks(ctx)
	if err != nil {
		return err
	}
	if hooked != nil {
		defer hooked.Close()
	}
	tel, err := openTelemetry(ctx, env)
	if err != nil {
		return err
	}

	limitMemory(set, env, log)
	kept, err := openKeep(o, set, log)
	if err != nil {
		return err
	}
	answers, err := kept.cache(cacheConfig(set, sdl))
	if err != nil {
		return errors.Join(fmt.Errorf("cache: %w", err), kept.close(ctx))
	}
	defer closeStore(ctx, answers, kept, log)
	if err := tel.watchCache(answers, kept); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	alarmed, err := tel.countAlarms()
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	live := newLive(log)
	sender := once.NewSender(live.connectors)
	box := openOutbox(kept, set, outbox.Config{Send: sender.Send, Gate: sender, Settled: settled(sender, sdl, answers), Probe: prober{live, answers}.look, Alarm: alarmed, Held: o.outbox == "hold"}, log)
	defer closeOutbox(ctx, box, log)
	if err := tel.watchOutbox(box); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	inbox := openInbox(kept, set, answers, live.webhooks, log)
	if err := tel.watchInbox(inbox); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	if o.outbox == "hold" {
		log.Warn("changes that wait are not sent until somebody resumes, since -outbox says so")
	}
	streams, closeStreams := openStreams(ctx, set, answers, live, log)
	defer closeStreams()
	if err := tel.watchStreams(streams); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	b := &builder{
		config: o.config, graph: o.graph, sdl: sdl, env: environment(),
		loopback: gateway.IsLoopback(listener.Addr()), sandboxed: stand != nil,
		cache: answers, bodies: body.NewBudget(set.Gateway.BodyBytes()), learned: upstreams.NewLearned(credential.NewGrants(o.grantsDir())),
		keep: kept, box: box, once: once.New(box), inbox: inbox, streams: streams, tel: tel, log: log,
	}
	b.told = func(set *settings.File) { stand.tell(set, webhooksAt(listener, hooked)) }
	began := set
	first, err := b.build(set)
	if err != nil {
		return err
	}
	if len(set.Gateway.Hosts) == 0 && !b.loopback {
		log.Warn("requests are answered under every host name; gateway.hosts says which are ours")
	}
	live.begin(first)
	warnUnheard(sdl, first.hooks, log)
	receiver := events.NewReceiver(inbox, func(name string) *events.Source { return live.webhooks().sources[name] })
	front := doors(listener, hooked, live, receiver, log)
	operators, err := openAdmin(ctx, address, b.admin(live, env), kept, log)
	if err != nil {
		return errors.Join(err, live.close(ctx))
	}
	defer operators.close()
	var page *adminPage
	if stand != nil && o.admin != "off" && address.TCP == "" {
		if page, err = b.page(ctx, live); err != nil {
			return errors.Join(err, live.close(ctx))
		}
		defer page.close()
	}

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer end()
		drained(ctx, told, live, log)
		streams.Drain() // clients come again, elsewhere
		return nil
	})
	g.Go(func() error {
		kept.run(ctx)
		return nil
	})
	for _, d := range front {
		g.Go(d.serve)
	}
	working, rest := context.WithCancel(context.WithoutCancel(ctx))
	g.Go(func() error {
		inbox.Run(working)
		return nil
	})
	g.Go(func() error { return operators.serve(ctx) })
	if stand != nil {
		g.Go(func() error { return ended(stand.server.Serve(stand.listener)) })
		log.Info("sandbox", "url", stand.url())
	}
	if page != nil {
		g.Go(func() error { return page.serve(ctx) })
		log.Info("admin page", "url", page.url())
	}
	g.Go(func() error {
		return follow(ctx, o.config, read, hup, func() {
			live.reload(func() (*generation, error) {
				set, err := settings.Read(o.config, o.sets, stand.env(env), sourceNames(sdl))
				if err == nil {
					err = set.Keeps(live.settings(), o.config)
				}
				if err != nil {
					return nil, err
				}
				if later := set.Unchangeable(began); len(later) > 0 {
					log.Warn("a change of these settings takes a restart", "settings", strings.Join(later, " "))
				}
				return b.build(set)
			})
		})
	})
	log.Info("serving", "url", "http://"+listener.Addr().String(), "version", version())
	if hooked != nil {
		log.Info("webhooks", "url", webhooksAt(listener, hooked))
	}
	g.Go(func() error {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		err := finish(end, front)
		rest()                      // once nothing comes any more
		finishOutbox(end, box, log) // what it sends, it sends through what live has
		return errors.Join(err, live.close(end), stand.shutdown(end), tel.close(end))
	})
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// closeStore has what is on its way into the store arrive there, and gives back the directory.
func closeStore(ctx context.Context, answers *cache.Cache, kept *keep, log *slog.Logger) {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := errors.Join(answers.Close(end), kept.close(end)); err != nil {
		log.Warn("the store did not take all that it should remember", "error", err.Error())
	}
}

// drained returns when it is time to shut down: once the program is told to end.
// After SIGTERM, by which machines end programs, everything is served for a while
// yet: whoever sends requests here must notice first.
func drained(ctx, told context.Context, live *live, log *slog.Logger) {
	select {
	case <-told.Done():
	case <-ctx.Done():
	}
	delay := live.drain()
	if !terminated(told) {
		delay = 0
	}
	log.Info("draining", "delay", delay)
	pause(ctx, delay)
}

// listen opens a listener; flagName is the flag that says where.
func listen(ctx context.Context, address, flagName string) (net.Listener, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", address)
	if err == nil {
		return l, nil
	}
	cause := err
	if op, ok := errors.AsType[*net.OpError](err); ok {
		cause = op.Err
		if call, ok := errors.AsType[*os.SyscallError](op.Err); ok {
			cause = call.Err
		}
	}
	return nil, fmt.Errorf("cannot listen on %s: %w; choose another address with %s", address, cause, flagName)
}

// standIn is the sandbox and its server; nil when it is off.
type standIn struct {
	listener net.Listener
	server   *http.Server
	vendors  *sandbox.Sandbox
}

func openSandbox(ctx context.Context, address string) (*standIn, error) {
	if address == "off" {
		return nil, nil //nolint:nilnil // off
	}
	l, err := listen(ctx, address, "-sandbox, or switch it off with -sandbox off")
	if err != nil {
		return nil, err
	}
	vendors := sandbox.New(sandbox.Config{})
	handler := http.Handler(vendors)
	if gateway.IsLoopback(l.Addr()) {
		handler = gateway.Loopback(vendors)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)}
	return &standIn{listener: l, server: server, vendors: vendors}, nil
}

func (s *standIn) url() string { return "http://" + s.listener.Addr().String() }

// env is env with ${SANDBOX}.
func (s *standIn) env(env func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if name == "SANDBOX" {
			if s == nil {
				return "", false
			}
			return s.url(), true
		}
		return env(name)
	}
}

// tell has the sandbox tell of changes by webhooks below at, where settings of its sources say how they are signed.
func (s *standIn) tell(set *settings.File, at string) {
	if s == nil {
		return
	}
	for name, source := range set.Sources {
		if len(source.Webhooks.Secrets) == 0 || !strings.HasPrefix(source.URL, s.url()+"/") {
			continue
		}
		if secret, err := source.Webhooks.Secrets[0].Load(); err == nil { // else nobody could verify it
			s.vendors.Tell(name, at+name, secret)
		}
	}
}

// shutdown comes after the gateway's, whose requests may still need an answer.
func (s *standIn) shutdown(ctx context.Context) error {
	if s == nil {
		return nil
	}
	s.vendors.Close() // what hangs would hold it
	return s.server.Shutdown(ctx)
}

func (s *standIn) close() {
	if s != nil {
		_ = s.listener.Close() // for when the server never ran
	}
}

// environment is $env: the process's environment.
func environment() map[string]string {
	all := map[string]string{}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	return all
}
