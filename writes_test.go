package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/admin"
	"holdfast/outbox"
	"holdfast/settings"
)

// TestAPersonSaysWhatBecameOfAChange of which nobody knows the end, over the socket of a gateway and, between two of
// them, on the directory.
func TestAPersonSaysWhatBecameOfAChange(t *testing.T) {
	for name, stopped := range map[string]bool{"by the socket": false, "on the directory": true} {
		t.Run(name, func(t *testing.T) {
			v := openTill(t)
			g, flags := v.graph(t, "sources: {till: {timeout: 2s, breaker: {off: true}}}\ngateway: {caller: X-Caller}\n")
			data := shortDir(t)
			flags = append(flags, "-data", data)
			p := startGraph(t, g, flags...)
			p.administered()
			ask := func(note string) answer { return p.keyed(sell(note, "id"), "key-"+note, "X-Caller", "ada") }
			v.answers(cut)
			ids := map[string]string{}
			for _, note := range []string{"made", "not", "left", "failed"} {
				if note == "failed" {
					v.answers(status(500, 1))
				}
				ask(note)
				ids[note], _ = ask(note).Errors[0].Extensions["write"].(string)
			}
			v.answers(nil)
			try := func(args ...string) (string, error) {
				t.Helper()
				var out, said bytes.Buffer
				err := run(t.Context(), g, append(append([]string{"writes"}, args...), flags...), os.LookupEnv, &out, &said)
				if stopped != strings.Contains(said.String(), "no gateway runs on "+data) {
					t.Errorf("said %q", said.String())
				}
				if shown := out.String() + fmt.Sprint(err); strings.Contains(shown, ids["made"][26:]) {
					t.Errorf("what only callers know is shown: %s", shown)
				}
				return out.String(), err
			}
			must := func(args ...string) string {
				t.Helper()
				out, err := try(args...)
				if err != nil {
					t.Fatalf("%v: %v", args, err)
				}
				return out
			}
			if stopped {
				if err := p.stop(); err != nil {
					t.Fatal(err)
				}
			}

			var list admin.WriteList
			if err := json.Unmarshal([]byte(must("list", "-state", "UNKNOWN", "-source", "till", "-field", "Mutation.sell", "-format", "json")), &list); err != nil || len(list.Writes) != 4 {
				t.Fatalf("%v: %+v", err, list)
			}
			if w := list.Writes[0]; w.ID != ids["made"][:26] || w.Caller != "ada" || w.Attempts != 1 || w.Key != "" || w.Values != nil || time.Since(w.Accepted) > time.Hour {
				t.Errorf("listed: %+v", w)
			}
			if out := must("-limit", "1"); strings.Count(out, "UNKNOWN") != 1 || !strings.Contains(out, "there are more") {
				t.Errorf("one of four: %s", out)
			}
			for _, none := range [][]string{{"-state", "APPLIED"}, {"-source", "bank"}, {"-field", "Mutation.take"}, {"-older", "1h"}, {"-lane", "pi_1"}} {
				if out := must(none...); strings.Count(out, "\n") != 1 {
					t.Errorf("%v: %s", none, out)
				}
			}
			shown := must("show", ids["made"])
			for _, want := range []string{"Mutation.sell", "ada", "key-made", "SENDING", "UNKNOWN UNREACHABLE"} {
				if !strings.Contains(shown, want) {
					t.Errorf("no %s in %s", want, shown)
				}
			}
			if strings.Contains(shown, `"made"`) || !strings.Contains(must("show", "-values", ids["made"]), `"note":"made"`) {
				t.Errorf("what was sent is shown when it is asked for, and only then: %s", shown)
			}
			for verb, why := range map[string]string{"cancel": "nobody knows whether it was made", "retry": "it is UNKNOWN", "erase": "it is UNKNOWN: cancel or resolve it first"} {
				if _, err := try(verb, ids["left"]); err == nil || !strings.Contains(err.Error(), why) {
					t.Errorf("%s: %v", verb, err)
				}
			}
			if out := must("resolve", ids["made"], "-made"); out != ids["made"][:26]+" is APPLIED\n" {
				t.Errorf("said %s", out)
			}
			if out := must("show", ids["failed"]); !strings.Contains(out, "UNKNOWN STATUS") || !strings.Contains(out, "500") {
				t.Errorf("what was answered with 500: %s", out)
			}
			must("resolve", ids["failed"], "-made")
			if out := must("resolve", "-not-made", ids["not"], "-format", "json"); !strings.Contains(out, `"state": "CANCELLED"`) {
				t.Errorf("said %s", out)
			}
			if out := must("show", ids["not"]); !strings.Contains(out, "CANCELLED OPERATOR by uid "+strconv.Itoa(os.Getuid())) {
				t.Errorf("who said so is not known: %s", out)
			}
			if _, err := try("resolve", ids["made"], "-not-made"); err == nil || !strings.Contains(err.Error(), "it is APPLIED") {
				t.Errorf("resolved twice: %v", err)
			}

			if stopped {
				p = startGraph(t, g, flags...)
			}
			for _, note := range []string{"made", "failed"} {
				if a := ask(note); failed(a) != "WRITE_MADE APPLIED" || v.times(note) != 1 {
					t.Errorf("what was made: %d times, %+v", v.times(note), a)
				}
			}
			for range 2 {
				if a := ask("not"); !cmp.Equal(a.Data, sale("not-2")) || v.times("not") != 2 {
					t.Errorf("what was not made: %d times, %+v", v.times("not"), a)
				}
			}
			if a := ask("left"); failed(a) != "WRITE_UNKNOWN UNKNOWN" || v.times("left") != 1 {
				t.Errorf("what nobody looked at: %d times, %+v", v.times("left"), a)
			}
			if stopped {
				if err := p.stop(); err != nil {
					t.Fatal(err)
				}
			}
			must("erase", ids["made"])
			if _, err := try("show", ids["made"]); err == nil || !strings.Contains(err.Error(), "there is no such write") {
				t.Errorf("erased: %v", err)
			}
			if stopped {
				p = startGraph(t, g, flags...)
			}
			if a := ask("made"); !cmp.Equal(a.Data, sale("made-2")) {
				t.Errorf("the key of what was erased is free: %+v", a)
			}
		})
	}
}

// TestTheLogSaysWhatBecameOfChanges, and who wanted it, without what was sent.
func TestTheLogSaysWhatBecameOfChanges(t *testing.T) {
	v := openTill(t)
	g, flags := v.graph(t, "sources: {till: {timeout: 2s}}\n")
	data := shortDir(t)
	p := startGraph(t, g, append(flags, "-data", data)...)
	p.administered()
	v.answers(cut)
	p.keyed(sell("secret", "id"), "hidden")
	id, _ := p.keyed(sell("secret", "id"), "hidden").Errors[0].Extensions["write"].(string)
	v.answers(nil)
	done(t, "writes", "show", "-values", id, "-data", data)
	done(t, "writes", "resolve", id, "-not-made", "-data", data)
	p.keyed(sell("secret", "id"), "hidden")
	name := id[:26]
	for _, line := range []string{
		`(msg=write id=` + name + ` field=Mutation.sell source=till from="" to=SENDING attempt=1)`,
		`(msg=write id=` + name + ` field=Mutation.sell source=till from=SENDING to=UNKNOWN attempt=1 reason=UNREACHABLE)`,
		`(msg="a write needs a person" kind=UNKNOWN source=till write=` + name + `)`,
		`(msg=admin who="uid \d+" method=GET path=/v1/writes/` + name + ` status=200 values=true)`,
		`(msg=admin who="uid \d+" method=POST path=/v1/writes/` + name + `/resolve status=200 made=false state=CANCELLED)`,
		`(from=UNKNOWN to=CANCELLED attempt=1 reason=OPERATOR who="uid \d+")`,
		`(from=SENDING to=APPLIED attempt=2)`,
	} {
		p.log.find(t, nil, line)
	}
	for _, hidden := range []string{"secret", "hidden", id[26:]} {
		if text := p.log.String(); strings.Contains(text, hidden) {
			t.Errorf("%s is in the log: %s", hidden, text)
		}
	}
	metrics := p.do("GET", p.url+"/metrics", "")
	for _, line := range []string{`holdfast_outbox_writes{source="till",state="APPLIED"} 1`, `holdfast_outbox_writes{source="till",state="UNKNOWN"} 0`, `holdfast_outbox_oldest_seconds{source="till",state="UNKNOWN"} 0`, `holdfast_outbox_held{source="till"} 0`, `holdfast_outbox_alarms_total{kind="UNKNOWN"} 1`, `holdfast_outbox_open 1`} {
		if !strings.Contains(metrics, line) {
			t.Errorf("no %s", line)
		}
	}
}

// TestTheStatusShowsChanges by state, how much room there is, and that none is recorded.
func TestTheStatusShowsChanges(t *testing.T) {
	v := openTill(t)
	g, flags := v.graph(t, "writes: {count: 2}\n")
	data := shortDir(t)
	flags = append(flags, "-data", data)
	p := startGraph(t, g, flags...)
	type status struct {
		State   string
		Reasons []string
		Writes  struct {
			Journal struct {
				Condition         string
				Writes, MaxWrites int
			}
			Refuses    string
			TurnedAway int
			Unsettled  struct{ Writes int }
			Sources    []struct {
				Source string
				States map[string]struct{ Writes int }
			}
		}
	}
	look := func() (s status) {
		t.Helper()
		if err := json.Unmarshal([]byte(p.do("GET", p.url+"/status", "")), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	p.keyed(sell("one", "id"), "one")
	v.answers(cut)
	p.keyed(sell("two", "id"), "two")
	p.keyed(sell("three", "id"), "three")
	s := look()
	if w := s.Writes; s.State != "ok" || w.Journal.Condition != "OPEN" || w.Journal.MaxWrites != 2 || w.TurnedAway != 1 || w.Unsettled.Writes != 1 ||
		len(w.Sources) != 1 || w.Sources[0].States["APPLIED"].Writes != 1 || w.Sources[0].States["UNKNOWN"].Writes != 1 {
		t.Errorf("got %+v", s)
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}

	streams, err := filepath.Glob(filepath.Join(data, "store", "jetstream", "*", "streams", "*writes"))
	if err != nil || len(streams) != 1 {
		t.Fatalf("%v: %v", err, streams)
	}
	if err := os.RemoveAll(streams[0]); err != nil {
		t.Fatal(err)
	}
	p = startGraph(t, g, flags...)
	p.administered()
	for end := time.Now().Add(time.Minute); ; <-time.After(10 * time.Millisecond) {
		if s = look(); s.State == "degraded" && len(s.Reasons) == 1 && s.Writes.Refuses != "" { // the store itself is open
			break
		}
		if time.Now().After(end) {
			t.Fatalf("got %+v", s)
		}
	}
	if !strings.Contains(s.Reasons[0], "changes with an idempotency key are not made: "+s.Writes.Refuses) {
		t.Errorf("got %+v", s.Reasons)
	}
	if a := p.keyed(sell("four", "id"), "four"); failed(a) != "WRITE_UNAVAILABLE NONE" {
		t.Errorf("%+v", a)
	}
	if _, _, err := typed(t, "writes", "-data", data); err == nil || !strings.Contains(err.Error(), "the outbox cannot be used now") {
		t.Errorf("listed: %v", err)
	}
}

func TestWhatMakesNoSenseOfChangesIsSaid(t *testing.T) {
	data := shortDir(t)
	p := start(t, "-data", data)
	p.administered()
	id := strings.Repeat("a", 26)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"another word":           {[]string{"forget"}, `"forget": expected list, status, show, resolve, cancel, retry, erase, export, hold or resume`},
		"nothing to show":        {[]string{"show"}, "expected the ID of a change, or"},
		"an id that is none":     {[]string{"show", "1"}, `"1" is not the name of a write: it has 26 characters`},
		"neither made nor not":   {[]string{"resolve", id}, "expected either -made or -not-made"},
		"both made and not":      {[]string{"resolve", id, "-made", "-not-made"}, "expected either -made or -not-made"},
		"a state that is none":   {[]string{"-state", "LOST"}, `unknown state "LOST": expected`},
		"an age before now":      {[]string{"-older", "-1m"}, "older: expected a duration"},
		"more than can be shown": {[]string{"-limit", "5000"}, "limit: expected a number from 1 to 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := typed(t, append(append([]string{"writes"}, test.args...), "-data", data)...)
			if _, ok := errors.AsType[*settings.Error](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, _, err := typed(t, "writes", "show", id, "-data", data); err == nil || !strings.Contains(err.Error(), "there is no such write") {
		t.Error(err)
	}
}

// TestWhatWasNotMadeIsNewToAnAPIThatKnowsKeys would answer as it did before, if it had kept that it failed.
func TestWhatWasNotMadeIsNewToAnAPIThatKnowsKeys(t *testing.T) {
	v := openTill(t)
	g, flags := v.graph(t, "sources: {till: {timeout: 2s, breaker: {off: true}, retry: {max: 0}}}\n")
	data := shortDir(t)
	p := startGraph(t, g, append(flags, "-data", data)...)
	p.administered()
	v.answers(cut)
	const keep = `mutation { keep(note: "n", key: "k") { id } }`
	p.ask(keep)
	id := outbox.IDOf("Mutation.keep", "", "k").String()
	if out := done(t, "writes", "show", id, "-data", data); !strings.Contains(out, "known until") {
		t.Errorf("shown: %s", out)
	}
	done(t, "writes", "resolve", id, "-not-made", "-data", data)
	if out := done(t, "writes", "show", id, "-data", data); strings.Contains(out, "known until") {
		t.Errorf("shown: %s", out)
	}
	v.answers(nil)
	if a := p.ask(keep); a.Errors != nil {
		t.Errorf("%+v", a)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if keys := v.keys["n"]; len(keys) != 2 || keys[0] == keys[1] {
		t.Errorf("the API was given %q", keys)
	}
}

// TestWhatWasBeingSentWhenAGatewayDiedIsUnknown already when a command is the first to look.
func TestWhatWasBeingSentWhenAGatewayDiedIsUnknown(t *testing.T) {
	data, set, log := shortDir(t), &settings.File{}, slog.New(slog.DiscardHandler)
	k, err := openKeep(options{data: data}, set, log)
	if err != nil {
		t.Fatal(err)
	}
	box := openOutbox(k, set, outbox.Config{}, log)
	sent, died := context.WithCancel(t.Context())
	w := &outbox.Write{ID: outbox.IDOf("Mutation.refundPayment", "", "k"), Field: "Mutation.refundPayment", Source: "stripe", Key: "k"}
	_, err = box.Do(t.Context(), w, func(ctx context.Context, _ outbox.Attempt) outbox.Result {
		died()
		go func() { _ = box.Close(sent) }()
		<-ctx.Done()
		return outbox.Result{}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := done(t, "writes", "-state", "UNKNOWN", "-data", data, "-config", shopSettings); !strings.Contains(out, w.ID.String()+"  UNKNOWN") {
		t.Errorf("listed: %s", out)
	}
}
