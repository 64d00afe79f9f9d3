package call

import (
	"net/http"
	"testing"

	"holdfast/upstreams"
)

func TestOtherInputsOfABatchAreNeverMistakenForEachOther(t *testing.T) {
	one := quoted(&upstreams.Request{Method: "GET", URL: "/", Header: http.Header{"A": {"x] B:[y"}}})
	two := quoted(&upstreams.Request{Method: "GET", URL: "/", Header: http.Header{"A": {"x"}, "B": {"y"}}})
	if one == two {
		t.Errorf("both are %s", one)
	}
}
