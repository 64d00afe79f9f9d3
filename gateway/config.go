package gateway

import (
	"cmp"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"golang.org/x/net/http/httpguts"

	"holdfast/gateway/console"
	"holdfast/upstreams/field"
)

// Config is how much one request may ask for, and what the page shows. Every zero
// value means the default written beside it; negative values are refused by [New].
//
// Depth, Fields, Aliases, RootFields and Repeats are counted after all
// fragments are spread out, whatever @skip and @include say, and before
// validation, whose cost they bound.
type Config struct {
	// Body is the largest request body in bytes (default 100 kB), and the
	// longest query string of a GET.
	Body int64 `yaml:"body"`
	// Caller names the header of a request that says who asks, as a proxy in front sets it (default: none; who
	// asks is what an API is shown of him). What became of a change with an idempotency key is told only to who asked for it. The header
	// Authorization is refused, for tokens change, and who asks again would be somebody else.
	Caller string `yaml:"caller"`
	// Introspection can be switched off (default true). Off, validation errors
	// suggest no names either.
	Introspection *bool `yaml:"introspection"`
	// Tokens is the most lexical tokens in a document (default 1000).
	Tokens int `yaml:"tokens"`
	// Depth is the deepest nesting of fields (default 20; introspection by the
	// usual tools takes 15).
	Depth int `yaml:"depth"`
	// Fields is the most fields in one operation (default 1000).
	Fields int `yaml:"fields"`
	// Aliases is the most aliased fields in one operation (default 100).
	Aliases int `yaml:"aliases"`
	// RootFields is the most fields directly under the operation (default 50).
	RootFields int `yaml:"rootFields"`
	// Repeats is how many fields may merge into one because they have the same
	// response key in the same place (default 50): validation compares all of
	// them with each other.
	Repeats int `yaml:"repeats"`
	// Nodes is the most list items that one operation can bring, lists in lists
	// multiplied (default 100,000). It is counted before anything is asked, with
	// variables and without what @skip and @include leave out: a connection has as
	// many as first or last says, any other list AssumedList.
	Nodes int `yaml:"nodes"`
	// AssumedList is how many items a list is taken to have of which nobody knows
	// (default 10). holdfast explain assumes the same.
	AssumedList int `yaml:"assumedList"`
	// Items is the most list items that an answer can have, of all its lists together
	// (default 100,000). They are counted as they come, before anything is asked for
	// them; an answer that would have more has no data and the error QUERY_LIMIT.
	Items int `yaml:"items"`
	// Answer is the most bytes of an answer's data (default 16 MiB, 16777216). One
	// that would be larger has no data and the error QUERY_LIMIT.
	Answer int64 `yaml:"answer"`
	// Errors is the most errors in one answer (default 100); at most 20 where
	// the operation was not run. What is left out is counted in a last one.
	Errors int `yaml:"errors"`
	// Log says of how many requests that went well one has a line in the log (default
	// 1: each has; 0: none). Those with errors, those that were refused, and those with
	// an answer of which a part is not fresh, always have one.
	Log *int `yaml:"log"`
	// Documents is how many bytes the parsed and validated documents may take that
	// are kept, so that the same operation is validated once (default 33554432, 32
	// MiB: some thousand). Those whose text is above 16 kB are never kept.
	Documents int64 `yaml:"documents"`
	// Hosts are the host names that requests may be for, beside IP addresses and
	// localhost, which are always answered; "*" is any name. Default: none while
	// the gateway listens on a loopback address, so that no page can reach it
	// under a name of its own (DNS rebinding), and any elsewhere. /healthz,
	// /readyz and /metrics answer under every name.
	Hosts []string `yaml:"hosts"`
	// CORS says which pages of other origins may use /graphql.
	CORS CORS `yaml:"cors"`
	// Trace lets X-Holdfast-Trace: 1 also show what did not go as mappings say, as
	// kinds, keys and places, and of which kinds the things are that answers depend
	// on; never values (default: while the sandbox is on).
	Trace *bool `yaml:"trace"`
	// TraceKeys lets it also say which things those are. These are values of answers,
	// also of what was not asked for (default: while the sandbox is on).
	TraceKeys *bool `yaml:"traceKeys"`
	// Loopback says that the gateway listens on a loopback address.
	Loopback bool `yaml:"-"`
	// Computing is how many operations compute at once (default: two for each
	// processor, GOMAXPROCS). One that only waits for APIs is not among them.
	Computing int `yaml:"computing"`
	// Queue is how many operations wait, for a second at most, until they may begin
	// (default 1000). Those beyond get 503 with Retry-After, and have done nothing.
	Queue int `yaml:"queue"`
	// Bodies is how many bytes of memory answers of all sources may take together
	// while they are read and mapped (default 64 MiB, 67108864): half for their
	// bodies, half for what is made of them meanwhile. Who finds it spent waits,
	// within the timeout, and is then out with OVERLOAD, as is at once an answer
	// larger than half of it. A change takes a restart.
	Bodies int64 `yaml:"bodies"`
	// DrainDelay is how long everything is served after SIGTERM, with /readyz at
	// 503 and clients asked to close their connections, before connections are
	// refused (default 5s; 0s: none). It should be longer than a load balancer
	// takes to notice. SIGINT does not wait.
	DrainDelay *time.Duration `yaml:"drainDelay"`
	// Subscriptions says what may be followed.
	Subscriptions Subscriptions `yaml:"subscriptions"`
	// Streams are those of the program; nil: subscriptions are not served.
	Streams *Streams `yaml:"-"`
	// Examples are what the page at / opens with (default: GraphiQL's welcome).
	// Those that are not valid on the schema are left out.
	Examples []console.Example `yaml:"-"`
}

// Validate returns [field.Errors], one for each of the fields that make no sense, nil if there
// are none.
func (c Config) Validate() error {
	var wrong field.Errors
	wrong.Add(negative("body", c.Body), negative("documents", c.Documents), negative("bodies", c.Bodies), negative("answer", c.Answer))
	for _, l := range c.limits() {
		wrong.Add(negative(l.name, int64(*l.value)))
	}
	if c.DrainDelay != nil && *c.DrainDelay < 0 {
		wrong.Add(field.Wrong("drainDelay", c.DrainDelay.String()+" is negative"))
	}
	if c.Log != nil {
		wrong.Add(negative("log", int64(*c.Log)))
	}
	for i, name := range c.Hosts {
		if name != every && !isHostName(name) {
			wrong.Add(field.Wrong(fmt.Sprintf("hosts.%d", i), "expected a host name without scheme and port, such as graph.example.com"))
		}
	}
	switch name := http.CanonicalHeaderKey(c.Caller); {
	case c.Caller != "" && !httpguts.ValidHeaderFieldName(c.Caller):
		wrong.Add(field.Wrong("caller", "expected the name of a header, such as X-Caller"))
	case name == "Authorization" || name == "Cookie":
		wrong.Add(field.Wrong("caller", name+" changes from one request of a caller to the next: name a header that a proxy sets to who he is"))
	}
	c.CORS.check(&wrong)
	c.Subscriptions.check(&wrong)
	return wrong.Err()
}

// BodyBytes is Bodies or its default.
func (c Config) BodyBytes() int64 { return cmp.Or(c.Bodies, 64<<20) }

// AnswerLimits are Items and Answer, or their defaults: what a [Planner] keeps an
// operation within while it runs.
func (c Config) AnswerLimits() (items int, bytes int64) {
	return cmp.Or(c.Items, 100_000), cmp.Or(c.Answer, 16<<20)
}

// negative is what is wrong with a value below zero.
func negative(name string, value int64) *field.Error {
	if value >= 0 {
		return nil
	}
	return field.Wrong(name, fmt.Sprintf("%d is negative", value))
}

// limit is a count that has a default.
type limit struct {
	name     string
	value    *int
	standard int
}

func (c *Config) limits() []limit {
	return []limit{
		{"tokens", &c.Tokens, 1000},
		{"depth", &c.Depth, 20},
		{"fields", &c.Fields, 1000},
		{"aliases", &c.Aliases, 100},
		{"rootFields", &c.RootFields, 50},
		{"repeats", &c.Repeats, 50},
		{"nodes", &c.Nodes, 100_000},
		{"items", &c.Items, 100_000},
		{"assumedList", &c.AssumedList, AssumedList},
		{"errors", &c.Errors, 100},
		{"computing", &c.Computing, 2 * runtime.GOMAXPROCS(0)},
		{"queue", &c.Queue, 1000},
	}
}

// complete returns the configuration with its defaults filled in.
func (c Config) complete() (Config, error) {
	if err := c.Validate(); err != nil {
		return c, fmt.Errorf("gateway: %w", err)
	}
	if c.Body == 0 {
		c.Body = 100_000
	}
	if c.Documents == 0 {
		c.Documents = 32 << 20
	}
	if c.DrainDelay == nil {
		c.DrainDelay = new(5 * time.Second)
	}
	if c.Log == nil {
		c.Log = new(1)
	}
	if c.Introspection == nil {
		c.Introspection = new(true)
	}
	if c.Trace == nil {
		c.Trace = new(false)
	}
	if c.TraceKeys == nil {
		c.TraceKeys = new(false)
	}
	c.Subscriptions = c.Subscriptions.complete()
	for _, l := range c.limits() {
		if *l.value == 0 {
			*l.value = l.standard
		}
	}
	return c, nil
}
