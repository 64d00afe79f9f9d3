package outbox_test

import (
	"context"
	"fmt"
	"time"

	"holdfast/outbox"
)

// A refund is made once for a key, however often it is asked for.
func Example() {
	refunds := 0
	send := func(_ context.Context, a outbox.Attempt) outbox.Result {
		refunds++ // a.Request goes to the source, with credentials, and its answer says what came of it
		return outbox.Result{Verdict: outbox.Made, Outcome: &outbox.Outcome{Status: 200, Body: []byte(`{"id":"re_1"}`)}}
	}
	o := outbox.New(outbox.Config{Send: send}, outbox.NewMemory(outbox.Bounds{}))
	defer func() { _ = o.Close(context.Background()) }()

	id := outbox.IDOf("refundPayment", "", "key-of-the-caller")
	refund := &outbox.Write{
		ID: id, Field: "refundPayment", Source: "stripe", Key: "key-of-the-caller", Args: []byte(`{"payment":"pi_1"}`),
		Queue: true, Lane: "pi_1", Window: 24 * time.Hour,
		Request: outbox.Request{Method: "POST", PathAndQuery: "/v1/refunds", VendorKey: outbox.VendorKeyOf("stripe", id)},
	}
	for range 3 {
		answer, err := o.Do(context.Background(), refund, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(answer.Record.State, string(answer.Record.Outcome.Body), refunds)
	}
	// Output:
	// APPLIED {"id":"re_1"} 1
	// APPLIED {"id":"re_1"} 1
	// APPLIED {"id":"re_1"} 1
}
