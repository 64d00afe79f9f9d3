package fetch

import (
	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// A batch asks for many keys by one connector, in as few calls as the source allows.
type batch struct {
	b  *begun
	c  *connector
	in *call.Inputs // of each request, but for the keys
}

// recallBatch ends the loads at places that memory can answer, and returns those places.
// One goroutine asks for the rest.
func (b *begun) recallBatch(places []int) (here []int) {
	t := &batch{b: b, c: b.choices[0], in: b.o.inputs(b.group, "")}
	err := caught(func() { here = t.recall(places) })
	if err != nil {
		t.fail(places, err)
		return places
	}
	return here
}

// recall ends the loads that memory can answer, and leaves the rest to a goroutine.
func (t *batch) recall(places []int) (here []int) {
	req, err := t.request(places)
	if err != nil {
		t.fail(places, err)
		return places
	}
	held := make([]*upstreams.Answer, len(places))
	if n := t.c.API.HeldBatch(t.b.ctx, req, held); n == len(places) {
		here = places
	} else {
		here = make([]int, 0, n)
		rest := make([]int, 0, len(places)-n)
		for i, place := range places {
			if held[i] != nil {
				here = append(here, place)
			} else {
				rest = append(rest, place)
			}
		}
		t.b.behind = append(t.b.behind, func() { t.finish(req, rest) })
	}
	for i, place := range places {
		if held[i] != nil {
			t.end(place, upstreams.Item{Answer: held[i]})
		}
	}
	return here
}

// finish ends the loads at places by calls, and settles them.
func (t *batch) finish(held *upstreams.Batch, places []int) {
	req := *held
	req.Keys = t.keys(places)
	err := caught(func() {
		for i, item := range t.c.API.ReadBatch(t.b.ctx, &req) {
			t.end(places[i], item)
		}
	})
	if err != nil {
		t.fail(places, err)
	}
	loads := make([]*Load, len(places))
	for i, place := range places {
		loads[i] = t.b.loads[place]
	}
	t.b.o.settle(loads...)
}

func (t *batch) end(place int, item upstreams.Item) {
	t.b.tell(problemsOf(item.Answer, item.Err))
	t.b.end(t.b.loads[place], t.b.group.Keys[place], found{by: t.c, answer: item.Answer, err: item.Err})
}

func (t *batch) fail(places []int, err error) {
	for _, place := range places {
		t.b.loads[place].end(found{by: t.c, err: err})
	}
}

// keys are those at places.
func (t *batch) keys(places []int) []string {
	keys := make([]string, len(places))
	for i, place := range places {
		keys[i] = string(t.b.group.Keys[place])
	}
	return keys
}

// request asks for the keys at places.
func (t *batch) request(places []int) (*upstreams.Batch, error) {
	keys := make([]call.Key, len(places))
	for i, place := range places {
		keys[i] = t.b.group.Keys[place]
	}
	req, err := t.c.AskBatch(t.in, keys)
	if err != nil {
		return nil, err
	}
	req.Split, req.Accept, req.Shortcut = t.split, t.item, t.b.short
	return req, nil
}

// item maps one item; one with status 404 is not there.
func (t *batch) item(reply upstreams.Reply) (any, error) {
	if len(reply.Body) == 0 {
		return t.c.mapper.NotThere(t.c.Vars(t.in)), nil
	}
	body, err := t.c.Parse(reply)
	if err != nil {
		return nil, call.Unusable(reply.Status, err)
	}
	vars := call.AnswerVars(t.c.Vars(t.in), reply)
	return some(t.c.mapper.Map(record.Reading{Body: body, Vars: vars, Status: reply.Status, Tally: t.c.API}))
}
