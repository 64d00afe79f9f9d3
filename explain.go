package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"holdfast/connect/explain"
	"holdfast/connect/schema"
	"holdfast/gateway"
	"holdfast/settings"
	"holdfast/upstreams/field"
)

const explainUsage = `Says what a query costs before it is run: for every field that asks an API, which
connector, how many calls at most and why, what is batched, shared, paged and
remembered. It asks no API.

  holdfast explain [flags] QUERY

QUERY is the text, @FILE, or - for standard input. Lists whose size nobody knows
are assumed to have -rows items; connections have as many as are asked for.
`

const explainExamples = `
Examples:
  holdfast explain '{ orders(first: 20) { edges { node { number customer { displayName } } } } }'
  echo 'query List($n: Int) { orders(first: $n) { edges { node { number } } } }' |
    holdfast explain - -operation List -variables '{"n": 50}' -format json
`

func explainFlags(o *options, f *flag.FlagSet) {
	f.StringVar(&o.variables, "variables", "", "the query's variables, a JSON `object`")
	f.StringVar(&o.operation, "operation", "", "`name` of the operation, where the text has several")
	f.IntVar(&o.rows, "rows", 0, "`number` of items of a list whose size nobody knows (default gateway.assumedList of the settings)")
	schemaFlags(o, f)
}

func explainArgs(o *options, args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, errors.New("which query?")
	}
	o.query = args[0]
	return args[1:], nil
}

// explainQuery prints what a query costs.
func explainQuery(_ context.Context, o options, env func(string) (string, bool), stdout, stderr io.Writer) error {
	q := explain.Question{Operation: o.operation}
	if o.rows < 1 && o.given["rows"] {
		return settings.Wrong("-rows", "expected a number from 1")
	}
	var err error
	if q.Name, q.Query, err = queryText(o.query, os.Stdin); err != nil {
		return err
	}
	if q.Variables, err = variables(o.variables); err != nil {
		return err
	}
	sdl, err := readSDL(o)
	if err != nil {
		return err
	}
	known := o.graph.options(sdl)
	read, findings := schema.Read(sdl, known)
	if findings.Failed() {
		fmt.Fprint(stderr, findings)
		return errors.New("the SDL cannot be served, so there is nothing to explain")
	}
	q.Schema, q.ByHand, q.Scalars = read, known.ByHand, o.graph.scalars
	set, err := settingsOf(o, env, read, stderr)
	if err != nil {
		return err
	}
	q.Cache = windows(o, set)
	q.Rows = cmp.Or(o.rows, set.Gateway.AssumedList, gateway.AssumedList)
	plan, err := explain.Explain(q)
	if err != nil {
		return err
	}
	if o.format == "json" {
		out := json.NewEncoder(stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(plan)
	}
	_, err = io.WriteString(stdout, plan.Text())
	return err
}

// queryText is the query that an argument stands for, and what errors call it.
func queryText(arg string, stdin io.Reader) (name, text string, err error) {
	var raw []byte
	file, isFile := strings.CutPrefix(arg, "@")
	switch {
	case isFile:
		name = file
		raw, err = os.ReadFile(file)
	case arg == "-":
		name = "stdin"
		raw, err = io.ReadAll(stdin)
	default:
		return "query", arg, nil
	}
	if err != nil {
		return "", "", fmt.Errorf("%s:1:1: cannot be read: %s", name, field.Reason(err))
	}
	return name, string(raw), nil
}

// variables are those of -variables.
func variables(text string) (map[string]any, error) {
	if text == "" {
		return nil, nil
	}
	var vars map[string]any
	in := json.NewDecoder(strings.NewReader(text))
	in.UseNumber()
	err := in.Decode(&vars)
	switch syntax, ok := errors.AsType[*json.SyntaxError](err); {
	case ok:
		return nil, inVariables(text, syntax.Offset-1, syntax.Error())
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, inVariables(text, int64(len(text)), "it ends too early")
	case err != nil || vars == nil:
		return nil, inVariables(text, 0, "expected a JSON object")
	case in.More():
		return nil, inVariables(text, in.InputOffset(), "expected nothing after the object")
	}
	return vars, nil
}

// inVariables is a mistake in -variables, in front of the byte at an offset.
func inVariables(text string, offset int64, message string) error {
	before := text[:min(max(offset, 0), int64(len(text)))]
	line, col := 1+strings.Count(before, "\n"), len(before)-strings.LastIndex(before, "\n")
	return fmt.Errorf("-variables:%d:%d: %s", line, col, message)
}

// settingsOf are the settings of the SDL. Those that were not asked for and cannot
// be read are left out, with a word.
func settingsOf(o options, env func(string) (string, bool), read *schema.Schema, stderr io.Writer) (*settings.File, error) {
	if !o.ownSettings() {
		return &settings.File{}, nil
	}
	set, err := settings.Read(o.config, o.sets, o.somewhere(env), sourceNames(read))
	switch {
	case err == nil:
		return set, nil
	case o.given["config"]:
		return nil, err
	}
	fmt.Fprintf(stderr, "without settings: %s\n", err)
	return &settings.File{}, nil
}

// windows says how long answers may be used: as the settings say, else the SDL.
func windows(o options, set *settings.File) func(*schema.Connector) *explain.Cache {
	return func(con *schema.Connector) *explain.Cache {
		p := set.Sources[con.Source.Name].Client.Or(set.Defaults.Client).Cache.Policy
		return explain.Windows(con, explain.Ages{From: o.config, Fresh: p.Fresh, Refresh: p.Refresh, Stale: p.Stale})
	}
}
