package document

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMistakesInFragmentsAreToldOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		query string
		want  []string
	}{
		"spread once":              {`{ ...F } fragment F on Query { nope }`, []string{`Cannot query field "nope" on type "Query".`}},
		"spread again":             {`{ ...F ... on Query { ...F } } fragment F on Query { nope }`, []string{`Cannot query field "nope" on type "Query".`}},
		"spread by two operations": {`query A { ...F } query B { ...F } fragment F on Query { nope }`, []string{`Cannot query field "nope" on type "Query".`}},
		"the same mistake at two places": {`{ nope ...F } fragment F on Query { nope }`, []string{
			`Cannot query field "nope" on type "Query".`, `Cannot query field "nope" on type "Query".`,
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := Parse(test.query, 0)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range coercing(t).Validate(doc) {
				got = append(got, e.Message)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
