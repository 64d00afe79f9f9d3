package explain

import (
	"slices"
	"strings"
	"time"

	"holdfast/connect/call"
	"holdfast/connect/schema"
)

// fromSDL is who says what @cache says.
const fromSDL = "@cache"

// Ages are windows that somebody sets; nil is not set.
type Ages struct {
	From                  string // who
	Fresh, Refresh, Stale *time.Duration
}

// Windows are how long the answers of con may be used: each age as the first of
// all says that has it, else as @cache does, of the connector or its source.
func Windows(con *schema.Connector, all ...Ages) *Cache {
	said := func(c call.Policy) Ages { return Ages{fromSDL, c.Fresh, c.Refresh, c.Stale} }
	var c Cache
	for _, p := range append(slices.Clip(all), said(con.Policy), said(con.Source.Policy)) {
		c.Fresh.set(p.Fresh, p.From)
		c.Refresh.set(p.Refresh, p.From)
		c.Stale.set(p.Stale, p.From)
	}
	return &c
}

// set sets a window unless somebody did before.
func (w *Window) set(age *time.Duration, from string) {
	if w.Age == "" && age != nil {
		*w = Window{short(*age), from}
	}
}

// short is a duration as people write it: 24h, not 24h0m0s.
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if cut, ok := strings.CutSuffix(text, zero); ok {
			text = cut + zero[:1]
		}
	}
	return text
}
