package once_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/once"
	"holdfast/outbox"
)

func parsed(t *testing.T, text string) *mapping.Mapping {
	t.Helper()
	if text == "" {
		return nil
	}
	m, err := mapping.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLook(t *testing.T) {
	at := time.Date(2026, 11, 30, 12, 0, 0, 5e8, time.FixedZone("", 3600))
	write := &outbox.Write{ID: outbox.ID{1}, Args: []byte(`{"order":"7","n":12345678901234567890}`), Accepted: at}
	look := outbox.Look{Write: write, Key: "the key", Attempt: 2, Sent: at.Add(90 * time.Second)}
	const all = "order: $args.order n: $args.n id: $write.id key: $write.key from: $write.acceptedAt sent: $write.sentAt try: $write.attempt"
	for name, tt := range map[string]struct {
		variables, made, data string
		fails                 error
		args                  string
		want                  outbox.Found
		asked                 map[string]any
		says                  string // in the error
	}{
		"true is made":      {made: "$.made", data: `{"made":true}`, want: outbox.WasMade},
		"false is not":      {made: "$.made", data: `{"made":false}`, want: outbox.WasNot},
		"null is not known": {made: "$.made", data: `{"made":null}`, says: "cannot be told"},
		"nor is nothing":    {made: "$.made.deep", data: `{"made":null}`, says: "cannot be told"},
		"nor is a text":     {made: "$.made", data: `{"made":"true"}`, says: "neither true nor false"},
		"the query gets what is known of the write": {
			variables: all, made: "$.made", data: `{"made":true}`, want: outbox.WasMade,
			asked: map[string]any{
				"order": "7", "n": json.Number("12345678901234567890"), "id": write.ID.String(), "key": "the key",
				"from": "2026-11-30T11:00:00Z", "sent": "2026-11-30T11:01:30Z", "try": json.Number("2"),
			},
		},
		"and so does what reads its answer": {
			made: `$.notes.reference->contains($write.id)->and($args.order->eq("7"))`, data: `{"notes":[{"reference":"x"},{"reference":"` + write.ID.String() + `"}]}`,
			want: outbox.WasMade,
		},
		"an empty list has nothing of it":    {made: "$.notes.reference->contains($write.id)", data: `{"notes":[]}`, want: outbox.WasNot},
		"a list that is not there may":       {made: "$.order.notes.reference->contains($write.id)", data: `{"order":null}`, says: "cannot be told"},
		"an API that is out says nothing":    {made: "$.made", data: `{"made":false}`, fails: errors.New("it is out"), says: "it is out"},
		"nor does what is no JSON":           {made: "$.made", data: `{"made":`, says: "cannot be read"},
		"without arguments nothing is asked": {made: "$.made", data: `{"made":true}`, args: "{", says: "arguments"},
		"variables are an object":            {variables: "$args.order", made: "$.made", data: `{"made":true}`, says: "no object"},
	} {
		t.Run(name, func(t *testing.T) {
			l := look
			if tt.args != "" {
				own := *write
				own.Args = []byte(tt.args)
				l.Write = &own
			}
			c := &call.Opened{Connector: &call.Connector{Write: &call.Write{
				Probe: &call.Probe{Variables: parsed(t, tt.variables), Made: parsed(t, tt.made)},
			}}}
			var asked map[string]any
			found, err := once.Look(t.Context(), c, l, func(_ context.Context, variables map[string]any) ([]byte, error) {
				asked = variables
				return []byte(tt.data), tt.fails
			})
			if found != tt.want || (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("found %d, %v; want %d and an error with %q", found, err, tt.want, tt.says)
			}
			if diff := cmp.Diff(tt.asked, asked); diff != "" {
				t.Error("asked with", diff)
			}
		})
	}
}

func TestNobodyLooksWithoutAProbe(t *testing.T) {
	for name, c := range map[string]*call.Opened{
		"the connector is gone":     nil,
		"it says nothing of writes": {Connector: &call.Connector{}},
		"it has no @probe any more": {Connector: &call.Connector{Write: &call.Write{}}},
	} {
		found, err := once.Look(t.Context(), c, outbox.Look{Write: &outbox.Write{}}, nil)
		if found != outbox.Nothing || err == nil {
			t.Errorf("%s: found %d, %v", name, found, err)
		}
	}
}
