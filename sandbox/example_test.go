package sandbox_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http/httptest"

	"holdfast/sandbox"
)

func Example() {
	s := sandbox.New(sandbox.Config{})
	srv := httptest.NewServer(s)
	defer srv.Close()
	defer s.Close()

	res, err := srv.Client().Get(srv.URL + "/woocommerce/wp-json/wc/v3/orders/1001?consumer_key=ck_sandbox&consumer_secret=cs_sandbox")
	if err != nil {
		log.Print(err)
		return
	}
	defer res.Body.Close()
	var order struct {
		Total, Currency string
		Billing         struct{ Email string }
	}
	if err := json.NewDecoder(res.Body).Decode(&order); err != nil {
		log.Print(err)
		return
	}
	fmt.Println(order.Billing.Email, "paid", order.Total, order.Currency)
	// Output: ada.okafor@example.com paid 38.64 USD
}
