package jetstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// witness is the file DIR/store/writes: that the stream of writes was made here, and up to which sequence it was seen
// since. Without the file a stream is made, and one that is there is believed; with it, nothing else than the stream
// that was there is.
type witness struct{ path string }

func (d directory) witness() witness { return witness{filepath.Join(d.path, "writes")} }

// read returns up to which sequence the stream was seen. It is not ok where there is no file.
func (w witness) read() (seen uint64, ok bool, err error) {
	text, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	seen, err = strconv.ParseUint(strings.TrimSpace(string(bytes.TrimPrefix(text, []byte("seen ")))), 10, 64)
	if err != nil { // a crash while it was written: that it is there says enough
		return 0, true, nil //nolint:nilerr // as said
	}
	return seen, true, nil
}

func (w witness) write(seen uint64) error {
	next := w.path + ".next"
	if err := os.WriteFile(next, fmt.Appendf(nil, "seen %d\n", seen), 0o600); err != nil {
		return err
	}
	return os.Rename(next, w.path)
}

// open finds the stream. Where it does not, nothing is accepted; all else works.
func (w *writes) open(ctx context.Context, c *session) {
	open := w.openExternal
	if c.server != nil {
		open = w.openEmbedded
	}
	why, err := open(ctx, c)
	if err != nil { // as on a full disk: it is tried again
		why = err.Error()
	}
	w.again = err != nil || c.server == nil && why != "" // somebody may mend it meanwhile
	w.refuse(why)
}

// openEmbedded finds the stream, or makes it in a directory that never had one. It returns why it may not, where it had
// one that cannot be read, or that is older than it was.
func (w *writes) openEmbedded(ctx context.Context, c *session) (why string, err error) {
	mark := w.store.dir.witness()
	seen, known, err := mark.read()
	if err != nil {
		return "", err
	}
	stream, err := exists(ctx, c.js, c.names.writes())
	if err != nil {
		return "", err
	}
	switch {
	case w.lost:
		return fmt.Sprintf("the stream %s is damaged: restore it, or move its folder away and remove %s to begin without what was in it",
			c.names.writes(), mark.path), nil
	case stream == nil && known:
		return fmt.Sprintf("the stream %s cannot be read, or is lost: restore it, or remove %s to begin without what was in it",
			c.names.writes(), mark.path), nil
	case stream == nil:
		if stream, err = c.js.CreateStream(ctx, writesStream(c.names, size{replicas: 1})); err != nil {
			return "", err
		}
	}
	state := stream.CachedInfo().State
	if state.LastSeq < seen {
		return fmt.Sprintf("the stream %s ends at %d and was seen up to %d: it is older than what was here last; remove %s to go on with it",
			c.names.writes(), state.LastSeq, seen, mark.path), nil
	}
	if !known {
		if err := mark.write(state.LastSeq); err != nil {
			return "", err
		}
	}
	w.know(state)
	return "", nil
}

// openExternal finds the stream. It returns why what the cluster has cannot be used.
func (w *writes) openExternal(ctx context.Context, c *session) (why string, err error) {
	stream, err := exists(ctx, c.js, c.names.writes())
	switch {
	case err != nil:
		return "", err
	case stream == nil:
		return "the cluster has no stream " + c.names.writes() + ": make it with holdfast store init", nil
	}
	if why := misfit(stream.CachedInfo().Config, writesStream(c.names, size{})); why != "" {
		return "the stream " + c.names.writes() + " is none of ours: " + why, nil
	}
	w.know(stream.CachedInfo().State)
	return "", nil
}

// see looks how full the stream is, once a second, and takes note of how far it has come. Where that fails, the next who
// writes learns it.
func (w *writes) see(ctx context.Context, c *session) {
	if w.again {
		w.open(ctx, c)
	}
	was := w.lastSeen()
	if w.refusal() != "" || w.look(ctx, c) != nil {
		return
	}
	if now := w.lastSeen(); c.server != nil && now > was {
		if err := w.store.dir.witness().write(now); err != nil {
			w.store.options.Log.Warn("store: how far the writes have come is not noted", "error", err)
		}
	}
}
