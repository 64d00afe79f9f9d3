package fetch

import (
	"errors"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// split finds the item of every key in an answer. They are told apart by key,
// never by position: vendors leave out, repeat and add items. What is repeated or
// was not asked for is left out, and counted as drift. Beside an item without a key,
// which may be any, nobody knows that those not found are not there.
func (t *batch) split(reply upstreams.Reply, keys []string) (map[string][]byte, error) {
	vars := t.c.Vars(t.in.With(keys))
	parts := vars["$batch"].At(0).Len()
	nullable := t.c.Nullable && len(keys) == 1 // which of several is not there nobody knows
	body, vars, err := t.c.JudgeWith(vars, nullable, reply)
	switch {
	case errors.Is(err, call.ErrNotThere):
		return nil, nil //nolint:nilnil // none of them
	case err != nil:
		return nil, err
	}
	s := splitting{t: t, parts: parts, found: make(map[string][]byte, len(keys)), asked: make(map[string]bool, len(keys))}
	for _, key := range keys {
		s.asked[key] = true
	}
	s.reading = record.Reading{Body: body, Vars: vars, Status: reply.Status, Tally: t.c.API}
	items := t.c.mapper.Items(s.reading)
	switch {
	case items.IsArray():
	case items.IsNotFound() || !items.IsMissing() && !items.IsNull():
		return nil, call.Unusable(reply.Status, errors.New("expected a list of items"))
	default: // none of them
		t.c.API.Nulls(string(t.c.ID), string(t.c.ID), 1)
	}
	for _, item := range items.Items() {
		s.take(item)
	}
	if len(s.found) == 0 && items.Len() > 0 {
		return nil, call.Unusable(reply.Status, errors.New("there are items, and none has one of the keys"))
	}
	return s.found, s.unknown
}

// A splitting is a batch's answer that is being taken apart.
type splitting struct {
	t       *batch
	reading record.Reading
	parts   int // that a key has
	asked   map[string]bool
	found   map[string][]byte
	unknown error // why those that are not found may be there
}

func (s *splitting) take(item mapping.Value) {
	key, parts := s.t.c.mapper.AppendKey(nil, item, s.reading.Vars)
	name := string(key)
	switch {
	case parts < s.parts && !item.IsNull():
		s.drift("an item without its key")
		s.unknown = call.Unusable(s.reading.Status, errors.New("there is an item without its key, which may be this"))
	case !s.asked[name]:
		s.drift("an item that was not asked for")
	case s.found[name] != nil:
		s.drift("an item twice")
	default:
		s.found[name] = item.AppendJSON(nil)
	}
}

func (s *splitting) drift(what string) {
	s.t.c.API.Drift(string(s.t.c.ID), "$batch: "+what)
}
