package admin

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAnotherUserIsRefused runs this test's own program as nobody, who has found a way to open the socket.
func TestAnotherUserIsRefused(t *testing.T) {
	if path := os.Getenv("HOLDFAST_SOCKET_OF_ANOTHER"); path != "" {
		c, err := NewClient(Dial{Address: Address{Socket: path}})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Post(t.Context(), "/v1/invalidate", Invalidation{Source: "shop"}, new(any)); err == nil || !strings.Contains(err.Error(), "user 65534 may not") {
			t.Fatalf("got %v", err)
		}
		return
	}
	if os.Getuid() != 0 {
		t.Skip("only root becomes somebody else")
	}
	dir, err := os.MkdirTemp("/tmp", "holdfast-peer") //nolint:usetesting // one that everybody may enter
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	r := serve(t, Address{Socket: filepath.Join(dir, "a.sock")}, Config{}, "")
	program := filepath.Join(dir, "program")
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.WriteFile(program, self, 0o600), os.Chmod(program, 0o755), os.Chmod(dir, 0o755), os.Chmod(r.address.Socket, 0o666)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), program, "-test.run", "^TestAnotherUserIsRefused$")
	c.Dir, c.Env = "/", []string{"HOLDFAST_SOCKET_OF_ANOTHER=" + r.address.Socket}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if !strings.Contains(r.log.String(), `who="uid 65534"`) {
		t.Errorf("no line of it: %s", r.log)
	}
}

func TestOurUserAndRootAreLetIn(t *testing.T) {
	for name, test := range map[string]struct {
		uid, ours int
		in        bool
	}{
		"our own":           {1000, 1000, true},
		"root":              {0, 1000, true},
		"another one":       {1001, 1000, false},
		"another than root": {1000, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			if _, refused := (peer{socket: true, uid: test.uid, known: true}).identify(test.ours); (refused == nil) != test.in {
				t.Error(refused)
			}
		})
	}
}
