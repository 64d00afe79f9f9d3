package resolvers

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"holdfast/connect"
	"holdfast/graph/model"
	"holdfast/graph/scalar"
)

// LifetimeValue adds up what customers ordered. It asks through the connector of
// Customer.orders, so it is cached, covered in outages and reported like it.
func (r *customerResolver) LifetimeValue(ctx context.Context, objs []*model.Customer) ([][]*scalar.Money, error) {
	orders, err := connect.Each[*model.OrderConnection](ctx, "Customer.orders", objs, connect.Args{"first": 1000})
	worth := make([][]*scalar.Money, len(objs))
	for i, list := range orders {
		if list == nil {
			continue // the error says why
		}
		var overflow error
		if worth[i], overflow = sum(list); overflow != nil {
			return nil, fmt.Errorf("customer %s: %w", objs[i].ID, overflow)
		}
	}
	return worth, err
}

// sum is the worth of a list of orders, by currency.
func sum(orders *model.OrderConnection) ([]*scalar.Money, error) {
	totals := []*scalar.Money{}
	for _, edge := range orders.Edges {
		if edge.Node == nil || !counts(edge.Node.Status) {
			continue
		}
		total := edge.Node.Total
		if total == nil {
			continue
		}
		i := slices.IndexFunc(totals, func(m *scalar.Money) bool { return m.Currency == total.Currency })
		if i < 0 {
			totals = append(totals, &scalar.Money{Currency: total.Currency})
			i = len(totals) - 1
		}
		if total.AmountMinor > math.MaxInt64-totals[i].AmountMinor {
			return nil, fmt.Errorf("the sum in %s is too large", total.Currency)
		}
		totals[i].AmountMinor += total.AmountMinor
	}
	slices.SortFunc(totals, func(a, b *scalar.Money) int { return cmp.Compare(a.Currency, b.Currency) })
	return totals, nil
}

// counts says whether an order of this status is worth something.
func counts(s model.OrderStatus) bool {
	return s == model.OrderStatusCompleted || s == model.OrderStatusProcessing
}
