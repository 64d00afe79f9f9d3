package mapping_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
)

func TestJoinedFaults(t *testing.T) {
	var whole, part mapping.ItemFaults
	whole.AddItemFault(mapping.Fault{Field: "name"})
	part.AddItemFault(mapping.Fault{Field: "name", Whole: true})
	part.AddItemFault(mapping.Fault{Field: "rank", Index: []int{1}})
	joined := whole.Joined(&part, "rank")
	if diff := cmp.Diff([]mapping.Fault{{Field: "name"}}, joined.FaultsOf("name")); diff != "" {
		t.Errorf("what the whole has (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]mapping.Fault{{Field: "rank", Index: []int{1}}}, joined.FaultsOf("rank")); diff != "" {
		t.Errorf("what only the part has (-want +got):\n%s", diff)
	}
	if whole.FaultsOf("rank") != nil {
		t.Error("the whole has changed")
	}
	lost := whole.Lost(errors.New("down"), "rank")
	if got := lost.FaultsOf("rank"); len(got) != 1 || !got[0].Whole || got[0].Err == nil || lost.FaultsOf("name") == nil {
		t.Errorf("what is lost: %v", got)
	}
	if whole.FaultsOf("rank") != nil {
		t.Error("the whole has lost something too")
	}
	var none mapping.ItemFaults
	if got := none.Joined(&none, "rank"); got.FaultsOf("rank") != nil {
		t.Error("there are faults where there were none")
	}
}
