package main

import (
	"io"
	"sync"
	"time"
)

// lines gathers what is written for a moment: a line for each of many requests is
// a system call for all of them. Whoever made it closes it.
type lines struct {
	to io.Writer

	mu     sync.Mutex
	text   []byte
	soon   *time.Timer // writes text; nil: there is none
	closed bool        // nothing is gathered any more
}

const (
	gathered   = 20 * time.Millisecond // how long a line waits at most
	mostOfText = 32 << 10
)

// Write implements [io.Writer]. What cannot be written is lost.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.to.Write(line)
	}
	l.text = append(l.text, line...)
	switch {
	case len(l.text) >= mostOfText:
		l.flush()
	case l.soon == nil:
		l.soon = time.AfterFunc(gathered, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.flush()
		})
	}
	return len(line), nil
}

// flush writes what there is. mu is held.
func (l *lines) flush() {
	if l.soon != nil {
		l.soon.Stop()
		l.soon = nil
	}
	if len(l.text) > 0 {
		_, _ = l.to.Write(l.text) // there is nobody to tell
		l.text = l.text[:0]
	}
}

// close writes what there is. What comes later is written at once.
func (l *lines) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
	l.closed = true
}
