package view

import (
	"context"
	"errors"
	"fmt"

	"holdfast/connect/call"
	"holdfast/connect/fetch"
	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// A Question is what is asked of one connector, or of those of one field.
type Question struct {
	Of   string // a connector's ID, or the coordinate of a field
	Args mapping.Value
	// Assumed says that the argument first stands at its default.
	Assumed bool
	// Keys are what is asked for; "" asks for nothing, but of a root field.
	Keys  []call.Key
	Asked record.Asked // nil: everything
}

// Found is what came for one key. The zero value is that there was nothing to ask.
type Found struct {
	Answer *record.Answer
	Part   upstreams.Part // how fresh it is; without a path
	Err    error
}

// Ask asks, and waits until all has come. Found is in the order of the keys.
func (g *Graph) Ask(ctx context.Context, q Question) ([]Found, error) {
	t, ok := g.asked[q.Of]
	if !ok {
		return nil, fmt.Errorf("there is no connector %s", q.Of)
	}
	loads := fetch.FromContext(ctx)
	if loads == nil {
		return nil, errors.New("the context is not that of a field of the graph")
	}
	group := &fetch.Group{Connectors: t.ids, Args: q.Args, Assumed: q.Assumed, Asked: q.Asked}
	places, seen := make([]int, len(q.Keys)), map[call.Key]int{}
	for i, key := range q.Keys {
		if key == "" && !t.root {
			places[i] = -1
			continue
		}
		if _, ok := seen[key]; !ok {
			seen[key] = len(group.Keys)
			group.Keys = append(group.Keys, key)
		}
		places[i] = seen[key]
	}
	all := make([]Found, len(q.Keys))
	if len(group.Keys) == 0 {
		return all, nil
	}
	done := make(chan struct{})
	asked, now := loads.Begin(ctx, group, func() { close(done) })
	if !now {
		<-done // ends early with ctx
	}
	for i, place := range places {
		if place >= 0 {
			all[i] = served(asked[place], q.Asked)
		}
	}
	return all, nil
}

func served(l *fetch.Load, asked record.Asked) Found {
	if l.Err != nil {
		return Found{Err: l.Err}
	}
	answer, part := l.Serve(asked)
	return Found{Answer: answer, Part: part}
}
