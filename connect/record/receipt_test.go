package record_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/graph/scalar"
)

const receiptSDL = `
extend schema @source(name: "shop", http: {baseURL: "https://shop.test"})
type Query {
  added(id: ID!): Added @connect(source: "shop", http: {GET: "/a/{$args.id}"}, selection: "note: { id }")
}
type Mutation {
  add(text: String!): Added @queue @connect(source: "shop", http: {POST: "/notes", body: "text: $args.text"}, selection: "note: { id }")
}
type Added {
  note: Note
  write: Write
  pet: Note @connect(source: "shop", http: {GET: "/p/{$this.note.id}"}, selection: "id")
}
type Note { id: ID! }
`

const (
	receiptWrite = `{"id":"a-b","state":"QUEUED","key":null,"field":"Mutation.add","source":"shop","attempts":0,` +
		`"acceptedAt":"2026-11-30T12:00:00.5Z","expiresAt":null,"nextTryAt":null,"settledAt":null,"reason":null,"message":null}`
	receiptText = `Write{id:"a-b",state:"QUEUED",key:null,field:"Mutation.add",source:"shop",attempts:0,` +
		`acceptedAt:"2026-11-30T12:00:00.5Z",expiresAt:null,nextTryAt:null,settledAt:null,reason:null,message:null}`
)

func TestReceipts(t *testing.T) {
	opt := read(t, receiptSDL)
	m := compile(t, opt, "Mutation.add")
	answer := func(body string) *record.Answer {
		a, err := m.Map(record.Reading{Body: valueOf(t, body)})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	tests := map[string]struct {
		answer *record.Answer
		told   mapping.Value
		want   string
		bare   bool
	}{
		"there is no answer yet":         {nil, valueOf(t, receiptWrite), `Added{note:null,write:` + receiptText + `#Added.pet:null}`, true},
		"the answer is null":             {answer(`null`), valueOf(t, receiptWrite), `Added{note:null,write:` + receiptText + `#Added.pet:null}`, true},
		"an answer keeps all else":       {answer(`{"id":5}`), valueOf(t, receiptWrite), `Added{note:Note{id:"5"},write:` + receiptText + `#Added.pet:{"note":{"id":"5"}}}`, false},
		"nothing is told":                {answer(`{"id":5}`), mapping.Value{}, `Added{note:Note{id:"5"},write:null#Added.pet:{"note":{"id":"5"}}}`, false},
		"what is told fits no such type": {nil, valueOf(t, `{"state":"ODD"}`), `Added{note:null,write:Write{id:!,state:!,key:null,field:!,source:!,attempts:!,acceptedAt:!,expiresAt:null,nextTryAt:null,settledAt:null,reason:null,message:null}#Added.pet:null}`, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := m.Receipt(test.answer, test.told)
			if text(got.Root()) != test.want || got.Bare() != test.bare {
				t.Errorf("bare: %t, got\n%s, want\n%s", got.Bare(), text(got.Root()), test.want)
			}
			if test.answer != nil && test.answer.Bare() {
				t.Error("the answer was changed")
			}
		})
	}
	other := compile(t, opt, "Query.added")
	if a, err := other.Map(record.Reading{Body: valueOf(t, `{"id":5}`)}); err != nil || other.Receipt(a, valueOf(t, receiptWrite)) != a {
		t.Errorf("what tells of no writes has a receipt: %v", err)
	}
}

// What a method returns that asked for a write keeps what is told of it.
func TestReceiptsByHand(t *testing.T) {
	opt := read(t, receiptSDL)
	f, err := record.CompileField("Mutation.add", opt)
	if err != nil {
		t.Fatal(err)
	}
	got := f.Of(valueOf(t, `{"note":{"id":5},"write":`+receiptWrite+`}`))
	if want := `Added{note:Note{id:"5"},write:` + receiptText + `#Added.pet:{"note":{"id":"5"}}}`; text(got.Root()) != want {
		t.Errorf("got\n%s, want\n%s", text(got.Root()), want)
	}
}

// Who asks for a write by hand has what is told of it in his model.
func TestReceiptsAreDecoded(t *testing.T) {
	type write struct {
		ID         string           `json:"id"`
		State      string           `json:"state"`
		Key        *string          `json:"key"`
		Attempts   int              `json:"attempts"`
		AcceptedAt scalar.DateTime  `json:"acceptedAt"`
		SettledAt  *scalar.DateTime `json:"settledAt"`
	}
	type added struct {
		Note  *struct{ ID string } `json:"note"`
		Write *write               `json:"write"`
	}
	a := compile(t, read(t, receiptSDL), "Mutation.add").Receipt(nil, valueOf(t, receiptWrite))
	var got *added
	if err := a.Root().Decode(&got, nil); err != nil {
		t.Fatal(err)
	}
	at := scalar.NewDateTime(time.Date(2026, 11, 30, 12, 0, 0, 500_000_000, time.UTC))
	if want := (&added{Write: &write{ID: "a-b", State: "QUEUED", AcceptedAt: at}}); !cmp.Equal(got, want) {
		t.Errorf("%s", cmp.Diff(want, got))
	}
}
