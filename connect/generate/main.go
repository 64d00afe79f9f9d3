// Generate is the connector compiler: gqlgen with a plugin that reads @source,
// @connect and @cache, and writes typed resolvers for them. It takes its settings
// from gqlgen.yml, found from the working directory upwards.
//
// Read [run] first: the stages stand there in order. What the directives mean is
// decided in connect/schema; here it is only written down as Go.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"slices"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/plugin"

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
	cfg.Sources = read.Public()
	compiler := &Compiler{schema: read, hand: hand, values: values(cfg)}
	return api.Generate(cfg, func(_ *config.Config, plugins *[]plugin.Plugin) {
		*plugins = compiler.among(*plugins)
	})
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
