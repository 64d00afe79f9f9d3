package view_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/hand"
	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
	"holdfast/connect/view"
)

const firms = `extend schema @source(name: "a", http: {baseURL: "https://a.example"})
type Query { firm: Firm @connect(source: "a", http: {GET: "/f"}, selection: "id name note") }
type Firm
  @connect(source: "a", http: {GET: "/vat/{$this.id}"}, selection: "id vat note")
  @connect(source: "a", http: {GET: "/stars/{$this.id}"}, selection: "id stars") { id: ID! name: String vat: String stars: Int note: String }
`

type firm struct {
	ID                 string  `json:"id"`
	Name               *string `json:"name"`
	Vat                *string `json:"vat"`
	Stars              *int    `json:"stars"`
	Note               *string `json:"note"`
	mapping.ItemFaults `json:"-"`
}

// A parent is a row: each record has what the ones before it lack, and what is wrong
// with a field is wrong as the last record that has it says.
func TestRowsBecomeModels(t *testing.T) {
	read, findings := schema.Read([]*ast.Source{{Name: "a.graphqls", Input: firms}}, schema.Options{})
	if findings.Failed() {
		t.Fatal(findings)
	}
	records := map[string]record.Ref{}
	for id, body := range map[string]string{
		"Query.firm": `{"id": 1, "name": "ACME", "note": 7}`, "Firm[0]": `{"id": 1, "vat": "V", "note": "fine"}`, "Firm[1]": `{"id": 1, "stars": "many"}`,
	} {
		for _, con := range read.Connectors {
			if string(con.ID) == id {
				records[id] = mapped(t, con, record.Options{Schema: read, Scalars: scalars.New()}, body)
			}
		}
	}
	g := view.New(read, scalars.New(), nil)
	out := errors.New("out")
	tests := map[string]struct {
		row    hand.Parent
		want   firm
		faults map[string]string
	}{
		"a part": {
			hand.Parent{{Ref: records["Query.firm"]}}, firm{ID: "1", Name: new("ACME")}, map[string]string{"note": "misfit"},
		},
		"and what completes it": {
			hand.Parent{{Ref: records["Query.firm"]}, {Ref: records["Firm[0]"]}, {Ref: records["Firm[1]"]}},
			firm{ID: "1", Name: new("ACME"), Vat: new("V"), Note: new("fine")},
			map[string]string{"stars": "misfit"},
		},
		"a step that failed": {
			hand.Parent{{Ref: records["Query.firm"]}, {Err: out, Fields: []string{"vat"}}, {Ref: records["Firm[1]"]}},
			firm{ID: "1", Name: new("ACME")},
			map[string]string{"note": "misfit", "vat": "out", "stars": "misfit"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got *firm
			if err := g.DecodeRow(test.row, &got); err != nil {
				t.Fatal(err)
			}
			faults := map[string]string{}
			for _, field := range []string{"id", "name", "vat", "stars", "note"} {
				for _, f := range got.FaultsOf(field) {
					if faults[field] = "misfit"; f.Err != nil {
						faults[field] = f.Err.Error()
					}
				}
			}
			got.ItemFaults = mapping.ItemFaults{}
			if diff := cmp.Diff(&test.want, got, cmp.AllowUnexported(mapping.ItemFaults{})); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.faults, faults); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func mapped(t *testing.T, con *schema.Connector, opt record.Options, body string) record.Ref {
	t.Helper()
	m, err := record.Compile(con, opt)
	if err != nil {
		t.Fatal(err)
	}
	v, _, err := mapping.ParseJSON([]byte(body), mapping.JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := m.Map(record.Reading{Body: v})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Root()
}
