package jetstream

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/cache"
)

func key(letter string) []byte { return bytes.Repeat([]byte(letter), 32) }

// tree is all files below a directory with their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestADirectoryIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		made, opened []byte // keys
		spoil        func(t *testing.T, store string)
		want         string
	}{
		"with another key":           {made: key("a"), opened: key("b"), want: "encrypted with another key"},
		"without its key":            {made: key("a"), want: "cache.store.key is not set"},
		"with a key that it has not": {opened: key("a"), want: "is not encrypted"},
		"of a newer version":         {spoil: newer, want: "written by a newer version (its format is 2, mine 1)"},
		"that everybody may read":    {spoil: func(t *testing.T, store string) { t.Helper(); _ = os.Chmod(store, 0o755) }, want: "everybody can get at it (mode 0755)"},
		"that is a file": {spoil: func(t *testing.T, store string) {
			t.Helper()
			_ = os.RemoveAll(store)
			_ = os.WriteFile(store, nil, 0o600)
		}, want: "is not a directory"},
		"of a newer version, encrypted": {made: key("a"), opened: key("a"), spoil: newer, want: "written by a newer version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := start(t, Options{Dir: dir, Key: test.made})
			awaitOpen(t, s)
			save(t, s, "a", "1", 0)
			stop(t, s)
			if test.spoil != nil {
				test.spoil(t, filepath.Join(dir, "store"))
			}
			before := tree(t, dir)
			_, err := Open(Options{Dir: dir, Key: test.opened})
			if refused := (*Refused)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			after := tree(t, dir)
			for path, content := range before {
				if after[path] != content {
					t.Errorf("%s was changed", path)
				}
			}
			if len(after) != len(before) {
				t.Error("something was created")
			}
		})
	}
}

func newer(t *testing.T, store string) {
	t.Helper()
	text := []byte("holdfast store 2\nwhatever it says\n")
	text = append(text, "sum "+sumOf(text)+"\n"...)
	if err := os.WriteFile(filepath.Join(store, "format"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasKeptIsThereAgain(t *testing.T) {
	t.Parallel()
	for name, key := range map[string][]byte{"in plain": nil, "encrypted": key("a")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{Dir: t.TempDir(), Key: key}
			s := start(t, o)
			awaitOpen(t, s)
			const secret = "a text that must not be found on the disk"
			save(t, s, "a", secret, 0)
			stop(t, s)
			found := false
			for _, content := range tree(t, o.Dir) {
				found = found || strings.Contains(content, secret)
			}
			if found != (key == nil) {
				t.Errorf("on the disk in plain: %v", found)
			}
			s = start(t, o)
			if got := load(t, s, "a"); string(got[0].Value) != secret { // it waits for the opening
				t.Errorf("got %q", got[0].Value)
			}
		})
	}
}

func TestADirectoryHasOneProcess(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir()}
	first := start(t, o)
	awaitOpen(t, first)
	save(t, first, "a", "1", 0)
	second := start(t, o)
	if got := second.State(); got.Condition != cache.StoreWaiting || !strings.Contains(got.Reason, "another process has the data directory") {
		t.Errorf("got %+v", got)
	}
	if _, err := second.Load(t.Context(), []cache.ID{id("a")}); err == nil {
		t.Error("it was asked")
	}
	freed := time.Now()
	stop(t, first)
	awaitOpen(t, second)
	if got := second.State(); got.Since.Before(freed) {
		t.Errorf("got %+v, want it open since %v", got, freed)
	}
	if got := load(t, second, "a"); string(got[0].Value) != "1" {
		t.Errorf("got %q", got[0].Value)
	}
}

func TestADamagedFormatLosesNothingForGood(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir()}
	s := start(t, o)
	awaitOpen(t, s)
	save(t, s, "a", "a text to be found again", 0)
	stop(t, s)
	path := storeDirectory(o.Dir).format()
	text, _ := os.ReadFile(path)
	text[len("holdfast store ")] ^= 1
	_ = os.WriteFile(path, text, 0o600)
	s = start(t, o)
	awaitOpen(t, s)
	if got := load(t, s, "a"); got[0].Revision != 0 {
		t.Error("there is something")
	}
	if s.Counts().Alarms == 0 {
		t.Error("no alarm")
	}
	var damaged []string
	for path, content := range tree(t, filepath.Join(o.Dir, "store", "damaged")) {
		if strings.Contains(content, "a text to be found again") {
			damaged = append(damaged, path)
		}
	}
	if !slices.ContainsFunc(damaged, func(p string) bool { return strings.HasSuffix(p, ".blk") }) {
		t.Error("what there was is nowhere")
	}
}
