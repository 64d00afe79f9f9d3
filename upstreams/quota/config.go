package quota

import (
	"cmp"
	"time"
)

// Config says how much we ask of the source at once, per second and for one operation. Only what a caller
// waits for waits for its turn: asking again behind leaves a quarter of all room free.
type Config struct {
	// Concurrent is the number of calls under way at a time. Default 16.
	Concurrent int `yaml:"concurrent"`
	// Rate is the number of calls per second with one credential, retries included. Default 0: no limit.
	Rate float64 `yaml:"rate"`
	// Burst is how many calls may go out at once after a pause. Default: rate, at least 1.
	Burst int `yaml:"burst"`
	// Wait is how long a call waits for its turn before it is given up. Default 5s; never longer than
	// timeout.
	Wait time.Duration `yaml:"wait"`
	// PerOperation is the most calls that one GraphQL operation may make, without retries: each page of a list
	// and each chunk of a batch is one; what is remembered, awaited with others or asked for behind is none.
	// Default 100.
	PerOperation int `yaml:"perOperation"`
	// Learn keeps to what the source's answers say of its limits, besides the above: RateLimit,
	// X-RateLimit and X-Rate-Limit headers, and 429, after which calls go out half as fast as before and
	// regain their speed within half a minute. Default true. Retry-After is kept to in any case, up to 5m.
	Learn *bool `yaml:"learn"`
	// Header is what the names of the source's own rate limit headers begin with, such as
	// X-HubSpot-RateLimit for -Remaining, -Limit or -Max, and -Reset, or the length of a window that rolls:
	// -Interval-Milliseconds, or -Interval, -Window or -Period in seconds. Default: none.
	Header string `yaml:"header"`
}

// Or returns c with d's values where c says nothing.
func (c Config) Or(d Config) Config {
	return Config{
		Concurrent:   cmp.Or(c.Concurrent, d.Concurrent),
		Rate:         cmp.Or(c.Rate, d.Rate),
		Burst:        cmp.Or(c.Burst, d.Burst),
		Wait:         cmp.Or(c.Wait, d.Wait),
		PerOperation: cmp.Or(c.PerOperation, d.PerOperation),
		Learn:        cmp.Or(c.Learn, d.Learn),
		Header:       cmp.Or(c.Header, d.Header),
	}
}

// WithDefaults fills in what the field comments promise. That Wait is within the timeout is the caller's to
// see to.
func (c Config) WithDefaults() Config {
	return c.Or(Config{
		Concurrent: 16, Burst: max(1, int(c.Rate)), Wait: 5 * time.Second, PerOperation: 100, Learn: new(true),
	})
}
