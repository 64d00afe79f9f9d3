package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// A signalError is the end of what a signal ended.
type signalError syscall.Signal

func (e signalError) Error() string { return "ended by signal: " + syscall.Signal(e).String() }

// status is the exit status that shells give to what a signal ended.
func (e signalError) status() int { return 128 + int(e) }

// untilSignal returns a context that ends with the first SIGINT or SIGTERM, which
// is its cause. A second one ends the process at once. Both are obeyed also where
// they were ignored before, as in the background of a shell.
func untilSignal(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals, done := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	next := func() (signalError, bool) {
		select {
		case s := <-signals:
			n, _ := s.(syscall.Signal)
			return signalError(n), true
		case <-done:
			return 0, false
		}
	}
	go func() {
		if s, ok := next(); ok {
			cancel(s)
		}
		if s, ok := next(); ok {
			os.Exit(s.status())
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// terminated says whether SIGTERM ended ctx.
func terminated(ctx context.Context) bool {
	s, ok := errors.AsType[signalError](context.Cause(ctx))
	return ok && syscall.Signal(s) == syscall.SIGTERM
}

// unlessSignalled is what work returns, or the signal that came before: whatever
// it waits for, such as standard input, is not waited for any more.
func unlessSignalled(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// hangups is where every SIGHUP arrives until stop is called.
func hangups() (_ <-chan os.Signal, stop func()) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	return hup, func() { signal.Stop(hup) }
}

// pause waits unless ctx ends.
func pause(ctx context.Context, wait time.Duration) {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
