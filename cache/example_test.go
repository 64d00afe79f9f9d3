package cache_test

import (
	"context"
	"fmt"
	"time"

	"holdfast/cache"
)

// A value is made of an answer once, and stays with it.
func Example() {
	ctx := context.Background()
	c, err := cache.New(cache.Config{}, cache.NewMemory(0))
	if err != nil {
		panic(err)
	}
	defer func() { _ = c.Close(context.Background()) }()

	entry := &cache.Entry{Key: "GET /orders/1", Status: 200, Body: []byte("1001"), Received: time.Now()}
	c.Put(entry, 24*time.Hour)
	for range 2 {
		got := c.Get(ctx, "GET /orders/1", "")
		value, err := got.Value("number", func() (any, error) {
			fmt.Println("parsing")
			return "number " + string(got.Body), nil
		})
		fmt.Println(value, err)
	}
	fmt.Println(c.Get(ctx, "GET /orders/1", "somebody else"))
	// Output:
	// parsing
	// number 1001 <nil>
	// number 1001 <nil>
	// <nil>
}
