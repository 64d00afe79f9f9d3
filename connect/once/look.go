package once

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/outbox"
)

// An Ask runs the query of a @probe for nobody in particular, of how things are from now on, and returns its data as
// JSON. The error says why that cannot be relied on.
type Ask func(ctx context.Context, variables map[string]any) (data []byte, err error)

// Look looks by c's @probe whether a write was made. c, which may be nil, is the connector of the write's name as it is
// now. The error says why nothing is found, without anything that was sent or answered.
func Look(ctx context.Context, c *call.Opened, l outbox.Look, ask Ask) (outbox.Found, error) {
	switch {
	case c == nil:
		return outbox.Nothing, errors.New("its connector is gone")
	case c.Connector.Write == nil || c.Connector.Write.Probe == nil:
		return outbox.Nothing, errors.New("its connector has no @probe any more")
	}
	p := c.Connector.Write.Probe
	args, _, err := mapping.ParseJSON(l.Write.Args, mapping.JSONLimits{})
	if err != nil {
		return outbox.Nothing, errors.New("its arguments cannot be read")
	}
	vars := mapping.Vars{"$args": args, "$write": mapping.ObjectValue(append(written(l.Write.ID, l.Key, l.Write.Accepted),
		mapping.Member{Key: "sentAt", Value: mapping.StringValue(moment(l.Sent))},
		mapping.Member{Key: "attempt", Value: mapping.IntValue(int64(l.Attempt))},
	)...)}
	variables, err := variablesOf(p, vars)
	if err != nil {
		return outbox.Nothing, err
	}
	data, err := ask(ctx, variables)
	if err != nil {
		return outbox.Nothing, err
	}
	answer, _, err := mapping.ParseJSON(data, mapping.JSONLimits{})
	if err != nil {
		return outbox.Nothing, fmt.Errorf("the answer to the query of @probe cannot be read: %w", err)
	}
	return found(p.Made.Apply(answer, vars).Value)
}

// written is $write of a write of that name, which carries that key.
func written(id outbox.ID, key string, accepted time.Time) []mapping.Member {
	return []mapping.Member{
		{Key: "id", Value: mapping.StringValue(id.String())},
		{Key: "key", Value: mapping.StringValue(key)},
		{Key: "acceptedAt", Value: mapping.StringValue(moment(accepted))},
	}
}

func moment(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// variablesOf are those that the query of p is asked with.
func variablesOf(p *call.Probe, vars mapping.Vars) (map[string]any, error) {
	if p.Variables == nil {
		return nil, nil
	}
	yields := p.Variables.Apply(mapping.NullValue(), vars).Value
	if yields.IsMissing() || yields.IsNull() {
		return nil, nil
	}
	variables, ok := yields.Any().(map[string]any)
	if !ok {
		return nil, errors.New("variables of @probe yields no object")
	}
	return variables, nil
}

// found is what is found where made of a @probe yields v.
func found(v mapping.Value) (outbox.Found, error) {
	made, ok := v.Bool()
	switch {
	case ok && made:
		return outbox.WasMade, nil
	case ok:
		return outbox.WasNot, nil
	case v.IsMissing() || v.IsNull():
		return outbox.Nothing, errors.New("made of @probe says that it cannot be told")
	}
	return outbox.Nothing, errors.New("made of @probe yields neither true nor false nor null")
}
