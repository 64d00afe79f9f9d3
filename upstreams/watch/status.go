package watch

import (
	"time"

	"holdfast/freshness"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/quota"
)

// Status is how a source is doing, for people and dashboards. It holds no secrets, values or addresses.
type Status struct {
	Source     string                     `json:"source"`
	Down       bool                       `json:"down"`                // three connectors tripped and nothing answered since
	ClockSkew  string                     `json:"clockSkew,omitempty"` // how far its clock is ahead ("45s") or behind ("-45s"), as of its last answer with a Date
	Cache      CacheStatus                `json:"cache"`
	Quota      quota.Status               `json:"quota"`
	Token      *credential.TokenStatus    `json:"token,omitempty"`      // for sources that want OAuth 2 tokens
	Credential *CredentialStatus          `json:"credential,omitempty"` // ours is missing or not taken: an alarm
	Connectors map[string]ConnectorStatus `json:"connectors"`           // those that were asked since the settings were read, or are out of order
}

// CacheStatus is the policy in force for connectors that declare none of their own. Durations are ages
// ("30s"); "" leaves it to @cache, the answers' headers and the defaults.
type CacheStatus struct {
	Fresh   string            `json:"fresh,omitempty"`
	Refresh string            `json:"refresh,omitempty"`
	Stale   string            `json:"stale,omitempty"`
	Respect freshness.Respect `json:"respect"`
}

// ConnectorStatus is how one connector is doing. Counts are since the start, the rest since the source has the
// URL and credential that it has.
type ConnectorStatus struct {
	Breaker    string     `json:"breaker"`               // CLOSED, OPEN, HALF_OPEN
	ProbeAt    *time.Time `json:"probeAt,omitempty"`     // OPEN: from then on the next call is a probe
	LastAnswer *time.Time `json:"lastAnswer,omitempty"`  // the last good one
	OnlyAbsent bool       `json:"onlyAbsent,omitempty"`  // all answers so far were 404 or 410: the URL may be wrong
	LastError  string     `json:"lastError,omitempty"`   // its class: the reason, REFUSED or BAD_INPUT
	LastFailed *time.Time `json:"lastErrorAt,omitempty"` // when that was
	InFlight   int64      `json:"inFlight"`              // HTTP attempts under way
	Calls      uint64     `json:"calls"`                 // HTTP attempts
	Retries    uint64     `json:"retries"`               // those of them that repeat one
	// NotModified is how many attempts said that what is remembered is still good.
	NotModified uint64 `json:"notModified,omitempty"`
	// Shrunk is how many answers lost so much that they were not believed at once.
	Shrunk uint64 `json:"shrunk,omitempty"`
	// Amplification is how many attempts were made for each that was not a repetition: 1 while all is well.
	Amplification float64           `json:"amplification,omitempty"`
	LatencyMS     *LatencyStatus    `json:"latencyMs,omitempty"` // of the last attempts, whatever came of them
	Reads         map[string]uint64 `json:"reads,omitempty"`     // by result: hit, stale, miss, revalidated, stand_in, error
	Failures      map[string]uint64 `json:"failures,omitempty"`  // what callers were told, by class
	Drift         map[string]uint64 `json:"drift,omitempty"`     // by path: items that broke the contract
	Nulls         map[string]uint64 `json:"nulls,omitempty"`     // by field: how often it had no value, where it may
}

// LatencyStatus tells how long attempts took, in milliseconds.
type LatencyStatus struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Of  int     `json:"of"` // how many attempts: the last 256 at most
}

// CredentialStatus is there while the alarm rings.
type CredentialStatus struct {
	Since      time.Time `json:"since"`
	Connectors []string  `json:"connectors"` // those without an answer for want of it
}
