package connect

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// TestSizesAreReal compares what values say they take, beside the body, with what they take.
func TestSizesAreReal(t *testing.T) {
	const n = 500
	item := `{"id":"%d","name":"the name of a thing","note":` + `"` + strings.Repeat("n", 100) + `"},`
	tests := map[string]struct {
		items  int
		unread string // in each item: nobody asks for it
	}{
		"small answers share their text":       {5, ""},
		"large ones have texts of their own":   {800, ""},
		"of much that nobody asks for, little": {1, `"unread":"` + strings.Repeat("u", 200<<10) + `",`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for i := range tt.items {
				fmt.Fprintf(&b, strings.Replace(item, "{", "{"+tt.unread, 1), i)
			}
			reply := upstreams.Reply{Status: 200, Body: []byte("[" + strings.TrimSuffix(b.String(), ",") + "]")}
			n := n * 5 / (tt.items + 4)
			before := heap()
			values := make([]*mapped[[]*thing], n)
			for i := range values {
				in, _, err := mapping.ParseJSON(reply.Body, mapping.JSONLimits{})
				if err != nil {
					t.Fatal(err)
				}
				m := &Mapper{}
				values[i] = &mapped[[]*thing]{value: things(m, in)}
				values[i].size = m.size + shared(reply)
			}
			takes, says := (heap()-before)/n, values[0].Size()
			runtime.KeepAlive(values)
			t.Logf("%d bytes, said to be %d; the body is %d", takes, says, len(reply.Body))
			if says < takes || says > 5*takes {
				t.Errorf("%d bytes, said to be %d; the body is %d", takes, says, len(reply.Body))
			}
		})
	}
}

type thing struct {
	mapping.ItemFaults

	ID         string
	Name, Note *string
}

func things(m *Mapper, in Value) []*thing {
	list, _ := listOf(m.Answer().at("", true), in, NonNullObject(func(a At, v Value) *thing {
		x := &thing{}
		f := a.Object("Thing", &x.ItemFaults)
		x.ID = Need(f, "id", v.Get("id"), ID)
		x.Name = Want(f, "name", v.Get("name"), String)
		x.Note = Want(f, "note", v.Get("note"), String)
		return x
	}))
	return list
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc) //nolint:gosec // no heap is that large
}
