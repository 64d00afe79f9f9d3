package upstreams

import (
	"context"
	"slices"
	"time"

	"holdfast/cache"
)

// Maker returns what the shortcuts of one maker begin with, such as one connector under one reading of the settings;
// nil where nothing is found by them, and none need be made.
func (u *Client) Maker() []byte {
	if u.cache == nil || u.cfg.Auth.Forward != nil {
		return nil
	}
	return u.cache.Maker()
}

// shorten makes a name, in two parts, a shortcut to what r found in e.
func (u *Client) shorten(r *Request, begin, rest string, e *cache.Entry) {
	if begin != "" && r.Scope == "" {
		u.cache.Shorten(begin+rest, e, r.slotOn(e))
	}
}

// HeldShort is [Client.Held] of many things by their shortcuts, without their keys: the i-th by the name that name(i)
// returns, which may be the same bytes each time. It sets those of answers that are held and fresh, and returns how
// many they are. The rest is for Held and HeldBatch, which make the shortcuts. Of r, what concerns all of them counts:
// Connector, Policy, NotBefore and NoStandIns.
func (u *Client) HeldShort(ctx context.Context, r *Request, name func(i int) []byte, answers []*Answer) int {
	var room [16]cache.AtHand
	found := slices.Grow(room[:0], len(answers))[:len(answers)]
	now := time.Now()
	n := u.cache.HeldShort(now, name, found)
	if n == 0 {
		return 0
	}
	c, made := u.connector(r.Connector), make([]Answer, n) // one allocation for all
	n = 0
	for i := range found {
		f := &found[i]
		if f.Entry == nil {
			continue
		}
		a := &made[n]
		if !u.aged(r, f.Entry, now, a) || a.State != StateFresh || a.early || isBroken(f.Value) {
			*a = Answer{}
			continue
		}
		a.Value, answers[i] = f.Value, a
		u.countRead(ctx, c, a.released(), nil)
		n++
	}
	return n
}
