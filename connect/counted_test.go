package connect

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPagesAndItemsAreCountedFromWhatTheAPICallsTheFirst(t *testing.T) {
	tests := map[string]struct {
		style Style
		from  int
		calls []string // for the first 5 of 12 items, by 5
	}{
		"pages from 0": {ByPage, 0, []string{"at=0&size=5"}},
		"pages from 1": {ByPage, 1, []string{"at=1&size=5"}},
		"pages from 7": {ByPage, 7, []string{"at=7&size=5"}},
		"items from 0": {ByOffset, 0, []string{"at=0&size=5"}},
		"items from 1": {ByOffset, 1, []string{"at=1&size=5"}},
	}
	for name, test := range tests {
		for _, first := range []int{1, 2, 5, 7, 12, 30} {
			for _, silent := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, by %d, silent %t", name, first, silent), func(t *testing.T) {
					p := &pager{style: test.style, from: &test.from, items: numbered(0, 12), most: 5, silent: silent}
					l := newLister(t, p, 5)
					l.paging.From = &test.from
					var all, back []int
					var cursors []string
					for args := (Args{"first": first}); ; {
						got, errs, err := l.ask(args)
						if err != nil || errs != nil {
							t.Fatal(err, errs)
						}
						all, cursors = append(all, numbers(got)...), append(cursors, got.Cursors...)
						if !got.HasNext {
							break
						}
						args["after"] = *got.End()
					}
					if diff := cmp.Diff(count0(12), all); diff != "" {
						t.Errorf("(-want +got):\n%s\n%q", diff, p.calls)
					}
					if first == 5 && p.calls[0] != test.calls[0] {
						t.Errorf("asked for %s", p.calls[0])
					}
					got, _, err := l.ask(Args{"last": 4, "before": cursors[6]})
					if err != nil {
						t.Fatal(err)
					}
					if back = numbers(got); !cmp.Equal(back, []int{2, 3, 4, 5}) {
						t.Errorf("backwards: %v", back)
					}
					if drift := l.api.Status().Connectors["Query.list"].Drift; len(drift) > 0 {
						t.Errorf("drift %v", drift)
					}
				})
			}
		}
	}
}

// An API that counts its pages from 0 and is asked as if from 1 loses the first page.
func TestAListThatIsNotAsLongAsItsTotalIsDrift(t *testing.T) {
	const drift = "paginate.total: another number of items came"
	tests := map[string]struct {
		style Style
		from  *int // of the API
		first int
		total string // a mapping instead of that of the style
		want  uint64
		nodes []int
	}{
		"the first page is lost":               {style: ByPage, from: new(0), first: 20, want: 1, nodes: []int{2, 3, 4}},
		"also where each page is a query":      {style: ByPage, from: new(0), first: 2, want: 1, nodes: []int{2, 3}},
		"the first item is lost":               {style: ByOffset, from: new(-1), first: 20, want: 1, nodes: []int{1, 2, 3, 4}},
		"a list that says too much":            {style: ByCursor, first: 20, total: "$(6)", want: 1, nodes: count0(5)},
		"a list that says too little":          {style: ByLink, first: 20, total: "$(4)", want: 1, nodes: count0(5)},
		"a list that is as long as it says":    {style: ByPage, first: 20, nodes: count0(5)},
		"a list that does not say":             {style: ByCursor, first: 20, nodes: count0(5)},
		"a list that is not read to its end":   {style: ByPage, first: 2, nodes: count0(2)},
		"a chain that is not read to its end":  {style: ByCursor, first: 2, total: "$(6)", nodes: count0(2)},
		"a chain that is as long as its total": {style: ByLink, first: 5, total: "$(5)", nodes: count0(5)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &pager{style: test.style, from: test.from, items: numbered(0, 5), most: 2}
			l := newLister(t, p, 2)
			if test.total != "" {
				l.paging.Total = mappingOf(test.total)
			}
			got, errs, err := l.ask(Args{"first": test.first})
			if err != nil || errs != nil {
				t.Fatal(err, errs)
			}
			if diff := cmp.Diff(test.nodes, numbers(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for args := (Args{"first": test.first}); got.HasNext && test.want > 0; {
				args["after"] = *got.End()
				if got, _, err = l.ask(args); err != nil {
					t.Fatal(err)
				}
			}
			if n := l.api.Status().Connectors["Query.list"].Drift[drift]; n != test.want {
				t.Errorf("drift %d, want %d", n, test.want)
			}
			if told := l.report.Problems(); (len(told) > 0) != (test.want > 0) {
				t.Errorf("the trace has %v", told)
			}
		})
	}
}
