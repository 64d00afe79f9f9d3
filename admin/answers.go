package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Answers is what is remembered: of a running gateway, or of a directory that no gateway has open. It is safe for
// concurrent use.
type Answers interface {
	// Invalidate says that what has one of tags may have changed: it is fresh no more, on every gateway that shares the
	// store, and still stands in while its API is out.
	Invalidate(ctx context.Context, tags []string) (Invalidated, error)
	// Forget is Invalidate of what must not stand in either: it is deleted from memory and store, and looked for again.
	Forget(ctx context.Context, tags []string) (Invalidated, error)
	// Entries calls each with what has one of tags, all of it where there are none, until that returns false.
	Entries(ctx context.Context, tags []string, each func(Entry) bool) error
	// Entry is the answer that has an ID; false where there is none.
	Entry(ctx context.Context, id string) (Entry, bool, error)
	// Stats are counts by layer.
	Stats(ctx context.Context) any
	// Check returns what is wrong with the names of a source and a connector, of which one may be "".
	Check(source, connector string) error
}

// Invalidated is what came of [Answers.Invalidate] and [Answers.Forget].
type Invalidated struct {
	Tags     []string `json:"tags"`
	Forget   bool     `json:"forget"`
	DryRun   bool     `json:"dryRun,omitempty"`   // nothing was done
	Sequence uint64   `json:"sequence,omitempty"` // place of the bump in the store
	// Durable says that the bump is in the store: it holds after a restart and on every gateway. Where it is false it is
	// in force here, and is stored as soon as the store takes it.
	Durable bool `json:"durable"`
	// Found is how many answers had the tags; nil where nobody counted, which takes a look at everything.
	Found *Counts `json:"found,omitempty"`
	// Left is how many had them after Forget: none, or it failed.
	Left *Counts `json:"left,omitempty"`
	// Unreadable is how many of those that Forget deleted from the store could not be read, as of another version, or
	// damaged: nobody knows their tags.
	Unreadable int `json:"unreadable,omitempty"`
}

// Counts are answers by layer.
type Counts struct {
	Memory int `json:"memory"`
	Store  int `json:"store"`
}

// An Entry is one answer that is remembered, without its body.
type Entry struct {
	ID        string `json:"id"`
	Source    string `json:"source,omitempty"`
	Connector string `json:"connector,omitempty"`
	Method    string `json:"method,omitempty"`
	// URL has no values in its query, which may be secrets, unless they were asked for.
	URL    string `json:"url,omitempty"`
	Item   string `json:"item,omitempty"` // of a batch, which has no request of its own
	Scoped bool   `json:"scoped"`         // it is not everybody's answer
	Status int    `json:"status,omitempty"`
	Bytes  int    `json:"bytes"` // of the body, as it came

	Received   time.Time `json:"received"`
	AgeSeconds float64   `json:"ageSeconds"`
	KeptUntil  time.Time `json:"keptUntil,omitzero"`
	// State says what it is good for now: FRESH, REFRESH (served, and asked for again behind), STALE (stands in only), CHANGED (stands
	// in only, since a bump of one of its tags), EXPIRED or FORGOTTEN (good for nothing).
	State   string   `json:"state,omitempty"`
	Windows *Windows `json:"windows,omitempty"` // nil: nobody knows
	Tags    []string `json:"tags"`              // those that are known by name, else #HASH
	In      []string `json:"in"`                // memory, store
}

// Windows are ages up to which an answer is used, as settings, SDL and its headers say.
type Windows struct {
	Fresh   string `json:"fresh,omitempty"`
	Refresh string `json:"refresh,omitempty"`
	Stale   string `json:"stale,omitempty"`
}

// OfAnswers are the routes about what is remembered.
func OfAnswers(a Answers) []Route {
	r := answerRoutes{a}
	return []Route{
		{Pattern: "POST /v1/invalidate", Answer: r.invalidate},
		{Pattern: "GET /v1/cache", Answer: r.stats},
		{Pattern: "GET /v1/cache/{key...}", Answer: r.show},
		{Pattern: "GET /v1/entries", Answer: r.list},
	}
}

type answerRoutes struct{ answers Answers }

// Invalidation is the body of POST /v1/invalidate. What has any of Tags, is of Source or was asked by Connector is meant.
type Invalidation struct {
	Tags      []string `json:"tags,omitempty"`
	Source    string   `json:"source,omitempty"`
	Connector string   `json:"connector,omitempty"` // "Query.order", or the id of @connect
	Forget    bool     `json:"forget,omitempty"`    // it must not stand in either, and is deleted
	DryRun    bool     `json:"dryRun,omitempty"`    // only count
}

// The most tags of one call, and the longest of them in bytes.
const (
	mostTags   = 1000
	longestTag = 1024
)

// tags are all that is meant.
func (i Invalidation) tags() ([]string, error) {
	all := slices.Clone(i.Tags)
	if i.Source != "" {
		all = append(all, "source:"+i.Source)
	}
	if i.Connector != "" {
		all = append(all, "connector:"+i.Connector)
	}
	switch {
	case len(all) == 0:
		return nil, BadInput("expected tags, source or connector: nothing says what is meant")
	case len(all) > mostTags:
		return nil, BadInput(fmt.Sprintf("%d tags: expected at most %d in one call", len(all), mostTags))
	}
	for n, tag := range all {
		if wrong := wrongTag(tag); wrong != "" {
			return nil, BadInput(fmt.Sprintf("tag %d: %s", n+1, wrong))
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func wrongTag(tag string) string {
	switch {
	case tag == "":
		return "is empty"
	case len(tag) > longestTag:
		return fmt.Sprintf("has %d bytes: expected at most %d", len(tag), longestTag)
	case !utf8.ValidString(tag):
		return "is not UTF-8"
	case strings.ContainsFunc(tag, unicode.IsControl):
		return "has a control character"
	case strings.HasSuffix(tag, ":"):
		return "names a whole kind of things, which no answer has: name them, or a source or connector"
	case strings.TrimSpace(tag) != tag:
		return "begins or ends with a space"
	}
	return ""
}

func (a answerRoutes) invalidate(c *Call) (any, error) {
	var asked Invalidation
	if err := c.Input(&asked); err != nil {
		return nil, err
	}
	tags, err := asked.tags()
	if err != nil {
		return nil, err
	}
	c.Note("tags", few(tags))
	c.Note("forget", asked.Forget)
	source, connector := asked.Source, asked.Connector
	if err := a.answers.Check(source, connector); err != nil {
		return nil, BadInput(err.Error())
	}
	for _, tag := range tags {
		if name, ok := strings.CutPrefix(tag, "source:"); ok {
			if err := a.answers.Check(name, ""); err != nil {
				return nil, BadInput(err.Error())
			}
		}
		if id, ok := strings.CutPrefix(tag, "connector:"); ok {
			if err := a.answers.Check("", id); err != nil {
				return nil, BadInput(err.Error())
			}
		}
	}
	var done Invalidated
	switch {
	case asked.DryRun:
		done, err = a.count(c, tags, asked.Forget)
	case asked.Forget:
		done, err = a.answers.Forget(c.Context(), tags)
	default:
		done, err = a.answers.Invalidate(c.Context(), tags)
	}
	if err != nil {
		return nil, failed(err)
	}
	c.Note("durable", done.Durable)
	if done.Found != nil {
		c.Note("found_in_memory", done.Found.Memory)
		c.Note("found_in_store", done.Found.Store)
	}
	if done.Unreadable > 0 {
		c.Note("unreadable", done.Unreadable)
	}
	if done.Left != nil && *done.Left != (Counts{}) {
		return nil, Unavailable(fmt.Sprintf("it is not forgotten: %d answers in memory and %d in the store still have the tags; ask again", done.Left.Memory, done.Left.Store))
	}
	return done, nil
}

// count says what an invalidation would find.
func (a answerRoutes) count(c *Call, tags []string, forget bool) (Invalidated, error) {
	found := &Counts{}
	err := a.answers.Entries(c.Context(), tags, func(e Entry) bool {
		found.add(e)
		return true
	})
	c.Note("dry_run", true)
	return Invalidated{Tags: tags, Forget: forget, DryRun: true, Found: found}, err
}

func (c *Counts) add(e Entry) {
	for _, where := range e.In {
		switch where {
		case "memory":
			c.Memory++
		case "store":
			c.Store++
		}
	}
}

// failed is an error as the caller may see it: of the store, not of who asked.
func failed(err error) error {
	if _, ok := errors.AsType[*RefusedError](err); ok {
		return err
	}
	return Unavailable(err.Error())
}

// few are tags as the log shows them.
func few(tags []string) string {
	const most = 10
	if len(tags) <= most {
		return strings.Join(tags, " ")
	}
	return strings.Join(tags[:most], " ") + fmt.Sprintf(" and %d more", len(tags)-most)
}

func (a answerRoutes) stats(c *Call) (any, error) { return a.answers.Stats(c.Context()), nil }

// Entries is what GET /v1/cache/KEY and GET /v1/entries answer.
type Entries struct {
	Entries []Entry `json:"entries"`
	More    bool    `json:"more,omitempty"` // there are more than were asked for
}

// show is one answer by its ID, or those to a request by its URL, with or without the method before it.
func (a answerRoutes) show(c *Call) (any, error) {
	key := c.PathValue("key")
	c.Note("key", shortened(key))
	values, err := flag(c, "values")
	if err != nil {
		return nil, err
	}
	found := Entries{Entries: []Entry{}}
	if isID(key) {
		e, ok, err := a.answers.Entry(c.Context(), key)
		if err != nil {
			return nil, failed(err)
		}
		if !ok {
			return nil, NotFound("nothing is remembered under " + key)
		}
		found.Entries = append(found.Entries, e.shown(values))
		return found, nil
	}
	method, url, ok := strings.Cut(key, " ")
	if !ok {
		method, url = "", key
	}
	if !strings.Contains(url, "://") {
		return nil, BadInput("expected the 22 characters of an ID, or an absolute URL, alone or behind a method")
	}
	err = a.answers.Entries(c.Context(), nil, func(e Entry) bool {
		if e.URL == url && (method == "" || e.Method == method) {
			found.Entries = append(found.Entries, e.shown(values))
		}
		return len(found.Entries) < mostEntries
	})
	if err != nil {
		return nil, failed(err)
	}
	if len(found.Entries) == 0 {
		return nil, NotFound("nothing is remembered of that request")
	}
	return found, nil
}

// mostEntries is how many are listed in one answer.
const mostEntries = 1000

// list is what is remembered, or what has one of the tags in the query.
func (a answerRoutes) list(c *Call) (any, error) {
	query := c.URL.Query()
	asked := Invalidation{Tags: query["tag"], Source: query.Get("source"), Connector: query.Get("connector")}
	var tags []string
	var err error
	if len(asked.Tags) > 0 || asked.Source != "" || asked.Connector != "" {
		if tags, err = asked.tags(); err != nil {
			return nil, err
		}
	}
	values, err := flag(c, "values")
	if err != nil {
		return nil, err
	}
	limit, err := limitOf(c)
	if err != nil {
		return nil, err
	}
	if err := a.answers.Check(asked.Source, asked.Connector); err != nil {
		return nil, BadInput(err.Error())
	}
	found := Entries{Entries: []Entry{}}
	err = a.answers.Entries(c.Context(), tags, func(e Entry) bool {
		if len(found.Entries) == limit {
			found.More = true
			return false
		}
		found.Entries = append(found.Entries, e.shown(values))
		return true
	})
	if err != nil {
		return nil, failed(err)
	}
	c.Note("tags", few(tags))
	c.Note("found", len(found.Entries))
	return found, nil
}

// limitOf is how many are listed at most.
func limitOf(c *Call) (int, error) {
	text := c.URL.Query().Get("limit")
	if text == "" {
		return 100, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > mostEntries {
		return 0, BadInput(fmt.Sprintf("limit: expected a number from 1 to %d", mostEntries))
	}
	return limit, nil
}

// flag is a parameter that is true or false.
func flag(c *Call, name string) (bool, error) {
	switch text := c.URL.Query().Get(name); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, BadInput(name + ": expected true or false")
}

// shown is e without the values in its URL's query, unless they were asked for: they may be secrets.
func (e Entry) shown(values bool) Entry {
	path, query, ok := strings.Cut(e.URL, "?")
	if values || !ok {
		return e
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		if name, _, ok := strings.Cut(part, "="); ok {
			parts[i] = name + "=…"
		}
	}
	e.URL = path + "?" + strings.Join(parts, "&")
	return e
}

// isID reports whether text can be 128 bits in base64url.
func isID(text string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return len(text) == 22 && strings.Trim(text, letters) == ""
}

// shortened is a key as the log shows it: without a query, which may hold secrets.
func shortened(key string) string {
	key, _, _ = strings.Cut(key, "?")
	const most = 200
	if len(key) > most {
		return strings.ToValidUTF8(key[:most], "") + "…"
	}
	return key
}

// Health is what GET /v1/health answers.
type Health struct {
	Version string `json:"version"`
	State   string `json:"state"` // ok, degraded or draining
	// Reasons say why it is not ok.
	Reasons []string `json:"reasons,omitempty"`
}

// OfHealth is the route that says how the gateway is.
func OfHealth(health func() Health) []Route {
	return []Route{{Pattern: "GET /v1/health", Quiet: true, Answer: func(*Call) (any, error) { return health(), nil }}}
}
