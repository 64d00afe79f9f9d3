// Package settings reads holdfast.yaml, what -set puts on top of it, and ${NAME}: with the place of every mistake,
// and without secrets in what is said of it. Nothing else reads settings. Begin with [File] and [Read].
package settings

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"holdfast/admin"
	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/gateway"
	"holdfast/upstreams"
	"holdfast/upstreams/field"
)

// File is holdfast.yaml. The comments of the Config types are its manual.
type File struct {
	// Sources are the APIs, by the names that the SDL gives them.
	Sources map[string]Source `yaml:"sources"`
	// Defaults hold for what a source does not set itself. Both win over the SDL.
	Defaults Source `yaml:"defaults"`
	// Gateway bounds what one request to the graph may ask for.
	Gateway gateway.Config `yaml:"gateway"`
	// Cache is what is remembered of answers. A change takes a restart, but for shrink and jitter.
	Cache Cache `yaml:"cache"`
	// Writes is what is kept of changes whose callers have an idempotency key for them. A change takes a restart.
	Writes Writes `yaml:"writes"`
	// Events is what is kept of what sources tell of by webhooks. A change takes a restart.
	Events Events `yaml:"events"`
	// Admin says who may use an admin listener on an address (-admin HOST:PORT).
	Admin admin.Config `yaml:"admin"`
}

// Source is what the operator says of one source.
type Source struct {
	// URL replaces the base URL of the SDL.
	URL string `yaml:"url"`
	// Client is how the source is called; its keys stand beside url.
	Client upstreams.Config `yaml:",inline"`
	// Config is what $config stands for in the source's connectors.
	Config map[string]any `yaml:"config"`
	// Webhooks are those by which the source tells what has changed. They are taken where @on says what that means.
	Webhooks Webhooks `yaml:"webhooks"`
}

// Keeps returns an error where s, read while those of before are in use, no longer
// names a source, or has no defaults left, or no url or auth for a source that it
// says something else of: an editor or a copy that is half done looks like that, and
// a call to another address, or without its credential, cannot be taken back.
func (s *File) Keeps(before *File, file string) error {
	gone := func(what, meant string) error {
		return Wrong(file+":1:1", what+" is gone; to mean that, "+meant+"start again")
	}
	for _, name := range slices.Sorted(maps.Keys(before.Sources)) {
		was, is := before.Sources[name], s.Sources[name]
		_, named := s.Sources[name]
		meant := fmt.Sprintf("write %q or ", name+": {}")
		switch {
		case reflect.ValueOf(was).IsZero(), named && reflect.ValueOf(is).IsZero():
		case !named:
			return gone("sources."+name, meant)
		case was.URL != "" && is.URL == "":
			return gone("sources."+name+".url", meant)
		case before.hasAuth(was) && !s.hasAuth(is):
			return gone("sources."+name+".auth", meant)
		}
	}
	if !reflect.ValueOf(before.Defaults).IsZero() && reflect.ValueOf(s.Defaults).IsZero() {
		return gone("defaults", "")
	}
	return nil
}

// Unchangeable are the settings in which s differs from those that the program began with, and which only begin
// to count when it starts again.
func (s *File) Unchangeable(began *File) []string {
	var all []string
	differs := func(key string, is, was any) {
		if !reflect.DeepEqual(is, was) {
			all = append(all, key)
		}
	}
	differs("cache.memory", s.Cache.Memory, began.Cache.Memory)
	differs("cache.disk", s.Cache.Disk, began.Cache.Disk)
	differs("cache.store", s.Cache.Store, began.Cache.Store)
	differs("writes", s.Writes, began.Writes)
	differs("events", s.Events, began.Events)
	differs("gateway.subscriptions.most", s.Gateway.Subscriptions.Most, began.Gateway.Subscriptions.Most)
	differs("gateway.bodies", s.Gateway.Bodies, began.Gateway.Bodies)
	named := slices.Concat(slices.Collect(maps.Keys(s.Sources)), slices.Collect(maps.Keys(began.Sources)))
	is, was := s.Shares(named), began.Shares(named)
	slices.Sort(named)
	for _, name := range slices.Compact(named) {
		differs("sources."+name+".cache.share", is[name], was[name])
	}
	return all
}

// Shares are the parts of cache.memory that each of sources may take; one that is not among them may take all.
func (s *File) Shares(sources []string) map[string]float64 {
	all := map[string]float64{}
	for _, name := range sources {
		if share := s.Sources[name].Client.Or(s.Defaults.Client).Cache.Share; share > 0 {
			all[name] = share
		}
	}
	return all
}

// hasAuth says whether a source has a credential.
func (s *File) hasAuth(of Source) bool {
	return !reflect.ValueOf(of.Client.Auth).IsZero() || !reflect.ValueOf(s.Defaults.Client.Auth).IsZero()
}

// Error says what is wrong where. It is the operator's to mend.
type Error struct {
	Where   string // FILE:LINE:COL, or the flag
	Message string // without secrets

	line, column int // in the file; 0: elsewhere
}

// Wrong returns the error of what stands there.
func Wrong(where, message string) *Error { return &Error{Where: where, Message: message} }

// Error returns place and message.
func (e *Error) Error() string { return e.Where + ": " + e.Message }

// Errors returns all that err says of settings, in the order of their places.
func Errors(err error) []*Error {
	if one, ok := err.(*Error); ok { //nolint:errorlint // what is wrapped is looked at below
		return []*Error{one}
	}
	var below []error
	switch e := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() []error }:
		below = e.Unwrap()
	case interface{ Unwrap() error }:
		below = []error{e.Unwrap()}
	}
	var all []*Error
	for _, e := range below {
		all = append(all, Errors(e)...)
	}
	return all
}

// Read reads the file called name, with sets (KEY=VALUE) on top, ${NAME}
// taken from env. known are the sources that the SDL declares. The error says all
// that is wrong: what cannot be read is left out, and the rest is checked.
func Read(name string, sets []string, env func(string) (string, bool), known []string) (*File, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, Wrong(name+":1:1", "cannot be read: "+field.Reason(err))
	}
	f := &document{name: name, env: env}
	if err := f.parse(bytes.TrimPrefix(text, []byte("\ufeff"))); err != nil { // editors put a byte order mark there
		return nil, err
	}
	for _, set := range sets {
		if err := f.set(set); err != nil {
			f.wrong = append(f.wrong, err)
		}
	}
	f.expand()
	s := &File{}
	if f.decode(s) {
		f.check(s, known)
	}
	return s, f.err()
}

// A document is a file on its way to settings: it knows where everything is.
type document struct {
	name string
	env  func(string) (string, bool)
	root *ast.MappingNode // nil: the file says nothing
	sets map[ast.Node]string

	wrong []*Error
	unset map[ast.Node]bool // texts with a ${NAME} that has no value
}

// err is all that is wrong, nil if nothing is: of the file in its order, then of
// the flags.
func (f *document) err() error {
	slices.SortStableFunc(f.wrong, func(a, b *Error) int {
		if (a.line == 0) != (b.line == 0) {
			return cmp.Compare(b.line, a.line)
		}
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	all := make([]error, len(f.wrong))
	for i, err := range f.wrong {
		all[i] = err
	}
	return errors.Join(all...)
}

// mistake notes what is wrong at a node.
func (f *document) mistake(n ast.Node, format string, args ...any) {
	f.wrong = append(f.wrong, f.at(n, format, args...))
}

// at is an error at a node.
func (f *document) at(n ast.Node, format string, args ...any) *Error {
	line, column := 1, 1
	if n != nil && n.GetToken() != nil {
		line, column = n.GetToken().Position.Line, n.GetToken().Position.Column
	}
	message := fmt.Sprintf(format, args...)
	if flag, ok := f.sets[n]; ok {
		return Wrong(flag, message)
	}
	return f.wrongAt(line, column, message)
}

func (f *document) wrongAt(line, column int, message string) *Error {
	return &Error{Where: fmt.Sprintf("%s:%d:%d", f.name, line, column), Message: message, line: line, column: column}
}

// yamlError is an error of the YAML library, without the lines around it: those
// may hold secrets.
func (f *document) yamlError(err error) *Error {
	y, ok := errors.AsType[yaml.Error](err)
	if !ok {
		return f.at(f.root, "%s", err)
	}
	line, column := 1, 1
	if t := y.GetToken(); t != nil && t.Position != nil {
		line, column = t.Position.Line, t.Position.Column
	}
	return f.wrongAt(line, column, y.GetMessage())
}

// parse reads the one document of a file.
func (f *document) parse(text []byte) error {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return f.yamlError(err)
	}
	docs := slices.DeleteFunc(slices.Clone(file.Docs), func(d *ast.DocumentNode) bool { return isEmpty(d.Body) })
	switch {
	case len(docs) == 0:
		return nil
	case len(docs) > 1:
		return f.at(first(docs[1].Body), "a second document: expected one")
	}
	root, err := f.mapping(docs[0].Body)
	f.root = root
	return err
}

// first is the first key of a mapping, whose own token is a colon.
func first(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return n.Values[0].Key
		}
	case *ast.MappingValueNode:
		return n.Key
	}
	return n
}

func isEmpty(n ast.Node) bool {
	if n == nil {
		return true
	}
	return n.Type() == ast.CommentType || n.Type() == ast.NullType
}

// mapping is a node that must be a mapping. The library parses a mapping of one
// key as the pair alone.
func (f *document) mapping(n ast.Node) (*ast.MappingNode, error) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n, nil
	case *ast.MappingValueNode:
		return ast.Mapping(n.GetToken(), false, n), nil
	}
	return nil, f.at(n, "expected keys such as sources: and gateway:")
}

// decode fills s with what fits. It returns false if nothing can be said of it.
func (f *document) decode(s *File) bool {
	if f.root == nil {
		return true
	}
	f.fits(f.root, reflect.TypeOf(s))
	err := yaml.NodeToValue(f.root, s, yaml.Strict())
	if err != nil && len(f.wrong) == 0 {
		f.wrong = append(f.wrong, f.yamlError(err))
	}
	return err == nil
}

// check notes what only the whole can tell.
func (f *document) check(s *File, known []string) {
	for name := range s.Sources {
		if !slices.Contains(known, name) {
			f.mistake(f.find("sources", name), "unknown source %q: the SDL declares %s", name, strings.Join(known, ", "))
		}
	}
	f.checked(s.Gateway.Validate(), "gateway")
	f.checked(s.Cache.Validate(), "cache")
	f.checked(s.Writes.Validate(), "writes")
	f.checked(s.Events.Validate(), "events")
	f.checked(s.Admin.Validate(), "admin")
	if s.Defaults.URL != "" {
		f.mistake(f.find("defaults", "url"), "url: each source has its own")
	}
	if s.Defaults.Webhooks.Are() {
		f.mistake(f.find("defaults", "webhooks"), "webhooks: each source has its own")
	}
	f.checked(s.Defaults.Client.Validate(), "defaults")
	for name, source := range s.Sources {
		if f.saysNothing(name) {
			delete(s.Sources, name)
		}
		if source.URL != "" {
			if _, err := call.ParseBase(source.URL); err != nil {
				f.mistake(f.find("sources", name, "url"), "url: %s", err)
			}
		}
		if _, err := mapping.FromAny(source.Config); err != nil {
			f.mistake(f.find("sources", name, "config"), "config: %s", err)
		}
		f.checked(source.Webhooks.Validate(), "sources", name)
		f.checked(source.Client.Validate(), "sources", name)
	}
}

// saysNothing says whether a source has a name and no value, as where a file ends
// too early.
func (f *document) saysNothing(source string) bool {
	_, sources := f.below(f.root, "sources")
	_, value := f.below(sources, source)
	return value != nil && value.Type() == ast.NullType
}

// checked notes what a Validate found, with its places below path.
func (f *document) checked(err error, path ...string) {
	all, ok := errors.AsType[field.Errors](err)
	if !ok && err != nil {
		f.mistake(f.find(path...), "%s", err)
	}
	for _, wrong := range all {
		f.mistake(f.find(append(slices.Clone(path), strings.Split(wrong.Path, ".")...)...), "%s", wrong)
	}
}

// find is the key, or the item of a list, at the end of path, or the last one on
// the way that is there.
func (f *document) find(path ...string) ast.Node {
	var found, at ast.Node
	if f.root != nil {
		at = f.root
	}
	for _, key := range path {
		var shown ast.Node
		if shown, at = f.below(at, key); at == nil {
			break
		}
		found = shown
		if _, ok := f.sets[at]; ok {
			found = at
		}
	}
	return found
}

// below is what n has under a key: what to point at, and the value.
func (f *document) below(n ast.Node, key string) (shown, value ast.Node) {
	if list, ok := n.(*ast.SequenceNode); ok {
		if i, err := strconv.Atoi(key); err == nil && i < len(list.Values) {
			return list.Values[i], list.Values[i]
		}
		return nil, nil
	}
	if m, err := f.mapping(n); n != nil && err == nil {
		if v := lookup(m, key); v != nil {
			return v.Key, v.Value
		}
	}
	return nil, nil
}

func lookup(m *ast.MappingNode, key string) *ast.MappingValueNode {
	if m == nil {
		return nil
	}
	for _, v := range m.Values {
		if v.Key.GetToken().Value == key {
			return v
		}
	}
	return nil
}
