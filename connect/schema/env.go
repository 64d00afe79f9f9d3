package schema

import "holdfast/connect/mapping"

// environment are the variables of $env that m cannot do without: nothing stands
// in for them where they are not set.
func environment(m *mapping.Mapping) []string {
	var names []string
	optional := map[*mapping.Path]bool{}
	mapping.Walk(m.Root, func(n mapping.Node) bool {
		switch n := n.(type) {
		case *mapping.Expr:
			for _, p := range n.Operands[:len(n.Operands)-1] {
				optional[p] = true
			}
		case *mapping.Path:
			if name := environmentVariable(n); name != "" && !optional[n] {
				names = appendNew(names, name)
			}
		}
		return true
	})
	return names
}

// environmentVariable is NAME if a path begins with $env.NAME, without a ? behind.
func environmentVariable(p *mapping.Path) string {
	if p.Start.Kind != mapping.StartVar || p.Start.Name != "$env" || len(p.Steps) == 0 || p.Steps[0].Kind != mapping.StepKey {
		return ""
	}
	if len(p.Steps) > 1 && p.Steps[1].Kind == mapping.StepQuestion {
		return ""
	}
	return p.Steps[0].Key.Name
}
