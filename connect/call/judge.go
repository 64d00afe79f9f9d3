package call

import (
	"cmp"
	"errors"
	"maps"
	"strings"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// ErrNotThere is an API that says, in its own format, that there is no such thing.
var ErrNotThere = errors.New("not there")

// Judge reads the answer to a call with these inputs. It returns the body and the variables that mappings of it read,
// or an [upstreams.Error], or [ErrNotThere] where null may say so too.
func (o *Opened) Judge(in *Inputs, reply upstreams.Reply) (mapping.Value, mapping.Vars, error) {
	return o.JudgeWith(o.Vars(in), o.Nullable, reply)
}

// JudgeWith is [Opened.Judge] for who has the variables, and knows whether null may say that it is not there.
func (o *Opened) JudgeWith(vars mapping.Vars, nullable bool, reply upstreams.Reply) (mapping.Value, mapping.Vars, error) {
	in, unread := o.Parse(reply)
	may := nullable && o.mayBeAbsent(reply)
	if o.NoBody && errors.Is(unread, errType) && !may {
		in, unread = mapping.NoBody(), nil
	}
	all := AnswerVars(vars, reply)
	refusal := o.refusal(reply, in, unread, all)
	absent := refusal != nil && may
	switch {
	case absent && (unread == nil || reply.Ruled()): // whatever the body is, the operator knows what it means
		return mapping.Value{}, nil, ErrNotThere
	case refusal != nil && !absent:
		return mapping.Value{}, nil, refusal
	case unread != nil:
		return mapping.Value{}, nil, Unusable(reply.Status, unread)
	}
	return in, all, nil
}

// Unusable is the error of an answer that is not what was declared.
func Unusable(status int, err error) *upstreams.Error {
	return &upstreams.Error{Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Status: status, Err: err}
}

// AnswerVars adds what is known of the answer to the variables of the request.
func AnswerVars(vars mapping.Vars, reply upstreams.Reply) mapping.Vars {
	all := mapping.Vars{"$status": mapping.IntValue(int64(reply.Status)), "$response": headersValue(reply.Header)}
	maps.Copy(all, vars)
	return all
}

// refusal is nil for a good answer: what the operator says of its status, else
// isSuccess, else the status. A body that cannot be read counts as null, and is not
// good whatever isSuccess says.
func (o *Opened) refusal(reply upstreams.Reply, in mapping.Value, unread error, vars mapping.Vars) *upstreams.Error {
	e := reply.Err()
	if unread != nil {
		if e == nil {
			return nil
		}
		in = mapping.NullValue()
	}
	if isSuccess := o.isSuccess(); isSuccess != nil {
		ok, isBool := isSuccess.Apply(in, vars).Value.Bool()
		if !isBool {
			o.drift("isSuccess: no boolean")
		}
		switch {
		case ok && !reply.Ruled():
			return nil
		case e == nil: // it looks good and is not: what was good before may stand in
			e = &upstreams.Error{
				Kind: upstreams.Refused, Reason: upstreams.ReasonContract, Status: reply.Status,
				Err: errors.New("isSuccess is not true"),
			}
		}
	}
	if e == nil {
		return nil
	}
	e.Message = o.message(in, vars)
	e.Extensions = o.extensions(in, vars)
	return e
}

// isSuccess is the connector's mapping or its source's; nil: neither has one.
func (o *Opened) isSuccess() *mapping.Mapping {
	return cmp.Or(o.IsSuccess, o.API.source.IsSuccess)
}

// message is what the connector's mapping, or else its source's, makes of a failed
// answer; "" if neither has one.
func (o *Opened) message(in mapping.Value, vars mapping.Vars) string {
	m := cmp.Or(o.Message, o.API.source.Message)
	if m == nil {
		return ""
	}
	if text, _ := m.Apply(in, vars).Value.Str(); text != "" {
		return strings.Clone(text) // the answer is not kept
	}
	o.drift("errors.message: no text")
	return "Request failed"
}

// extensions merges the objects of the source's mapping and the connector's; the
// latter wins. A code that is no text would be none, so it is left out.
func (o *Opened) extensions(in mapping.Value, vars mapping.Vars) map[string]any {
	var all map[string]any
	for _, m := range []*mapping.Mapping{o.API.source.Extensions, o.Extensions} {
		if m == nil {
			continue
		}
		v := m.Apply(in, vars).Value
		if !v.IsObject() {
			o.drift("errors.extensions: no object")
		}
		for name, v := range v.Members() {
			if code, _ := v.Str(); name == "code" && code == "" {
				o.drift("errors.extensions.code: no text")
				continue
			}
			if all == nil {
				all = map[string]any{}
			}
			all[strings.Clone(name)] = own(v).Any()
		}
	}
	return all
}

// own is v with texts of its own.
func own(v mapping.Value) mapping.Value {
	again, _, err := mapping.ParseJSON(v.AppendJSON(nil), mapping.JSONLimits{})
	if err != nil {
		return v
	}
	return again
}

// mayBeAbsent says whether an answer says that there is no such thing, where null may say so too.
func (o *Opened) mayBeAbsent(reply upstreams.Reply) bool {
	return reply.NotThere() && !o.Writes && (o.isSuccess() == nil || reply.Ruled())
}

func (o *Opened) drift(place string) { o.API.Drift(string(o.ID), place) }
