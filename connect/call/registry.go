package call

import (
	"fmt"
)

// A Registry is the connectors of one generation with their opened sources, by ID. It does not change and is safe
// for concurrent use.
type Registry struct {
	apis       map[string]*API
	connectors map[ID]*Opened
}

// NewRegistry opens every source with open, whose error it returns as it is, and compiles the requests of the
// connectors. A connector of a source that is not there is an error, and so are two with one ID.
func NewRegistry(sources []Source, connectors []*Connector, open func(Source) (*API, error)) (*Registry, error) {
	r := &Registry{apis: map[string]*API{}, connectors: make(map[ID]*Opened, len(connectors))}
	for _, s := range sources {
		api, err := open(s)
		if err != nil {
			return nil, err
		}
		r.apis[s.Name] = api
	}
	for _, c := range connectors {
		api := r.apis[c.Source]
		switch {
		case api == nil:
			return nil, fmt.Errorf("connector %s at %s: no source is called %q", c.ID, c.At, c.Source)
		case r.connectors[c.ID] != nil:
			return nil, fmt.Errorf("connector %s at %s: another one has this ID", c.ID, c.At)
		}
		r.connectors[c.ID] = api.Connect(c)
	}
	return r, nil
}

// Connector is the connector of that ID; nil if there is none.
func (r *Registry) Connector(id ID) *Opened { return r.connectors[id] }

// Source is the opened source of that name; nil if there is none.
func (r *Registry) Source(name string) *API { return r.apis[name] }

// An Opened is a connector of an opened source, with its request compiled. It does not change and is safe for
// concurrent use.
type Opened struct {
	*Connector

	API *API

	policy       Policy
	heeds        []string
	template     string // of its URL, as it is written
	slot         string // what every slot begins with
	inputs       []way  // of Reads, those that change a slot
	callers      []way  // Callers
	readsRequest bool
	readsArgs    bool
	request      *compiled
	others       inputsByLike
}

// Opened is [API.Connect] made once for each connector.
func (a *API) Opened(c *Connector) *Opened {
	if o, ok := a.opened.Load(c); ok {
		return o.(*Opened) //nolint:errcheck,forcetypeassert // nothing else is in it
	}
	o, _ := a.opened.LoadOrStore(c, a.Connect(c))
	return o.(*Opened) //nolint:errcheck,forcetypeassert // nothing else is in it
}

// Connect compiles the requests that c makes of the source.
func (a *API) Connect(c *Connector) *Opened {
	o := &Opened{
		Connector: c, API: a,
		policy: c.Policy.Or(a.source.Policy), heeds: c.heeds(),
		slot:         string(c.ID) + "\x00" + c.Hash + "\x00" + a.settings,
		callers:      waysOf(c.Callers),
		readsRequest: readsRequest(c.Callers),
		readsArgs:    a.readsArgs(c),
		request:      a.request(c),
	}
	if c.URL != nil {
		o.template = c.URL.Source
	}
	if m := o.isSuccess(); m != nil {
		o.slot += "\x00" + m.Source // what was judged by another one is judged anew
	}
	for _, w := range waysOf(c.Reads) {
		if changesSlot(w.variable) {
			o.inputs = append(o.inputs, w)
		}
	}
	return o
}
