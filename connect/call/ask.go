package call

import (
	"strings"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// slotOf names what this connector makes of an answer with the settings of its source.
func (o *Opened) slotOf(vars mapping.Vars) string {
	if len(o.inputs) == 0 {
		return o.slot
	}
	var b strings.Builder
	b.WriteString(o.slot)
	for _, path := range o.inputs {
		b.WriteString("\x00" + lookup(vars, path).String())
	}
	return b.String()
}

// changesSlot says whether a variable is an input of its own: status and response
// belong to the answer, and settings are one with their API.
func changesSlot(path string) bool {
	name, _, _ := strings.Cut(path, ".")
	switch name {
	case "$args", "$this", "$request", "$context":
		return true
	}
	return false
}

// scopeOf is the text of every caller-dependent input; "" when there is none.
func (o *Opened) scopeOf(vars mapping.Vars) string {
	if len(o.Callers) == 0 {
		return ""
	}
	var b strings.Builder
	for _, path := range o.Callers {
		b.WriteString(path + "=" + lookup(vars, path).String() + "\x00")
	}
	return b.String()
}

// lookup follows $name.key.key. Header names are in lower case, as in paths.
func lookup(vars mapping.Vars, path string) mapping.Value {
	name, rest, more := strings.Cut(path, ".")
	v := vars[name]
	for more {
		name, rest, more = strings.Cut(rest, ".")
		v = v.Get(name)
	}
	return v
}

// Ask is the request of a call with these inputs, for [upstreams.Client.Read], or Write where the connector Writes;
// whoever sends it sets Accept. What cannot be made of the inputs is an [upstreams.Error] of kind
// [upstreams.BadInput], and nothing is sent.
func (o *Opened) Ask(in *Inputs) (*upstreams.Request, error) {
	b := builder{Opened: o, in: in, vars: o.Vars(in)}
	return b.request()
}

// Address is the URL of the request that a call with these inputs makes, of which nothing else is built. The error is an
// [upstreams.Error] of kind [upstreams.BadInput].
func (o *Opened) Address(in *Inputs) (string, error) {
	if in.Target != "" {
		return o.API.base.Scheme + "://" + o.API.base.Host + in.Target, nil
	}
	b := builder{Opened: o, in: in, vars: o.Vars(in)}
	address, err := b.build()
	if err != nil {
		return "", o.refuse(err)
	}
	return address, nil
}
