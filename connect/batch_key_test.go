package connect

import (
	"net/http"
	"testing"

	"holdfast/upstreams"
)

func TestOtherInputsOfABatchAreNeverMistakenForEachOther(t *testing.T) {
	one := otherInputs(&upstreams.Request{Method: "GET", URL: "/", Header: http.Header{"A": {"x] B:[y"}}})
	two := otherInputs(&upstreams.Request{Method: "GET", URL: "/", Header: http.Header{"A": {"x"}, "B": {"y"}}})
	if one == two {
		t.Errorf("both are %s", one)
	}
}
