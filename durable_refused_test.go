package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	someKey    = "cache.store.key=0123456789abcdef0123456789abcdef"
	anotherKey = "cache.store.key=fedcba9876543210fedcba9876543210"
)

// TestADirectoryThatIsNotOursIsRefused says why in one line, and touches nothing.
func TestADirectoryThatIsNotOursIsRefused(t *testing.T) {
	t.Parallel()
	v := startAPIs(t)
	made := map[bool]string{}
	for _, encrypted := range []bool{false, true} {
		made[encrypted] = shortDir(t)
		args := append(v.sources(), "-data", made[encrypted])
		if encrypted {
			args = append(args, "-set", someKey)
		}
		p := spawnOn(t, v, args...)
		p.see(orderQuery)
		p.keeping()
		p.kill()
	}
	tests := map[string]struct {
		encrypted bool
		args      []string
		harm      func(store string) error
		want      string // STORE is the directory of the store
	}{
		"of a newer version": {
			harm: func(store string) error { return os.WriteFile(filepath.Join(store, "format"), newerFormat(), 0o600) },
			want: "STORE: was written by a newer version (its format is 2, mine 1): use that version, or another directory; nothing in it was touched",
		},
		"with another key": {
			encrypted: true, args: []string{"-set", anotherKey},
			want: "STORE: was encrypted with another key than cache.store.key; nothing in it was touched",
		},
		"with a key, where there was none": {
			args: []string{"-set", someKey},
			want: "STORE: is not encrypted, but cache.store.key is set: remove the key, or use another directory; nothing in it was touched",
		},
		"without its key": {
			encrypted: true,
			want:      "STORE: is encrypted, but cache.store.key is not set; nothing in it was touched",
		},
		"that everybody can read": {
			harm: func(store string) error { return os.Chmod(store, 0o755) },
			want: "STORE: everybody can get at it (mode 0755), and answers are in it: chmod -R o= STORE",
		},
		"that is a file": {
			harm: func(store string) error { return errors.Join(os.RemoveAll(store), os.WriteFile(store, nil, 0o600)) },
			want: "STORE: is not a directory",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := shortDir(t)
			copyData(t, data, made[test.encrypted])
			store := filepath.Join(data, "store")
			if test.harm != nil {
				if err := test.harm(store); err != nil {
					t.Fatal(err)
				}
			}
			before := digests(t, store)
			want := "-data " + data + ": " + strings.ReplaceAll(test.want, "STORE", store)
			refusedWith(t, want, append(v.sources(), append(test.args, "-data", data)...)...)
			if d := cmp.Diff(before, digests(t, store)); d != "" {
				t.Errorf("it was touched: %s", d)
			}
		})
	}
}

// newerFormat is what a later version may write: its first and its last line are as ours.
func newerFormat() []byte {
	text := "holdfast store 2\nwhatever that says\n"
	return fmt.Appendf(nil, "%ssum %x\n", text, sha256.Sum256([]byte(text)))
}

// refusedWith starts the program, which must not start, and say why in one line.
func refusedWith(t *testing.T, want string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], append([]string{"-listen", "127.0.0.1:0", "-sandbox", "off", "-config", shopSettings}, args...)...)
	c.Env = append(os.Environ(), asProgram+"=1")
	var said strings.Builder
	c.Stderr = &said
	if err := c.Run(); c.ProcessState.ExitCode() != 2 {
		t.Errorf("%v, want status 2", err)
	}
	if got := strings.TrimSpace(said.String()); got != want {
		t.Errorf("said:\n%s\nwant:\n%s", got, want)
	}
}

// digests are those of all files at or below a path.
func digests(t *testing.T, path string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		all[name] = fmt.Sprintf("%x", sha256.Sum256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestASecondProcessOnADirectoryServesFromMemory until the first one ends.
func TestASecondProcessOnADirectoryServesFromMemory(t *testing.T) {
	t.Parallel()
	v := startAPIs(t)
	args := append(v.sources(neverFresh()...), "-data", shortDir(t))
	first, second := spawnOn(t, v, args...), spawnOn(t, v, args...)
	seen := first.see(seenQueries()...)
	first.keeping()
	second.see(fmt.Sprintf(`{ order(id: "%d") { number } }`, unseenOrder))
	if told := second.toldOfStore(); !strings.Contains(told, `"WAITING"`) {
		t.Errorf("the store of the second is %s", told)
	}
	if strings.Contains(second.log.String(), "msg=administration") {
		t.Error("it has taken the socket")
	}
	first.kill()
	second.keeping() // it has the directory now
	second.administered()
	v.gone()
	second.recall(seen)
}
