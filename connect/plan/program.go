package plan

import "holdfast/connect/mapping"

type program struct{}

func (a *Arguments) of(map[string]any) (*Args, error) {
	return &Args{Value: mapping.ObjectValue(), Text: "{}"}, nil
}

func (a *Arguments) written(string) bool { return false }

func (m *maker) arguments(*Field) (*Arguments, error) { return &Arguments{}, nil }
