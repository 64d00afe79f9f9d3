package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"holdfast/admin"
	"holdfast/events"
	"holdfast/graph/scalar"
	"holdfast/settings"
)

// TestEventsAreShownAndReplayed over the socket of a gateway, and on the directory that it left.
func TestEventsAreShownAndReplayed(t *testing.T) {
	c := openCashier(t)
	dir, flags := c.graph(t, "{scheme: stripe, secrets: ["+newSecret+"]}")
	data := shortDir(t)
	flags = append(flags, "-data", data)
	g := folder{files: os.DirFS(dir), sdl: "*.graphqls", scalars: scalar.Registry(), examples: fstest.MapFS{}}
	p := startGraph(t, g, flags...)
	p.administered()
	asked := p.remembered("a")
	for _, said := range [][]string{{"evt_1", "payment.succeeded", "a"}, {"evt_2", "customer.created", "x"}} {
		if status := paid(t, p.url, said[0], said[1], said[2], newSecret); status != 200 {
			t.Fatal(status)
		}
	}
	p.worked(2)
	if n := p.remembered("a"); n != asked+1 {
		t.Fatalf("answer %d after %d", n, asked)
	}
	stopped := false
	try := func(into any, args ...string) error {
		t.Helper()
		var out, said bytes.Buffer
		err := run(t.Context(), g, append(append([]string{"events"}, args...), append(flags, "-format", "json")...), os.LookupEnv, &out, &said)
		if err == nil && stopped != strings.Contains(said.String(), "no gateway runs on "+data) {
			t.Errorf("said %q", said.String())
		}
		if into != nil && json.Unmarshal(out.Bytes(), into) != nil {
			t.Errorf("%v: %q, %v", args, out.String(), err)
		}
		return err
	}
	must := func(into any, args ...string) {
		t.Helper()
		if err := try(into, args...); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
	}
	look := func() {
		t.Helper()
		var list admin.EventList
		must(&list)
		if len(list.Events) != 2 || list.More || list.Events[0].Type != "customer.created" || list.Events[1].Source != "pay" {
			t.Fatalf("%+v", list)
		}
		first := list.Events[1].ID
		must(&list, "list", "-type", "payment.succeeded", "-since", "1h", "-limit", "1")
		if len(list.Events) != 1 || list.Events[0].ID != first || list.More {
			t.Errorf("%+v", list)
		}
		var one admin.Event
		must(&one, "show", first)
		if one.SourceID != "evt_1" || strings.Join(one.Tags, " ") != "Payment:a" || one.Values != nil {
			t.Errorf("%+v", one)
		}
		must(&one, "show", first, "-values")
		if one.Values == nil || !strings.Contains(one.Values.Body, `"object":"event"`) || len(one.Values.Header["Stripe-Signature"]) != 1 {
			t.Errorf("%+v", one.Values)
		}
		var done events.Replayed
		must(&done, "replay", "-since", "1h", "-dry-run")
		if done != (events.Replayed{Found: 2, Worked: 2, Unmatched: 1}) {
			t.Errorf("%+v", done)
		}
		for _, wrong := range [][]string{{"replay"}, {"show"}, {"show", "x"}, {"nothing"}, {"list", "-since", "-1h"}} {
			if err := try(nil, wrong...); err == nil || len(settings.Errors(err)) == 0 {
				t.Errorf("%v: %v", wrong, err)
			}
		}
		if err := try(nil, "show", events.NameOf("pay", "evt_3").String()); err == nil || errors.Is(err, os.ErrNotExist) {
			t.Errorf("of one that is not there: %v", err)
		}
		must(&done, "replay", "-id", first)
		if done != (events.Replayed{Found: 1, Worked: 1}) {
			t.Errorf("%+v", done)
		}
	}
	look()
	until(t, "it is asked for again", func() bool { return p.payment("a") == asked+2 })
	p.awaitStored(1)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	stopped = true
	look()
	p = startGraph(t, g, flags...)
	if n := p.remembered("a"); n <= asked+2 {
		t.Errorf("answer %d after %d: what was replayed on the directory is not known", n, asked)
	}
}
