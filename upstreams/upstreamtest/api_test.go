package upstreamtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/upstreams/upstreamtest"
)

// ask returns status and body, or the error, as text.
func ask(t *testing.T, api *upstreamtest.API) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://shop.test/", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := api.RoundTrip(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 10))
	if err != nil {
		return fmt.Sprint(resp.StatusCode, " ", string(body), ": ", err)
	}
	return fmt.Sprint(resp.StatusCode, " ", string(body))
}

func TestScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := upstreamtest.Play(
			upstreamtest.Answer(200, "one"), upstreamtest.Refuse(), upstreamtest.Truncate(200, "1234"),
			upstreamtest.Hang(), upstreamtest.Endless(), upstreamtest.After(time.Second, upstreamtest.Answer(201, "two")),
		)
		got := make([]string, 7)
		for i := range got {
			got[i] = ask(t, api)
		}
		want := []string{
			"200 one", "dial tcp: connection refused", "200 12: unexpected EOF", "context deadline exceeded",
			"200 " + strings.Repeat(" ", 10), "201 two", "201 two",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if n := api.Calls(); n != 7 || api.Log()[6].Body != "hello" {
			t.Errorf("%d calls, %+v", n, api.Log())
		}
		api.Now()
		if got := ask(t, api); got != "dial tcp: connection refused" {
			t.Errorf("without a script: %s", got)
		}
	})
}
