package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/admin"
	"holdfast/outbox"
	"holdfast/settings"
)

// commanded runs a command of the program over a graph, and returns what it prints.
func commanded(t *testing.T, g folder, args ...string) (out, said string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err = run(t.Context(), g, args, os.LookupEnv, &stdout, &stderr)
	return stdout.String(), stderr.String(), err
}

// TestOperatingAQueue has a source held, what waits for it looked at and partly taken back, the gateway stopped and
// started, and the rest sent.
func TestOperatingAQueue(t *testing.T) {
	v := openTill(t)
	g, flags := v.queueing(t, "")
	flags = append(flags, "-data", shortDir(t))
	p := startGraph(t, g, flags...)
	p.administered()
	must := func(args ...string) string {
		t.Helper()
		out, said, err := commanded(t, g, append(append([]string{"writes"}, args...), flags...)...)
		if err != nil {
			t.Fatalf("%v: %v; %s%s", args, err, out, said)
		}
		return out
	}
	status := func() (is outbox.Status) {
		t.Helper()
		if err := json.Unmarshal([]byte(must("status", "-format", "json")), &is); err != nil {
			t.Fatal(err)
		}
		return is
	}
	depth := func(state outbox.State) int {
		t.Helper()
		for _, s := range status().Sources {
			if s.Source == "till" {
				return s.States[state].Writes
			}
		}
		return 0
	}
	me := fmt.Sprintf("uid %d", os.Getuid())

	if out := must("hold", "till"); !strings.HasPrefix(out, "till is held: OPERATOR by "+me+" since ") {
		t.Errorf("said %q", out)
	}
	const each, lanes = 80, 3
	for lane := range lanes {
		for n := range each {
			a := p.ask(fmt.Sprintf(`mutation { order(note: "%d-%d", lane: "lane-%d") { write { state } } }`, lane, n, lane))
			if a.Errors != nil || at(t, a.Data, "order", "write", "state") != "HELD" {
				t.Fatalf("%+v", a)
			}
		}
	}
	if is := status(); depth(outbox.Held) != lanes*each || len(is.Sources) != 1 || is.Sources[0].By != me || is.Held != "" {
		t.Errorf("status: %+v", is)
	}
	if out := must("status"); !strings.Contains(out, "till    HELD   240") || !strings.Contains(out, "OPERATOR by "+me) {
		t.Errorf("status: %s", out)
	}
	if metrics := p.do("GET", p.url+"/metrics", ""); !strings.Contains(metrics, `holdfast_outbox_held{source="till"} 1`) || !strings.Contains(metrics, `holdfast_outbox_writes{source="till",state="HELD"} 240`) {
		t.Error("the metrics do not say that it is held")
	}
	if out := must("list", "-lane", "lane-1", "-state", "HELD,DEAD", "-limit", "1000"); strings.Count(out, "Mutation.order lane-1") != each || strings.Contains(out, "there are more") {
		t.Errorf("listed: %s", out)
	}

	// what is meant is counted, taken back in steps, and once
	if out := must("cancel", "-lane", "lane-1", "-dry-run"); out != "cancel: 80 changes are meant\n" || depth(outbox.Held) != lanes*each {
		t.Errorf("said %q", out)
	}
	must("cancel", "-lane", "lane-1")
	if depth(outbox.Held) != 2*each || depth(outbox.Cancelled) != each {
		t.Errorf("status: %+v", status())
	}
	if out := must("retry", "-source", "till", "-older", "1h"); out != "retry: done for 0 of 0 changes\n" {
		t.Errorf("said %q", out)
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}

	// on the directory, too; what is held stays so
	out, said, err := commanded(t, g, append([]string{"writes", "cancel", "-field", "Mutation.order", "-format", "json", "-state", "HELD", "-lane", "lane-0"}, flags...)...)
	var is admin.WritesDone
	if json.Unmarshal([]byte(out), &is) != nil || err != nil || is.Done != each || is.Found != each || is.Failures != 0 {
		t.Errorf("said %q, %q, %v", out, said, err)
	}
	p = startGraph(t, g, append(flags, "-outbox", "hold")...)
	p.administered()
	p.log.find(t, nil, `level=(WARN) msg="changes that wait are not sent until somebody resumes`)
	if is := status(); is.Held != outbox.ReasonStarted || is.Sources[0].Held != outbox.ReasonOperator || depth(outbox.Held) != each {
		t.Errorf("status: %+v", is)
	}
	if how := p.do("GET", p.url+"/status", ""); !strings.Contains(how, "changes that wait are not sent, until somebody resumes: it was started so") {
		t.Errorf("status: %s", how)
	}
	if out := must("resume", "-all"); !strings.Contains(out, "OPERATOR by "+me) || strings.Contains(out, "all sources are held") {
		t.Errorf("said %q", out)
	}
	if v.times("2-0") != 0 {
		t.Error("something was sent while it was held")
	}
	if out := must("resume", "till"); out != "till is sent to\n" {
		t.Errorf("said %q", out)
	}
	p.until(func() bool { return depth(outbox.Applied) == each })
	for n := range each {
		if note := fmt.Sprintf("2-%d", n); v.times(note) != 1 || v.times(fmt.Sprintf("1-%d", n)) != 0 {
			t.Errorf("%s was made %d times", note, v.times(note))
		}
	}

	// all of it is taken along, and erased
	lines := strings.Split(strings.TrimSpace(must("export", "-values")), "\n")
	if len(lines) != lanes*each {
		t.Errorf("%d lines", len(lines))
	}
	var last admin.Write
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.State != "APPLIED" || last.Lane != "lane-2" || last.Values == nil || !strings.Contains(last.Values.Request.Body, "2-79") || len(last.History) != 3 {
		t.Errorf("the last is %+v, %v", last, err)
	}
	if out := must("export", "-state", "CANCELLED"); strings.Contains(out, "values") || !strings.Contains(out, `"who":"`+me+`"`) {
		t.Errorf("exported: %s", out)
	}
	out, said, err = commanded(t, g, append([]string{"writes", "erase", "-source", "till"}, flags...)...)
	if err != nil || out != "erase: done for 240 of 240 changes\n" || said != "100 of 240\n200 of 240\n" || depth(outbox.Applied) != 0 {
		t.Errorf("said %q, %q, %v", out, said, err)
	}
}

// TestManyAreResolved of which nobody knows whether they were made; about what was sent meanwhile it is told.
func TestManyAreResolved(t *testing.T) {
	v := openTill(t)
	g, flags := v.queueing(t, "")
	flags = append(flags, "-data", shortDir(t))
	p := startGraph(t, g, flags...)
	p.administered()
	v.answers(cut)
	for n := range 10 {
		if a := p.ask(fmt.Sprintf(`mutation { order(note: "%d", lane: "%d") { write { state } } }`, n, n%2)); len(a.Errors) != 1 && n < 2 {
			t.Fatalf("%+v", a)
		}
	}
	v.answers(nil)
	try := func(args ...string) (string, error) {
		t.Helper()
		out, _, err := commanded(t, g, append(append([]string{"writes"}, args...), flags...)...)
		return out, err
	}
	if out, err := try("resolve", "-made", "-state", "UNKNOWN", "-lane", "0"); err != nil || out != "resolve: done for 1 of 1 changes\n" {
		t.Errorf("said %q, %v", out, err)
	}
	if out, err := try("cancel", "-source", "till", "-state", "QUEUED"); err != nil && !strings.Contains(err.Error(), "not done for") {
		t.Errorf("said %q, %v", out, err)
	}
	if out, err := try("resolve", "-not-made", "-source", "till"); err != nil || out != "resolve: done for 1 of 1 changes\n" {
		t.Errorf("said %q, %v", out, err)
	}
	p.until(func() bool { return v.times("1") == 2 }) // it is sent once more, as was said
	if v.times("0") != 1 {
		t.Errorf("what was made was made %d times", v.times("0"))
	}
	v.answers(cut)
	for n := range 3 { // their key is known, so they are to be sent again
		if _, state := receiptOf(t, p.ask(asked("pay", fmt.Sprint("pay", n), receipt)), "pay"); state != "QUEUED" {
			t.Errorf("it is %s", state)
		}
	}
	if _, err := try("hold", "till"); err != nil {
		t.Error(err)
	}
	p.until(func() bool {
		out, err := try("list", "-state", "HELD")
		return err == nil && strings.Count(out, "Mutation.pay") == 3
	})
	out, err := try("cancel", "-field", "Mutation.pay")
	if out != "cancel: done for 0 of 3 changes\n" || err == nil || strings.Count(err.Error(), "it was sent, and nobody knows whether it was made") != 3 {
		t.Errorf("said %q, %v", out, err)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"a source that is none":            {[]string{"hold", "stripe"}, `unknown source "stripe": expected till`},
		"no source to hold":                {[]string{"hold"}, "expected the names of sources"},
		"all to hold":                      {[]string{"hold", "-all"}, "expected the names of sources"},
		"nothing to resume":                {[]string{"resume"}, "expected either the names of sources, or -all"},
		"more than all to resume":          {[]string{"resume", "-all", "till"}, "expected either the names of sources, or -all"},
		"all changes":                      {[]string{"erase"}, "expected the ID of a change, or"},
		"all changes, only counted":        {[]string{"erase", "-dry-run"}, "expected source, field, state, lane or older"},
		"one, and many":                    {[]string{"cancel", strings.Repeat("a", 26), "-source", "till"}, "expected either the ID of a change, or flags"},
		"many that are not erased":         {[]string{"erase", "-state", "UNKNOWN"}, "that is not for what is UNKNOWN: expected APPLIED, REFUSED, EXPIRED, CANCELLED or DEAD"},
		"many that cannot be resolved":     {[]string{"resolve", "-made", "-state", "DEAD"}, "that is not for what is DEAD: expected UNKNOWN"},
		"many of which it is not said how": {[]string{"resolve", "-state", "UNKNOWN"}, "expected either -made or -not-made"},
		"one of many to show":              {[]string{"show", "-source", "till"}, "expected the ID of a change"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := try(test.args...)
			if _, ok := errors.AsType[*settings.Error](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// until waits until something is so.
func (p *program) until(ok func() bool) {
	p.t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatal("it is not so after a minute")
		}
	}
}

// TestWhatIsDamagedHoldsAllUntilSomebodyResumes, and never again after that.
func TestWhatIsDamagedHoldsAllUntilSomebodyResumes(t *testing.T) {
	v := openTill(t)
	g, flags := v.queueing(t, "")
	data := shortDir(t)
	flags = append(flags, "-data", data)
	k, err := openKeep(options{data: data}, &settings.File{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	bad := outbox.NewID()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) { // until the store is open
		if _, err = k.writes(&settings.File{}).Put(t.Context(), bad, 0, []byte("not what was written")); err == nil || time.Now().After(end) {
			break
		}
	}
	if err := errors.Join(err, k.close(t.Context())); err != nil {
		t.Fatal(err)
	}
	health := func(p *program) (is struct {
		State   string
		Reasons []string
	},
	) {
		t.Helper()
		if err := json.Unmarshal([]byte(p.do("GET", p.url+"/status", "")), &is); err != nil {
			t.Fatal(err)
		}
		return is
	}
	for round := range 2 { // it is said again while nobody knows it
		p := startGraph(t, g, flags...)
		p.administered()
		p.until(func() bool { // the store is being opened at first, which is a reason, too
			is := health(p)
			return is.State == "degraded" && len(is.Reasons) == 1 &&
				strings.HasPrefix(is.Reasons[0], "changes that wait are not sent, until somebody resumes: records cannot be read (1)")
		})
		p.log.find(t, nil, `(kind=DAMAGED source="" write=`+bad.String()+`)`)
		if a := p.ask(asked("order", strconv.Itoa(round), receipt)); at(t, a.Data, "order", "write", "state") != "HELD" || v.times(strconv.Itoa(round)) != 0 {
			t.Errorf("%+v", a)
		}
		if out, _, err := commanded(t, g, append([]string{"writes", "status"}, flags...)...); err != nil || !strings.Contains(out, bad.String()+" cannot be read") || !strings.Contains(out, "DAMAGED") {
			t.Errorf("said %q, %v", out, err)
		}
		if round == 1 {
			if _, _, err := commanded(t, g, append([]string{"writes", "resume", "-all"}, flags...)...); err != nil {
				t.Fatal(err)
			}
			p.until(func() bool { return v.times("0") == 1 && v.times("1") == 1 && health(p).State == "ok" })
		}
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
	}
	p := startGraph(t, g, flags...)
	p.administered()
	if a := p.ask(asked("order", "2", receipt)); at(t, a.Data, "order", "write", "state") != "APPLIED" || health(p).State != "ok" {
		t.Errorf("%+v", a)
	}
	if strings.Contains(p.log.String(), "DAMAGED") {
		t.Errorf("it is said again: %s", p.log.String())
	}
	if out, _, err := commanded(t, g, append([]string{"writes", "erase", bad.String()}, flags...)...); err != nil || out != bad.String()+" is erased\n" {
		t.Errorf("said %q, %v", out, err)
	}
}

// TestABackupIsPutBack in which something waits that was made since, at an API that knows nothing again.
func TestABackupIsPutBack(t *testing.T) {
	for name, test := range map[string]struct {
		flags []string
		times int
	}{
		"held, it is looked at first":    {[]string{"-outbox", "hold"}, 1},
		"sent at once, it is made twice": {nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			v := openTill(t)
			g, flags := v.queueing(t, "")
			data, backup := filepath.Join(shortDir(t), "d"), filepath.Join(t.TempDir(), "backup")
			flags = append(flags, "-data", data)
			p := startGraph(t, g, flags...)
			v.answers(status(http.StatusTooEarly, 1000))
			id, state := receiptOf(t, p.ask(asked("order", "a", receipt)), "order")
			if state != "QUEUED" {
				t.Fatalf("it is %s", state)
			}
			end := func() {
				t.Helper()
				if err := p.stop(); err != nil {
					t.Fatal(err)
				}
			}
			end()
			copyData(t, backup, data)
			v.answers(nil)
			v.forget()
			p = startGraph(t, g, flags...)
			p.becomes(id, "APPLIED")
			end()
			if err := os.RemoveAll(data); err != nil {
				t.Fatal(err)
			}
			copyData(t, data, backup)
			p = startGraph(t, g, append(flags, test.flags...)...)
			p.administered()
			if test.flags != nil {
				p.becomes(id, "HELD")
				for _, args := range [][]string{{"cancel", "-state", "HELD"}, {"resume", "-all"}} {
					if _, _, err := commanded(t, g, append(append([]string{"writes"}, args...), flags...)...); err != nil {
						t.Fatal(err)
					}
				}
				p.becomes(id, "CANCELLED")
			} else {
				p.becomes(id, "APPLIED")
			}
			if a := p.ask(asked("order", "b", receipt)); at(t, a.Data, "order", "write", "state") != "APPLIED" {
				t.Errorf("%+v", a)
			}
			if v.times("a") != test.times {
				t.Errorf("it was made %d times", v.times("a"))
			}
		})
	}
}

// forget has nothing be made yet.
func (v *till) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.made)
}
