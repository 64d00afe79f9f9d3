package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// ErrInUse says that a living process has the socket.
var ErrInUse = errors.New("another process answers there")

// Listen opens a's listener; a must not be Off. The socket of a process that died is replaced, that of a living one
// is [ErrInUse]. The socket goes when the listener closes.
func Listen(ctx context.Context, a Address) (net.Listener, error) {
	if a.Socket != "" {
		return listenSocket(ctx, a.Socket)
	}
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", a.TCP)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; choose another address with -admin, or off", a, cause(err))
	}
	return l, nil
}

func listenSocket(ctx context.Context, path string) (net.Listener, error) {
	l, err := listenPrivately(ctx, path)
	if errors.Is(err, syscall.EADDRINUSE) {
		if err = replaceable(ctx, path); err == nil {
			l, err = listenPrivately(ctx, path)
		}
	}
	if err == nil {
		return l, nil
	}
	return nil, fmt.Errorf("cannot open the admin socket %s: %w; choose another path with -admin unix:PATH, an address with -admin HOST:PORT, or off", path, cause(err))
}

// listenPrivately makes a socket that only our user opens. Who was there before it was ours alone is refused when the
// system says who it is, see [peerOf].
func listenPrivately(ctx context.Context, path string) (net.Listener, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if s, ok := l.(*net.UnixListener); ok {
		s.SetUnlinkOnClose(false)
	}
	return &ownFile{Listener: l, path: path}, nil
}

// An ownFile is a listener whose file goes with it. On a disk that hangs nobody waits for that for long: the file stays
// then, as that of a process that died.
type ownFile struct {
	net.Listener

	path    string
	closing sync.Once
}

// mostUnlink is how long it is waited for the file to go.
const mostUnlink = time.Second

func (s *ownFile) Close() error {
	s.closing.Do(func() {
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_ = os.Remove(s.path)
		}()
		select {
		case <-gone:
		case <-time.After(mostUnlink):
		}
	})
	return s.Listener.Close()
}

// replaceable removes the socket at path if nobody answers there.
func replaceable(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // it went meanwhile
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("there is a file that is no socket")
	}
	d := net.Dialer{Timeout: 5 * time.Second}
	c, err := d.DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		_ = c.Close()
		return ErrInUse
	case errors.Is(err, syscall.ECONNREFUSED):
		return os.Remove(path)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// cause is what the system says of an address or a file, without its name again.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		return call.Err
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
