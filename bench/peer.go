package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// peers is where npm puts other programs for this: npm install --prefix bench/peers.
const peers = "bench/peers"

// peer is one server, as a process of its own.
type peer struct {
	name string
	url  string
	cmd  *exec.Cmd
	log  string // the file that its output goes to
}

// start runs a program until ctx ends.
func start(ctx context.Context, folder, name, address string, in io.Reader, program string, args ...string) (*peer, error) {
	p := &peer{name: name, url: "http://" + address + "/graphql", log: filepath.Join(folder, address+".log")}
	out, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p.cmd = exec.CommandContext(ctx, program, args...) //nolint:gosec // who measures says what
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = in, out, out
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(os.Interrupt) }
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := p.ready(ctx, address); err != nil {
		text, _ := os.ReadFile(p.log)
		return nil, fmt.Errorf("%s does not start: %w\n%s", name, err, text)
	}
	return p, nil
}

func (p *peer) ready(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-every.C:
		}
	}
}

// base is where the server is.
func (p *peer) base() string { return strings.TrimSuffix(p.url, "/graphql") }

// ask returns the data that p answers a query with.
func (p *peer) ask(ctx context.Context, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := new(http.Client).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK || bytes.Contains(text, []byte(`"errors"`)) {
		return nil, fmt.Errorf("%s answered %s: %.300s", p.name, resp.Status, text)
	}
	return text, nil
}

// findTailcall returns the program, or says why there is none.
func findTailcall(ctx context.Context, program string, stdout io.Writer) (string, error) {
	if program == "" {
		program = peers + "/node_modules/.bin/tailcall"
		if _, err := os.Stat(program); err != nil {
			program = "tailcall"
		}
	}
	out, err := exec.CommandContext(ctx, program, "--version").CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("there is no Tailcall: npm install --prefix " + peers + " @tailcallhq/core-linux-x64-gnu@1.6.14, or set TAILCALL")
	case err != nil:
		return "", fmt.Errorf("tailcall does not run: %w\n%s", err, out)
	}
	fmt.Fprintf(stdout, "peer: %s", out)
	return program, nil
}

//go:embed tailcall.graphql
var tailcallConfig string

// tailcallFile writes Tailcall's configuration for a port, with how users are found.
func tailcallFile(folder, port, api, user string) (string, error) {
	name := filepath.Join(folder, port+".graphql")
	text := strings.NewReplacer("PORT", port, "USER", strings.ReplaceAll(user, "API", api), "API", api).Replace(tailcallConfig)
	return name, os.WriteFile(name, []byte(text), 0o600)
}

// The ways to the users of posts, as Tailcall says it.
const (
	usersEach    = `url: "API/users/{{.value.userId}}"`
	usersBatched = `url: "API/users", query: [{key: "id", value: "{{.value.userId}}"}], batchKey: ["id"]`
)
