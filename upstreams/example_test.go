package upstreams_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// An API answers once and then goes down. Its last good answer stands in, and says so.
func Example() {
	ctx := context.Background()
	memory, err := cache.New(cache.Config{}, nil)
	if err != nil {
		panic(err)
	}
	defer func() { _ = memory.Close(context.Background()) }()

	api := upstreamtest.Play(upstreamtest.Answer(200, "paid"), upstreamtest.Answer(503, "maintenance"))
	stripe := upstreams.New(upstreams.Config{Name: "stripe"}, memory, api)
	defer func() { _ = stripe.Close(ctx) }()

	payment := &upstreams.Request{
		Connector: "Order.payment",
		Method:    "GET",
		URL:       "https://api.stripe.test/v1/payment_intents/pi_1",
		Policy:    freshness.Policy{Stale: new(24 * time.Hour)},
		Slot:      "Order.payment",
		Accept: func(r upstreams.Reply) (any, error) {
			if err := r.Err(); err != nil {
				return nil, err
			}
			return string(r.Body), nil
		},
	}
	for range 2 {
		answer, err := stripe.Read(ctx, payment)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%v %s %q\n", answer.Value, answer.State, answer.Reason)
	}

	payment.URL += "23"
	_, err = stripe.Read(ctx, payment) // never seen: nothing can stand in
	if failed, ok := errors.AsType[*upstreams.Error](err); ok {
		fmt.Println(failed.Kind, failed.Reason, failed.Status)
	}
	// Output:
	// paid FRESH ""
	// paid STANDING_IN "STATUS"
	// unavailable STATUS 503
}
