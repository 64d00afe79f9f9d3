package jetstream

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// serverLog takes what the server logs. Of data that it lost it tells nobody in any other way.
type serverLog struct {
	log    *slog.Logger
	alarms atomic.Int64 // lines that speak of damage
	bumps  atomic.Bool  // one of them may be about bumps
	stuck  atomic.Bool  // a stream takes nothing until the server is started again

	names names // of our streams

	mu   sync.Mutex
	last map[string]time.Time // of lines, so that what repeats is logged once a minute

	damaged map[string]struct{} // streams whose files have to be read anew
}

func newServerLog(log *slog.Logger, n names) *serverLog {
	return &serverLog{log: log, names: n, last: map[string]time.Time{}, damaged: map[string]struct{}{}}
}

// damage says that the files of a stream have to be read anew.
func (l *serverLog) damage(stream string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.damaged[stream] = struct{}{}
}

func (l *serverLog) anyDamage() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.damaged) > 0
}

// takeDamaged returns the streams whose files have to be read anew, once.
func (l *serverLog) takeDamaged() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := slices.Sorted(maps.Keys(l.damaged))
	clear(l.damaged)
	return names
}

// damage are words of lines that say that something was lost or cannot be read.
var damage = []string{ //nolint:gochecknoglobals // a constant
	"corrupt", "checksum", "Bad stream", "Bad subject", "Error reading", "Error unmarshalling", "Error decrypting", "Error decoding",
	"Error recreating", "Error loading", "Error adding consumer", "Missing stream", "loadBlock error", "checkMsgs", "bad block",
	"bad subject", "magic and version", "skew", "inconsistency", "unsupported stream", "recovering", "too short",
	"does not exist or index mismatch", "could not locate", "Partial cache", "no cache", "Could not read", "not be recovered",
}

// stale are words of lines that a server killed in the middle of things leaves, too: it reads again what it has.
var stale = []string{"outdated", "linear scan", "backward scan"} //nolint:gochecknoglobals // a constant

// fatal are words of lines after which a stream takes nothing any more, until damaged messages are out of it.
var fatal = []string{"invalid checksum", "corrupt message", "corrupt record"} //nolint:gochecknoglobals // a constant

func speaksOf(line string, words []string) bool {
	for _, word := range words {
		if strings.Contains(line, word) {
			return true
		}
	}
	return false
}

func (l *serverLog) warn(level slog.Level, format string, v []any) {
	line := strings.TrimSpace(fmt.Sprintf(format, v...))
	if speaksOf(line, damage) && !speaksOf(line, stale) {
		l.alarms.Add(1)
		if strings.Contains(line, l.names.bumps()) || !strings.Contains(line, "HF_") {
			l.bumps.Store(true)
		}
	}
	if strings.Contains(line, "critical write error") {
		l.stuck.Store(true)
	}
	if speaksOf(line, fatal) {
		for _, name := range []string{l.names.answers(), l.names.bumps(), l.names.writes(), l.names.events(), l.names.sync()} {
			if strings.Contains(line, name) {
				l.damage(name)
			}
		}
	}
	if speaksOf(line, stale) {
		level = slog.LevelInfo
	}
	if l.due(line) {
		l.log.Log(context.Background(), level, "jetstream", "line", line)
	}
}

// due reports whether a line was not logged for a minute.
func (l *serverLog) due(line string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if len(l.last) > 256 {
		clear(l.last)
	}
	if now.Sub(l.last[line]) < time.Minute {
		return false
	}
	l.last[line] = now
	return true
}

// Noticef and the others are the server's logger.
func (l *serverLog) Noticef(string, ...any) {}

// Debugf logs nothing.
func (l *serverLog) Debugf(string, ...any) {}

// Tracef logs nothing.
func (l *serverLog) Tracef(string, ...any) {}

// Warnf logs a warning.
func (l *serverLog) Warnf(format string, v ...any) { l.warn(slog.LevelWarn, format, v) }

// Errorf logs an error.
func (l *serverLog) Errorf(format string, v ...any) { l.warn(slog.LevelError, format, v) }

// Fatalf logs an error: the server that wanted to end the process is opened again.
func (l *serverLog) Fatalf(format string, v ...any) { l.warn(slog.LevelError, format, v) }
