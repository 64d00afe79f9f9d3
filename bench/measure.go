package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"time"
)

// The queries of the public benchmark. That of q1 has a variable that differs each time, so
// that no answer can be taken as a whole from memory.
const (
	q1 = `{"query":"query($at: Int) { posts(at: $at) { id userId title user { id name email } } }","variables":{"at":NUMBER}}`
	q2 = `{"query":"{ posts { title } }"}`
	q3 = `{"query":"{ greet }"}`
)

// computing is how long the slower net/http computes for each answer, about as long as
// this program does for q1: how p99 and median differ then is what sockets, wrk and the
// scheduler make of as much work.
const computing = 40 * time.Microsecond

// A row is one query to one server by so many callers.
type row struct {
	what    string
	query   string
	callers int
	peer    *peer
	got     []sample
}

// measure starts all servers, has them asked in turn, and prints the medians.
func measure(ctx context.Context, o options, stdout io.Writer) error {
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("wrk is not installed: https://github.com/wg/wrk, in Debian apt-get install wrk")
	}
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	ctx, end := context.WithCancel(ctx)
	all, err := open(ctx, folder, o, stdout)
	defer func() {
		end()
		for _, p := range all.all {
			_ = p.cmd.Wait() // interrupted, or killed a second later
		}
	}()
	if err != nil {
		return err
	}
	rows, err := all.rows(ctx)
	if err != nil {
		return err
	}
	script := filepath.Join(folder, "ask.lua")
	if err := os.WriteFile(script, []byte(ask), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "load before: %s\n", load())
	for round := range o.rounds + 1 {
		for _, r := range rows {
			each := o.each
			if round == 0 {
				each = warming
			}
			s, err := drive(ctx, script, r, each)
			if err != nil {
				return fmt.Errorf("%s of %s: %w", r.what, r.peer.name, err)
			}
			if round > 0 {
				r.got = append(r.got, s)
			}
		}
	}
	fmt.Fprintf(stdout, "load after: %s\n\n", load())
	report(stdout, rows)
	return nil
}

// servers are all that is started.
type servers struct {
	each, batched, limit, slow, peerEach, peerBatched *peer // those of the peer may be nil
	all                                               []*peer
}

// open starts the API, this program and its peer.
func open(ctx context.Context, folder string, o options, stdout io.Writer) (*servers, error) {
	s := &servers{}
	self, err := os.Executable()
	if err != nil {
		return s, err
	}
	if o.binary == "" {
		o.binary = filepath.Join(folder, "holdfast")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", o.binary, ".").CombinedOutput(); err != nil { //nolint:gosec // our own
			return s, fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	add := func(name string, in []byte, program string, args func(address, port string) ([]string, error)) *peer {
		if err != nil {
			return nil
		}
		var l net.Listener
		if l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return nil
		}
		address := l.Addr().String()
		_ = l.Close() // nobody else takes it so soon
		_, port, _ := net.SplitHostPort(address)
		var given []string
		if given, err = args(address, port); err != nil {
			return nil
		}
		var p *peer
		if p, err = start(ctx, folder, name, address, bytes.NewReader(in), program, given...); err != nil {
			return nil
		}
		s.all = append(s.all, p)
		return p
	}
	api := add("api", nil, self, func(address, _ string) ([]string, error) { return []string{"api", address}, nil })
	if err != nil {
		return s, err
	}
	ours := func(graph string) func(string, string) ([]string, error) {
		return func(address, _ string) ([]string, error) {
			return []string{
				"-schema", filepath.Join(o.schema, graph), "-listen", address, "-sandbox", "off", "-data", filepath.Join(folder, graph),
				"-config", filepath.Join(filepath.Dir(o.schema), "holdfast.yaml"), "-set", "sources.api.url=" + api.base(),
			}, nil
		}
	}
	s.each = add("holdfast", nil, o.binary, ours("each.graphqls"))
	s.batched = add("holdfast", nil, o.binary, ours("batched.graphqls"))
	if err != nil {
		return s, err
	}
	same, err := s.each.ask(ctx, numbered(q1))
	if err != nil {
		return s, err
	}
	s.limit = add("net/http alone", same, self, func(address, _ string) ([]string, error) { return []string{"limit", address}, nil })
	s.slow = add(fmt.Sprint("net/http that computes for ", computing), same, self, func(address, _ string) ([]string, error) { return []string{"slow", address}, nil })
	if err != nil || o.own {
		return s, err
	}
	program, missing := findTailcall(ctx, o.tailcall, stdout)
	if missing != nil {
		fmt.Fprintln(stdout, "no peer:", missing)
		return s, nil
	}
	theirs := func(users string) func(string, string) ([]string, error) {
		return func(_, port string) ([]string, error) {
			file, err := tailcallFile(folder, port, api.base(), users)
			return []string{"start", file}, err
		}
	}
	s.peerEach = add("tailcall", nil, program, theirs(usersEach))
	s.peerBatched = add("tailcall", nil, program, theirs(usersBatched))
	return s, err
}

// rows says what is measured, once all answer the same.
func (s *servers) rows(ctx context.Context) ([]*row, error) {
	rows := []*row{
		{what: "q1", query: q1, callers: 64, peer: s.each},
		{what: "q1", query: q1, callers: 64, peer: s.peerEach},
		{what: "q1", query: q1, callers: 64, peer: s.limit},
		{what: "q1 batched", query: q1, callers: 64, peer: s.batched},
		{what: "q1 batched", query: q1, callers: 64, peer: s.peerBatched},
		{what: "q2", query: q2, callers: 64, peer: s.each},
		{what: "q2", query: q2, callers: 64, peer: s.peerEach},
		{what: "q3", query: q3, callers: 64, peer: s.each},
		{what: "q3", query: q3, callers: 64, peer: s.peerEach},
		{what: "q1", query: q1, callers: 8, peer: s.each},
		{what: "q1", query: q1, callers: 256, peer: s.each},
		{what: "q1", query: q1, callers: 256, peer: s.limit},
		{what: "q1", query: q1, callers: 256, peer: s.slow},
	}
	there := rows[:0]
	for _, r := range rows {
		if r.peer != nil {
			there = append(there, r)
		}
	}
	for _, query := range []string{q1, q2, q3} {
		want, err := s.each.data(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, p := range []*peer{s.batched, s.peerEach, s.peerBatched} {
			if p == nil {
				continue
			}
			got, err := p.data(ctx, query)
			if err != nil {
				return nil, err
			}
			if !reflect.DeepEqual(want, got) {
				return nil, fmt.Errorf("%s answers something else than holdfast: %.300v, %.300v", p.name, got, want)
			}
		}
	}
	return there, nil
}

// data is what an answer comes to.
func (p *peer) data(ctx context.Context, query string) (any, error) {
	text, err := p.ask(ctx, numbered(query))
	if err != nil {
		return nil, err
	}
	var answer struct{ Data any }
	return answer.Data, json.Unmarshal(text, &answer)
}
