package call

import (
	"net/http"
	"strings"
	"sync"

	"holdfast/cache"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/quota"
)

// Inputs are what one call of a connector is made of, besides the connector. The zero value has none. They are
// not changed once they were given away.
type Inputs struct {
	Args mapping.Value // $args
	// This is $this, or the key of an object that a connector loads, which stands in
	// $args where the connector's AsArgs says so. "": none.
	This   Key
	Batch  []Key          // $batch; nil: none
	Caller *Caller        // nil: nobody
	Write  *mapping.Value // $write: {id, key, acceptedAt}; nil where the connector's ReadsWrite does not ask for it
	// Extra are query parameters besides the connector's own, as pages need them.
	Extra []Parameter
	// Target is the path and query of a page that a link led to, in place of the connector's; see [API.Target].
	Target string

	// Operation, Priority, NotBefore and NoStandIns are as in [upstreams.Request].
	Operation  *upstreams.Operation
	Priority   quota.Priority
	NotBefore  cache.AsOf
	NoStandIns bool
}

// A Parameter is one of a URL's query. Neither name nor value is encoded.
type Parameter struct{ Name, Value string }

// A Caller is what one operation knows of who asks. It is made once per operation; its fields are not changed
// afterwards. It is safe for concurrent use.
type Caller struct {
	Header  http.Header   // of his request
	Context mapping.Value // $context: what middleware found out of him; missing is an empty object

	once    sync.Once
	request mapping.Value
}

// Request is $request: {headers: {name: [values]}} with names in lower case. Of nil there are none.
func (c *Caller) Request() mapping.Value {
	if c == nil {
		return headersValue(nil)
	}
	c.once.Do(func() { c.request = headersValue(c.Header) })
	return c.request
}

func (c *Caller) context() mapping.Value {
	if c == nil || c.Context.IsMissing() {
		return mapping.ObjectValue()
	}
	return c.Context
}

func (c *Caller) header() http.Header {
	if c == nil {
		return nil
	}
	return c.Header
}

// write is $write.
func (in *Inputs) write() mapping.Value {
	if in.Write == nil {
		return mapping.Value{}
	}
	return *in.Write
}

// Vars are the variables of a call with these inputs.
func (o *Opened) Vars(in *Inputs) mapping.Vars {
	args, this := in.Args, in.This.Value()
	if o.AsArgs && in.This != "" {
		args, this = this, mapping.Value{}
	}
	vars := mapping.Vars{
		"$args": args, "$this": this, "$config": o.API.config, "$env": o.API.env,
		"$context": in.Caller.context(), "$request": mapping.ObjectValue(), "$write": in.write(),
	}
	if o.readsRequest {
		vars["$request"] = in.Caller.Request()
	}
	if in.Batch != nil {
		keys := make([]mapping.Value, len(in.Batch))
		for i, key := range in.Batch {
			keys[i] = key.Value()
		}
		vars["$batch"] = mapping.ArrayValue(keys...)
	}
	return vars
}

// readsRequest says whether one of the caller-dependent inputs is of the caller's request.
func readsRequest(callers []string) bool {
	for _, path := range callers {
		if strings.HasPrefix(path, "$request") {
			return true
		}
	}
	return false
}
