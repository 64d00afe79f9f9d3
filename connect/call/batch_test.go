package call

import (
	"net/http"
	"testing"

	"holdfast/upstreams"
)

func TestOtherInputsOfABatchAreNeverMistakenForEachOther(t *testing.T) {
	one := hashed(&upstreams.Request{Method: "GET", URL: "/", Header: http.Header{"A": {"x] B:[y"}}})
	two := hashed(&upstreams.Request{Method: "GET", URL: "/", Header: http.Header{"A": {"x"}, "B": {"y"}}})
	if one == two {
		t.Errorf("both are %x", one)
	}
}
