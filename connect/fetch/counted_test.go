package fetch

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/call"
)

func TestPagesAndItemsAreCountedFromWhatTheAPICallsTheFirst(t *testing.T) {
	tests := map[string]struct {
		style call.Style
		from  int
		asked string // for the first 5 of 12 items, by 5
	}{
		"pages from 0": {call.ByPage, 0, "at=0&size=5"},
		"pages from 1": {call.ByPage, 1, "at=1&size=5"},
		"pages from 7": {call.ByPage, 7, "at=7&size=5"},
		"items from 0": {call.ByOffset, 0, "at=0&size=5"},
		"items from 1": {call.ByOffset, 1, "at=1&size=5"},
	}
	for name, test := range tests {
		for _, first := range []int{1, 2, 5, 7, 12, 30} {
			for _, silent := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, by %d, silent %t", name, first, silent), func(t *testing.T) {
					p := &pager{style: test.style, from: &test.from, items: numbered(0, 12), most: 5, silent: silent}
					l := newLister(t, test.style, 5, p, func(c *call.Connector) { c.Paging.From = &test.from }, setting{})
					var all []int
					var cursors []string
					for args := []any{"first", first}; ; {
						got, err := l.ask(args...)
						if err != nil || got.beside != nil {
							t.Fatal(err, got.beside)
						}
						all, cursors = append(all, got.numbers...), append(cursors, got.cursors...)
						if !got.next {
							break
						}
						args = []any{"first", first, "after", got.end()}
					}
					if diff := cmp.Diff(countTo(12), all); diff != "" {
						t.Errorf("(-want +got):\n%s\n%q", diff, p.calls)
					}
					if first == 5 && p.calls[0] != test.asked {
						t.Errorf("asked for %s", p.calls[0])
					}
					back, err := l.ask("last", 4, "before", cursors[6])
					if err != nil || !cmp.Equal(back.numbers, []int{2, 3, 4, 5}) {
						t.Errorf("backwards: %v, %v", back.numbers, err)
					}
					if drift := l.apis["shop"].Status().Connectors[string(l.id)].Drift; len(drift) > 0 {
						t.Errorf("drift %v", drift)
					}
				})
			}
		}
	}
}

// An API that counts its pages from 0 and is asked as if from 1 loses the first page.
func TestAListThatIsNotAsLongAsItsTotalIsDrift(t *testing.T) {
	tests := map[string]struct {
		style call.Style
		from  *int // of the API
		first int
		total string // a mapping instead of that of the style
		want  uint64
		nodes []int
	}{
		"the first page is lost":               {style: call.ByPage, from: new(0), first: 20, want: 1, nodes: []int{2, 3, 4}},
		"also where each page is a query":      {style: call.ByPage, from: new(0), first: 2, want: 1, nodes: []int{2, 3}},
		"the first item is lost":               {style: call.ByOffset, from: new(-1), first: 20, want: 1, nodes: []int{1, 2, 3, 4}},
		"a list that says too much":            {style: call.ByCursor, first: 20, total: "$(6)", want: 1, nodes: countTo(5)},
		"a list that says too little":          {style: call.ByLink, first: 20, total: "$(4)", want: 1, nodes: countTo(5)},
		"a list that is as long as it says":    {style: call.ByPage, first: 20, nodes: countTo(5)},
		"a list that does not say":             {style: call.ByCursor, first: 20, nodes: countTo(5)},
		"a list that is not read to its end":   {style: call.ByPage, first: 2, nodes: countTo(2)},
		"a chain that is not read to its end":  {style: call.ByCursor, first: 2, total: "$(6)", nodes: countTo(2)},
		"a chain that is as long as its total": {style: call.ByLink, first: 5, total: "$(5)", nodes: countTo(5)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &pager{style: test.style, from: test.from, items: numbered(0, 5), most: 2}
			l := newLister(t, test.style, 2, p, func(c *call.Connector) {
				if test.total != "" {
					c.Paging.Total = mappingOf(test.total)
				}
			}, setting{})
			got, err := l.ask("first", test.first)
			if err != nil || got.beside != nil {
				t.Fatal(err, got.beside)
			}
			if diff := cmp.Diff(test.nodes, got.numbers); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for got.next && test.want > 0 {
				if got, err = l.ask("first", test.first, "after", got.end()); err != nil {
					t.Fatal(err)
				}
			}
			if n := l.drift("paginate.total: another number of items came"); n != test.want {
				t.Errorf("drift %d, want %d", n, test.want)
			}
			if told := l.report.Problems(); (len(told) > 0) != (test.want > 0) {
				t.Errorf("the trace has %v", told)
			}
		})
	}
}
