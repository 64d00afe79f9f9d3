package jetstream

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast/outbox"
)

const (
	powerRole = "HOLDFAST_TEST_POWER" // of this test's processes
	powerHost = "host"
)

// TestPowerLoss cuts the power while writes are accepted and sent, at many points: the disk is one of ours, which knows
// what it was told to have safe, under a real ext4. Of what was not safe some sectors are written, and others are not.
// Whatever a caller was told before is there when the power is back, nothing was sent that is not there, and what is
// sent then is made once; or nobody knows, which is said.
//
// It shows that what is acknowledged was flushed, with all that is needed to find it. It does not show that a disk keeps
// what it says is safe, nor how other file systems do. That it sees losses, a disk that lies shows.
func TestPowerLoss(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	switch role := os.Getenv(powerRole); {
	case role == powerHost:
		losePower(t)
		return
	case role != "":
		workUntilThePowerGoes(t, role)
		return
	}
	t.Parallel()
	for _, name := range []string{"mkfs.ext4", "losetup"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip("a disk of our own takes ", name)
		}
	}
	// What is mounted goes with the process, however that ends.
	host := exec.CommandContext(t.Context(), os.Args[0], append([]string{"-test.run=^TestPowerLoss$", "-test.v"}, longAgain()...)...) //nolint:gosec // this test
	host.Env = append(os.Environ(), powerRole+"="+powerHost)
	host.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	out, err := host.CombinedOutput()
	_, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case err != nil && !ended, strings.Contains(string(out), "--- SKIP"):
		t.Skipf("no disk of our own here: %v %s", err, out)
	case err != nil:
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if _, said, ok := strings.Cut(line, "POWER: "); ok {
			t.Log(strings.TrimSpace(said))
		}
	}
}

func longAgain() []string {
	if *long {
		return []string{"-long", "-test.timeout=2h"}
	}
	return nil
}

// seen is something that was told to somebody outside, and how much the disk had been asked for by then.
type seen struct {
	at    int
	id    outbox.ID
	state outbox.State // that a caller was told; "": it was made, under that key
	key   string
}

// losePower has another process write to a disk of ours, and looks at what is left of that at many points.
func losePower(t *testing.T) {
	t.Helper()
	told, cuts := 200, 16
	if *long {
		told, cuts = 1000, 400
	}
	dir := t.TempDir()
	image, on, mnt := filepath.Join(dir, "image"), filepath.Join(dir, "on"), filepath.Join(dir, "mnt")
	for _, name := range []string{on, mnt} {
		if err := os.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d := newDisk(formatted(t, image))
	detach := attach(t, d.mount(t, on), mnt)
	all, end := watchWork(t, d, filepath.Join(mnt, "data"), told)
	detach()

	var opened int // when the first was told something
	for _, s := range all {
		if s.state != "" {
			opened = s.at
			break
		}
	}
	r := rand.New(rand.NewPCG(rand.Uint64(), 0)) //nolint:gosec // where it is cut is chance
	v := verdict{}
	for n := range cuts {
		c := cut{at: opened + r.IntN(end-opened+1)}
		switch n % 4 {
		case 0, 1: // when somebody has just been told
			c.at = all[r.IntN(len(all))].at
		case 2: // while all is made
			c.at = r.IntN(opened)
		}
		c.share = []float64{0, 1, r.Float64()}[n%3]
		d.saveTo(t, image, d.after(c, r))
		is := lookAfter(t, image, mnt, c, all)
		is.demand(t, c)
		v.add(is)
	}
	fmt.Printf("POWER: %d cuts in %d requests of the disk; of %d that were told and %d that were sent before, 0 lost, 0 doubled; %d of which nobody knows\n",
		cuts, end, v.told, v.sent, v.unknown)

	lies := cut{at: end, lies: true}
	d.saveTo(t, image, d.after(lies, r))
	if is := lookAfter(t, image, mnt, lies, all); is.lost == 0 {
		t.Error("a disk that has nothing safe lost nothing: this test sees nothing")
	}
}

// formatted is an empty file system.
func formatted(t *testing.T, image string) []byte {
	t.Helper()
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 128<<20); err != nil {
		t.Fatal(err)
	}
	tool(t, "mkfs.ext4", "-q", "-F", "-m", "0", image)
	text, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// watchWork has another process work in dir until its callers were told so many times, and is what it sends to.
func watchWork(t *testing.T, d *disk, dir string, told int) (all []seen, end int) {
	t.Helper()
	work := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPowerLoss$", "-test.v") //nolint:gosec // this test
	work.Env = append(os.Environ(), powerRole+"="+dir)
	work.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := work.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := work.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := work.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for other := (strings.Builder{}); told > 0; {
		if !lines.Scan() {
			t.Fatalf("it ended early: %s", other.String())
		}
		var what, id, more string
		if n, _ := fmt.Sscan(lines.Text(), &what, &id, &more); n != 3 || what != "told" && what != "made" {
			other.WriteString(lines.Text() + "\n")
			continue
		}
		name, err := outbox.ParseID(id)
		if err != nil {
			continue
		}
		s := seen{at: d.events(), id: name}
		if what == "told" {
			s.state = outbox.State(more)
			told--
		} else {
			s.key = more
			_, _ = io.WriteString(in, "done\n")
		}
		all = append(all, s)
	}
	end = d.events()
	_ = work.Process.Kill()
	_ = work.Wait()
	return all, end
}

// workUntilThePowerGoes accepts and sends writes, and says on standard output what callers are told, and what is made.
func workUntilThePowerGoes(t *testing.T, dir string) {
	t.Helper()
	s := start(t, powerOptions(dir))
	awaitOpen(t, s)
	var line sync.Mutex
	answers := bufio.NewScanner(os.Stdin)
	send := func(_ context.Context, a outbox.Attempt) outbox.Result {
		line.Lock()
		defer line.Unlock()
		fmt.Printf("made %s %s-\n", a.Write.ID, a.Request.VendorKey)
		answers.Scan()
		return outbox.Result{Verdict: outbox.Made, Outcome: &outbox.Outcome{Status: 201, Body: []byte(a.Write.Key)}}
	}
	box := outbox.New(outbox.Config{Send: send, Keep: time.Hour}, s.Writes())
	for caller := range 8 {
		go func() {
			for n := 0; ; n++ {
				a, err := box.Do(t.Context(), powerWrite(caller, n), nil)
				if err != nil {
					fmt.Println(err)
					continue
				}
				line.Lock()
				fmt.Printf("told %s %s\n", a.Record.Write.ID, a.Record.State)
				line.Unlock()
			}
		}()
	}
	<-t.Context().Done()
}

func powerOptions(dir string) Options { return Options{Dir: dir, Bytes: 16 << 20} }

// powerWrite is the n-th write of a caller: with or without a key of the source's, queued or not, at once or later.
func powerWrite(caller, n int) *outbox.Write {
	key := fmt.Sprintf("%d-%d", caller, n)
	w := &outbox.Write{
		ID: outbox.IDOf("f", "", key), Field: "f", Connector: "f", Source: "shop", Key: key, Timeout: 5 * time.Second,
		Args: []byte(`{"n":1}`), Request: outbox.Request{Method: "POST", PathAndQuery: "/", Body: make([]byte, 100+997*n%4000)},
	}
	if w.Queue = n%4 != 0; w.Queue {
		w.Lane, w.Later = strconv.Itoa(caller), n%4 == 1
	}
	if n%3 == 0 {
		w.Window, w.Request.VendorKey = time.Hour, outbox.VendorKeyOf("shop", w.ID)
	}
	return w
}

// verdict is what was found when the power was back.
type verdict struct {
	told, sent, lost, doubled, unknown int
	wrong                              []string
}

func (v *verdict) add(o verdict) {
	v.told, v.sent, v.unknown = v.told+o.told, v.sent+o.sent, v.unknown+o.unknown
}

func (v *verdict) demand(t *testing.T, c cut) {
	t.Helper()
	if v.lost+v.doubled+len(v.wrong) > 0 {
		t.Errorf("%+v: of %d told and %d sent %d are lost, %d doubled: %s", c, v.told, v.sent, v.lost, v.doubled, strings.Join(v.wrong, "; "))
	}
}

// shop makes what it is sent, and once what comes twice under one key.
type shop struct {
	mu   sync.Mutex
	made map[outbox.ID]int
	keys map[string]bool
}

func (s *shop) take(id outbox.ID, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key = strings.TrimSuffix(key, "-"); key == "" || !s.keys[key] {
		s.made[id]++
	}
	s.keys[key] = true
}

// lookAfter opens what is on an image after a cut, has all that is left be sent, and says how that compares with what
// was seen before.
func lookAfter(t *testing.T, image, mnt string, c cut, all []seen) (v verdict) {
	t.Helper()
	defer attach(t, image, mnt)()
	s := start(t, powerOptions(filepath.Join(mnt, "data")))
	defer stop(t, s)
	awaitOpen(t, s)
	before := shop{made: map[outbox.ID]int{}, keys: map[string]bool{}}
	var mu sync.Mutex
	box := outbox.New(outbox.Config{
		Send: func(_ context.Context, a outbox.Attempt) outbox.Result {
			before.take(a.Write.ID, a.Request.VendorKey)
			return outbox.Result{Verdict: outbox.Made}
		},
		Alarm: func(a outbox.Alarm) {
			if a.Kind != outbox.AlarmUnknown {
				mu.Lock()
				defer mu.Unlock()
				v.wrong = append(v.wrong, string(a.Kind)+": "+a.Message)
			}
		},
		Held: true, // until it is known what was made
	}, s.Writes())
	defer func() { _ = box.Close(context.Background()) }()
	ready, done := context.WithTimeout(t.Context(), soon)
	defer done()
	if err := box.Ready(ready); err != nil {
		v.wrong = append(v.wrong, fmt.Sprint(err, s.Writes().State()))
		return v
	}
	applied := map[outbox.ID]bool{}
	there := map[outbox.ID]bool{}
	for _, is := range all {
		if is.at > c.at {
			continue
		}
		there[is.id] = true
		if is.state == "" {
			v.sent++
			before.take(is.id, is.key)
		} else {
			v.told++
			applied[is.id] = applied[is.id] || is.state == outbox.Applied
		}
	}
	if err := box.Resume(t.Context(), "shop", "me"); err != nil {
		v.wrong = append(v.wrong, err.Error())
	}
	v.settle(t, box, &before)
	for id := range there {
		v.judge(t, box, &before, id, applied[id])
	}
	if a, err := box.Do(t.Context(), powerWrite(100, 1), nil); err != nil || a.Record.State != outbox.Queued {
		v.wrong = append(v.wrong, fmt.Sprintf("what comes then: %+v, %v", a, err))
	}
	return v
}

// settle waits until all is done, and is the person who looks at the shop where nobody knows.
func (v *verdict) settle(t *testing.T, box *outbox.Outbox, s *shop) {
	t.Helper()
	await(t, "be done", func() bool {
		left := box.List(outbox.Filter{States: []outbox.State{outbox.Queued, outbox.Sending, outbox.Unknown}})
		for _, w := range left {
			if w.State == outbox.Unknown && box.Resolve(t.Context(), w.Write.ID, s.times(w.Write.ID) > 0, "me") == nil {
				v.unknown++
			}
		}
		return len(left) == 0
	})
}

// judge compares what is said of a write with what was made.
func (v *verdict) judge(t *testing.T, box *outbox.Outbox, s *shop, id outbox.ID, applied bool) {
	t.Helper()
	w, err := box.Show(t.Context(), id)
	switch made := s.times(id); {
	case err != nil:
		v.lost++
	case made > 1:
		v.doubled++
	case made == 1 && w.State == outbox.Applied, made == 0 && w.State == outbox.Cancelled && !w.Write.Queue && !applied:
	default:
		v.wrong = append(v.wrong, fmt.Sprintf("%s is %s, and was made %d times", id, w.State, made))
	}
	if err == nil && applied && slices.ContainsFunc(w.History, func(t outbox.Transition) bool { return t.State == outbox.Unknown }) {
		v.wrong = append(v.wrong, fmt.Sprintf("%s was APPLIED, and is not any more", id))
	}
}

func (s *shop) times(id outbox.ID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made[id]
}
