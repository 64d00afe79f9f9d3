package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// asProgram is the environment variable that makes the test binary the program.
const asProgram = "HOLDFAST_AS_PROGRAM"

// A process is the program with a process of its own, for signals to end.
type process struct {
	*program

	command *exec.Cmd
	ended   chan struct{}
	err     error // once it has ended
}

// spawn starts a process on free ports; the test ends it.
func spawn(tb testing.TB, args ...string) *process {
	tb.Helper()
	args = append([]string{"-listen", "127.0.0.1:0", "-sandbox", "127.0.0.1:0", "-data", "none", "-config", shopSettings}, args...)
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), asProgram+"=1")
	return begin(tb, command)
}

// begin starts a process, which the test ends. With -short there are none.
func begin(tb testing.TB, command *exec.Cmd) *process {
	tb.Helper()
	if testing.Short() {
		tb.Skip("starts processes")
	}
	log := &logBuffer{said: make(chan struct{}, 1)}
	p := &process{command: command, ended: make(chan struct{})}
	p.command.Stderr = log
	if err := p.command.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.err = p.command.Wait()
	}()
	tb.Cleanup(func() {
		_ = p.command.Process.Kill()
		<-p.ended
	})
	p.program = &program{t: tb, log: log, url: log.find(tb, p.ended, `msg=serving url=(\S+)`)}
	return p
}

// serving is the program that serves the SDL in graph/ of a folder, with the settings
// that are there. It is not started.
func serving(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self, "-listen", "127.0.0.1:0", "-sandbox", "off", "-data", "none", "-schema", "graph")
	command.Dir, command.Env = dir, append(os.Environ(), asProgram+"=1")
	return command
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// interrupt ends the process as Ctrl+C does: it must end well, also by its race detector, if it has one.
func (p *process) interrupt() {
	p.t.Helper()
	p.signal(os.Interrupt)
	if <-p.ended; p.err != nil {
		p.t.Errorf("%v\n%s", p.err, p.log)
	}
}

// refused waits until no connection is taken any more.
func (p *process) refused() {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		res, err := client.Get(p.url + "/healthz")
		if err != nil {
			return
		}
		res.Body.Close()
	}
}

// Each client keeps its connection, and asks on it until it is asked to close it:
// by then a load balancer would have found another gateway.
func TestSIGTERMLosesNoRequestOfAHundredClients(t *testing.T) {
	t.Parallel()
	p := spawn(t, "-set", "gateway.drainDelay=10m", "-set", "gateway.computing=100")
	var asked, failed atomic.Int64
	var clients sync.WaitGroup
	warm := make(chan struct{}, 100)
	for client := range 100 {
		clients.Go(func() {
			h := &http.Client{Transport: &http.Transport{}}
			ready := sync.OnceFunc(func() { warm <- struct{}{} })
			defer ready()
			for {
				res, err := h.Post(p.url+"/graphql", "application/json", strings.NewReader(`{"query":"{ order(id: \"1001\") { number } }"}`))
				asked.Add(1)
				if err != nil {
					failed.Add(1)
					t.Errorf("client %d: %v", client, err)
					return
				}
				var a answer
				err = json.NewDecoder(res.Body).Decode(&a)
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != http.StatusOK || len(a.Errors) > 0 {
					failed.Add(1)
					t.Errorf("client %d: %s, %v, %v", client, res.Status, a.Errors, err)
				}
				ready()
				if res.Close {
					return
				}
			}
		})
	}
	for range 100 {
		<-warm
	}
	p.signal(syscall.SIGTERM)
	clients.Wait()
	t.Logf("%d requests, %d failed", asked.Load(), failed.Load())

	if status := p.status("/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", status)
	}
	if a := p.ask(`{ order(id: "1001") { number } }`); len(a.Errors) > 0 {
		t.Errorf("who comes late is not served: %+v", a.Errors)
	}
	p.signal(syscall.SIGTERM) // a second one
	<-p.ended
	if p.err == nil || p.err.Error() != "exit status 143" {
		t.Errorf("after a second signal: %v", p.err)
	}
}

// Clients that go on until they are refused meet nothing else. Who did not ask within the delay was not asked to close its
// connection, which may be closed as a request goes into it: such a read is sent again, as clients do (RFC 9112, section 9.3.1).
func TestSIGTERMLosesNoRequestOfClientsThatStay(t *testing.T) {
	t.Parallel()
	p := spawn(t, "-set", "gateway.drainDelay=200ms", "-set", "gateway.computing=100")
	var clients sync.WaitGroup
	warm := make(chan struct{}, 30)
	for client := range 30 {
		clients.Go(func() {
			h := &http.Client{Transport: &http.Transport{}}
			ready := sync.OnceFunc(func() { warm <- struct{}{} })
			defer ready()
			defer h.CloseIdleConnections()
			for {
				req, err := http.NewRequest(http.MethodPost, p.url+"/graphql", strings.NewReader(`{"query":"{ order(id: \"1001\") { number } }"}`))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header = http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": nil} // a read, for net/http
				res, err := h.Do(req)
				if errors.Is(err, syscall.ECONNREFUSED) {
					return
				}
				if err != nil {
					t.Errorf("client %d: %v", client, err)
					return
				}
				if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
					t.Errorf("client %d: %s, %v", client, res.Status, err)
				}
				res.Body.Close()
				ready()
			}
		})
	}
	for range 30 {
		<-warm
	}
	p.signal(syscall.SIGTERM)
	clients.Wait()
	<-p.ended
	if p.err != nil {
		t.Errorf("%v\n%s", p.err, p.log)
	}
}

func (p *process) status(path string) int {
	p.t.Helper()
	res, err := http.Get(p.url + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func TestSignalsEndTheServerInOrder(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		signal os.Signal
		delay  string
		logged string
	}{
		"SIGTERM after its delay":              {syscall.SIGTERM, "50ms", "msg=draining delay=50ms"},
		"SIGTERM at once if there is no delay": {syscall.SIGTERM, "0s", "msg=draining delay=0s"},
		"SIGINT at once":                       {os.Interrupt, "10m", "msg=draining delay=0s"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := spawn(t, "-set", "gateway.drainDelay="+test.delay)
			p.ask(`{ __typename }`)
			p.signal(test.signal)
			p.refused()
			<-p.ended
			if p.err != nil || !strings.Contains(p.log.String(), test.logged) {
				t.Errorf("%v\n%s", p.err, p.log)
			}
		})
	}
}

// Whatever a command waits for, it does not outlive a signal.
func TestEveryCommandObeysSignals(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "sdl.graphqls")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	open := func(stdin io.Writer) (io.Closer, error) { // returns when the command reads
		if _, err := stdin.Write(make([]byte, 256<<10)); err == nil { // more than a pipe holds
			return io.NopCloser(nil), nil
		}
		return os.OpenFile(fifo, os.O_WRONLY, 0)
	}
	tests := map[string][]string{
		"a query from standard input": {"explain", "-"},
		"a query from a file":         {"explain", "@" + fifo},
		"SDL":                         {"check", "-schema", fifo},
		"settings of the server":      {"-sandbox=off", "-listen=127.0.0.1:0", "-config=" + fifo},
	}
	for name, args := range tests {
		for s, status := range map[os.Signal]int{os.Interrupt: 130, syscall.SIGTERM: 143} {
			t.Run(fmt.Sprintf("%s, %s", name, s), func(t *testing.T) {
				c := exec.Command(os.Args[0], args...)
				c.Env = append(os.Environ(), asProgram+"=1")
				stdin, err := c.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				if args[1] != "-" {
					stdin.Close()
				}
				w, err := open(stdin)
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				if err := c.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
				if err := c.Wait(); c.ProcessState.ExitCode() != status {
					t.Errorf("%v, want status %d", err, status)
				}
			})
		}
	}
}
