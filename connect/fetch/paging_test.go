package fetch

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/call"
)

func TestPagingThroughAListGivesEachItemOnce(t *testing.T) {
	const items, most = 53, 10
	for name, style := range styles {
		for _, first := range []int{1, 3, 7, 10, 25, 53, 54, 1000} {
			for _, silent := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s by %d, silent %t", name, first, silent), func(t *testing.T) {
					p := &pager{style: style, items: numbered(0, items), most: most, silent: silent}
					l := over(t, p, most)
					var all []int
					args := []any{"first", first}
					for range items + 2 {
						got, err := l.ask(args...)
						if err != nil || got.beside != nil {
							t.Fatal(err, got.beside)
						}
						all = append(all, got.numbers...)
						if full := len(got.numbers) == first; !full && got.next {
							t.Fatalf("%d of %d nodes, and there are more", len(got.numbers), first)
						}
						if got.previous != (len(args) > 2) {
							t.Errorf("hasPreviousPage %v", got.previous)
						}
						if !silent && isCounted(&call.Paging{Style: style}) && (got.total == nil || *got.total != items) {
							t.Errorf("totalCount %v", got.total)
						}
						if !got.next {
							break
						}
						args = []any{"first", first, "after", got.end()}
					}
					if diff := cmp.Diff(countTo(items), all); diff != "" {
						t.Errorf("(-want +got):\n%s\n%q", diff, p.calls)
					}
				})
			}
		}
	}
}

func TestAnyItemsCursorGoesOn(t *testing.T) {
	for name, style := range styles {
		t.Run(name, func(t *testing.T) {
			l := over(t, &pager{style: style, items: numbered(0, 40), most: 10}, 10)
			for _, first := range []int{3, 10, 12} {
				all, err := l.ask("first", first)
				if err != nil {
					t.Fatal(err)
				}
				for i, c := range all.cursors {
					for _, then := range []int{1, 4, 10, 13} {
						got, err := l.ask("first", then, "after", c)
						if err != nil {
							t.Fatal(err)
						}
						if diff := cmp.Diff(countTo(40)[i+1:i+1+then], got.numbers); diff != "" {
							t.Fatalf("%d after %d of %d (-want +got):\n%s", then, i, first, diff)
						}
					}
				}
			}
		})
	}
}

func TestCountedListsAreReadBackwards(t *testing.T) {
	for name, style := range map[string]call.Style{"PAGE": call.ByPage, "OFFSET": call.ByOffset} {
		t.Run(name, func(t *testing.T) {
			l := over(t, &pager{style: style, items: numbered(0, 40), most: 10}, 10)
			all, err := l.ask("first", 40)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range all.cursors {
				for _, last := range []int{1, 3, 10, 17} {
					got, err := l.ask("last", last, "before", c)
					if err != nil || got.beside != nil {
						t.Fatal(err, got.beside)
					}
					want := countTo(40)[max(0, i-last):i]
					if diff := cmp.Diff(want, got.numbers, cmpEmpty); diff != "" {
						t.Fatalf("%d before %d (-want +got):\n%s", last, i, diff)
					}
					if !got.next || got.previous != (i > last) {
						t.Errorf("%d before %d: hasNextPage %v, hasPreviousPage %v", last, i, got.next, got.previous)
					}
				}
			}
		})
	}
}

// cmpEmpty makes no difference between no items and none.
var cmpEmpty = cmp.Transformer("empty", func(list []int) []int { return append([]int{}, list...) })

func TestOneCallIsMadeWhereOneWillDo(t *testing.T) {
	tests := map[string]struct {
		style call.Style
		first []int
		after []int // an index of the nodes before; -1: none
		calls []string
	}{
		"page after page":               {call.ByPage, []int{5, 5}, []int{-1, 4}, []string{"at=1&size=5", "at=2&size=5"}},
		"pages of another size":         {call.ByPage, []int{1, 10}, []int{-1, 0}, []string{"at=1&size=1", "at=1&size=11"}},
		"from the middle of a page":     {call.ByPage, []int{5, 5}, []int{-1, 2}, []string{"at=1&size=5", "at=1&size=5", "at=2&size=5"}},
		"more than a page holds":        {call.ByPage, []int{25}, []int{-1}, []string{"at=1&size=20", "at=2&size=20"}},
		"an offset is where it is":      {call.ByOffset, []int{1, 20}, []int{-1, 0}, []string{"at=0&size=1", "at=1&size=20"}},
		"a cursor at the end of a page": {call.ByCursor, []int{2, 20}, []int{-1, 1}, []string{"size=2", "at=after%2C2&size=20"}},
		"links keep their size":         {call.ByLink, []int{2, 2}, []int{-1, 1}, []string{"size=2", "at=after%2C2&size=2"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &pager{style: test.style, items: numbered(0, 60), most: 20}
			l := over(t, p, 20)
			var before listed
			for i, first := range test.first {
				args := []any{"first", first}
				if test.after[i] >= 0 {
					args = append(args, "after", before.cursors[test.after[i]])
				}
				got, err := l.ask(args...)
				if err != nil {
					t.Fatal(err)
				}
				before = got
			}
			if diff := cmp.Diff(test.calls, p.calls); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestACursorOfNoPlaceIsRefused(t *testing.T) {
	own := cursor{Page: "1", Index: 0, Size: 5}
	tests := map[string]struct {
		style  call.Style
		change func(*cursor)
	}{
		"page 0":                 {call.ByPage, func(c *cursor) { c.Page = "0" }},
		"page -1":                {call.ByOffset, func(c *cursor) { c.Page = "-1" }},
		"a page that is no page": {call.ByPage, func(c *cursor) { c.Page = "x" }},
		"a page without end":     {call.ByOffset, func(c *cursor) { c.Page = "99999999999" }},
		"before the first item":  {call.ByPage, func(c *cursor) { c.Index = -1 }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &pager{style: test.style, items: numbered(0, 40), most: 10}
			l := over(t, p, 10)
			c := own
			c.Of = string(l.id)
			test.change(&c)
			if _, err := l.ask("after", c.String()); err == nil || kindOf(err) != "bad input" || len(p.calls) > 0 {
				t.Errorf("got %v after %q", err, p.calls)
			}
		})
	}
}

// A made-up cursor may say what it likes: pages stay as large as the API allows.
func TestACursorCannotAskForMoreThanAPageHolds(t *testing.T) {
	for name, style := range styles {
		t.Run(name, func(t *testing.T) {
			p := &pager{style: style, items: numbered(0, 40), most: 10}
			l := over(t, p, 10)
			made := cursor{Page: "1", Index: 0, Size: 1_000_000, Of: string(l.id)}
			if _, err := l.ask("first", 5, "after", made.String()); err != nil {
				t.Fatal(err)
			}
			for _, c := range p.calls {
				if size := number(queryOf(t, c).Get("size"), 0); size > 10 || size == 0 {
					t.Errorf("asked for %s", c)
				}
			}
		})
	}
}
