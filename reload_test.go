package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each document is a new one, so that it is validated while generations come and
// go. The race detector watches.
func TestSettingsAreReadAgainUnderLoad(t *testing.T) {
	p := start(t)
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if a := p.ask(fmt.Sprintf("query Q%d_%d %s", client, i, orderQuery)); len(a.Errors) > 0 || !cmp.Equal(a.Data, order1001) {
					t.Errorf("%+v", a)
				}
			}
		})
	}
	for n := range 20 {
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for strings.Count(p.log.String(), `msg="settings reloaded"`) <= n {
			<-p.log.said
		}
	}
	close(stop)
	clients.Wait()
}

func TestWhatIsNotServedIsNotTold(t *testing.T) {
	p := start(t)
	a := p.ask(`{ __schema { directives { name } } }`)
	told, _ := a.Data["__schema"].(map[string]any)
	directives, _ := told["directives"].([]any)
	if len(directives) == 0 {
		t.Fatalf("%+v", a)
	}
	for _, d := range directives {
		if cmp.Equal(d, map[string]any{"name": "defer"}) {
			t.Error("@defer is told")
		}
	}
}
