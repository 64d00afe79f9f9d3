package executor

import (
	"context"
	"fmt"
	"maps"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/hand"
	"holdfast/connect/mapping"
	"holdfast/connect/once"
	"holdfast/connect/record"
	"holdfast/connect/schema"
	"holdfast/upstreams"
)

// withRecorded are the fields that methods resolve, and those that the outbox does: who looks a change up, and who takes
// one back.
func withRecorded(cfg Config, served *ast.Schema, keeper *once.Keeper) (hand.Table, error) {
	table := maps.Clone(cfg.Hand)
	for _, is := range []struct {
		root *ast.Definition
		name string
		do   func(ctx context.Context, id string) (mapping.Value, error)
	}{
		{served.Query, "write", keeper.Find},
		{served.Mutation, "cancelWrite", keeper.Cancel},
	} {
		if is.root == nil {
			continue
		}
		coordinate := is.root.Name + "." + is.name
		if p := cfg.Schema.Plans[coordinate]; p == nil || p.Kind != schema.Recorded {
			continue
		}
		field, err := record.CompileField(coordinate, record.Options{Schema: cfg.Schema, Scalars: cfg.Scalars})
		if err != nil {
			return nil, fmt.Errorf("executor: %w", err)
		}
		if table == nil {
			table = hand.Table{}
		}
		table[coordinate] = func(ctx context.Context, in *hand.Input) []hand.Result {
			upstreams.ReportFrom(ctx).NoStore() // it may be another a moment later, and is for who knows the id
			id, _ := in.Args.Get("id").Str()
			told, err := is.do(ctx, id)
			if err != nil {
				return []hand.Result{{Err: err}}
			}
			return []hand.Result{{Answer: field.Of(told)}}
		}
	}
	return table, nil
}
