// Generate writes the Go that fields by hand need, and nothing else: the models of
// the graph's types, the signatures of the methods, and one table of them. It takes
// its settings from gqlgen.yml, found from the working directory upwards. A graph
// without such fields needs none of it.
//
// Where gqlgen.yml says where (exec), it also writes the oracle of the graph:
// gqlgen's executor with a resolver for every field that is not part of its parent.
// Tests compare the engine with it.
//
// Read [run] first: the stages stand there in order.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"slices"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/plugin/modelgen"
	"golang.org/x/tools/imports"

	"holdfast/connect/schema"
)

func main() {
	log.SetOutput(io.Discard) // gqlgen logs what is not a mistake
	if err := run(os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// errFindings says that findings were printed.
var errFindings = errors.New("nothing was generated")

// run generates the code of the folder that gqlgen.yml is in. Findings go to out.
func run(out io.Writer) error {
	cfg, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		return fmt.Errorf("gqlgen.yml: %w", err)
	}
	if err := unbind(cfg); err != nil {
		return err
	}
	hand, err := scan(cfg.Resolver.Dir())
	if err != nil {
		return err
	}
	read, findings := schema.Read(cfg.Sources, schema.Options{Values: values(cfg), ByHand: hand.has})
	if _, err := io.WriteString(out, findings.String()); err != nil {
		return err
	}
	if findings.Failed() {
		return errFindings
	}
	cfg.Sources = withoutSubscription(read)
	c := &compiler{schema: read, hand: hand, values: values(cfg)}
	data, err := c.models(cfg)
	if err != nil {
		return err
	}
	return c.write(data)
}

// models writes the models, and returns gqlgen's view of the graph.
func (c *compiler) models(cfg *config.Config) (*codegen.Data, error) {
	imports.LocalPrefix = cfg.LocalPrefix
	_ = os.Remove(cfg.Model.Filename) // or its types would be taken for somebody's own
	if err := cfg.LoadSchema(); err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	codegen.ClearInlineArgsMetadata()
	if err := codegen.ExpandInlineArguments(cfg.Schema); err != nil {
		return nil, err
	}
	if err := cfg.Init(); err != nil {
		return nil, err
	}
	c.configure(cfg)
	if err := modelgen.New().(*modelgen.Plugin).MutateConfig(cfg); err != nil { //nolint:errcheck // that is what New returns
		return nil, err
	}
	return codegen.BuildData(cfg)
}

// values are the types that gqlgen.yml binds to Go types of somebody's own.
func values(cfg *config.Config) []string {
	var names []string
	for name, entry := range cfg.Models {
		if len(entry.Model) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
