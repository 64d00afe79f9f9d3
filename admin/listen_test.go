//go:build unix

package admin

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASocketIsItsUsersAlone(t *testing.T) {
	a := socket(t)
	l, err := Listen(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(a.Socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(a.Socket); err == nil {
		t.Error("it is still there")
	}
}

func TestASocketThatWasClosedTwiceTakesNobodyElsesAway(t *testing.T) {
	a := socket(t)
	first, err := Listen(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	_ = first.Close()
	next, err := Listen(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	_ = first.Close()
	if _, err := os.Stat(a.Socket); err != nil {
		t.Error(err)
	}
}

func TestTheSocketOfADeadProcessIsReplaced(t *testing.T) {
	a := socket(t)
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: a.Socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false) // as after kill -9
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := Listen(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTheSocketOfALivingProcessIsNot(t *testing.T) {
	r := serve(t, socket(t), Config{}, "")
	_, err := Listen(t.Context(), r.address)
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "choose another path with -admin") {
		t.Fatal(err)
	}
	if err := client(t, Dial{Address: r.address}).Get(t.Context(), "/v1/cache", new(any)); err != nil {
		t.Errorf("it is no more answered: %v", err)
	}
}

func TestWhereNoSocketCanBeIsSaidWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ path, want string }{
		"no directory": {filepath.Join(t.TempDir(), "no", "a.sock"), "no such file or directory"},
		"a file":       {file, "there is a file that is no socket"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Listen(t.Context(), Address{Socket: test.path})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "choose another path") {
				t.Error(err)
			}
		})
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "x" {
		t.Error("the file was touched")
	}
}
