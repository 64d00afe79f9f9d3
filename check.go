package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"

	"holdfast/connect/schema"
	"holdfast/settings"
)

const checkUsage = `Says everything that is wrong with SDL and settings, and what costs more calls
than it must. It writes nothing and asks no API.

  holdfast check [flags]

Each finding is a line, FILE:LINE:COL: CODE: COORDINATE: message (hint). The
settings are looked at too, unless a source in SDL cannot be read; for SDL from
elsewhere (-schema) only with -config. The exit status is 0 if there are at most
warnings, 2 if a setting is wrong, else 1. With -tags it also lists what answers
depend on, and which writes leave them out of date.
`

const checkExamples = `
Examples:
  holdfast check
  holdfast check -schema graph -format json
  holdfast check -tags
  holdfast check -schema 'graph/*.graphqls' -config holdfast.yaml -set sources.stripe.timeout=2s
`

func checkFlags(o *options, f *flag.FlagSet) {
	f.BoolVar(&o.tags, "tags", false, "list the tags of answers: what purge and @invalidates may name")
	schemaFlags(o, f)
}

// check reads SDL and settings, says everything that is wrong with them, and
// serves nothing.
func check(_ context.Context, o options, env func(string) (string, bool), stdout, _ io.Writer) error {
	c := inspect(o, env)
	if o.format != "json" {
		return errors.Join(c.print(stdout), c.err)
	}
	out := json.NewEncoder(stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(c.report()); err != nil {
		return err
	}
	return c.err
}

// checked is what there is to say of SDL and settings.
type checked struct {
	findings                   schema.Findings
	files, sources, connectors int
	tags                       []schema.TagUse // nil: nobody asked for them
	settings                   bool            // were looked at
	err                        error           // what ends the program
}

// inspect looks at SDL and at settings.
func inspect(o options, env func(string) (string, bool)) checked {
	var c checked
	sdl, err := readSDL(o)
	if err != nil {
		c.err = err
		return c
	}
	c.files = len(sdl)
	read, findings := schema.Read(sdl, o.graph.options(sdl))
	c.findings = findings
	if read != nil {
		c.sources, c.connectors = len(read.Sources), len(read.Connectors)
		c.findings = findings.With(read.Costs())
		if o.tags {
			c.tags = read.TagUses()
		}
	}
	c.settings = o.ownSettings() && read != nil && !read.Cut // else there may be other sources
	switch {
	case findings.Failed() && c.settings:
		c.err = errors.New("the SDL cannot be served")
	case findings.Failed():
		c.err = errors.New("the SDL cannot be served; the settings were not looked at")
	}
	if c.settings {
		set, err := settings.Read(o.config, o.sets, o.somewhere(env), sourceNames(read))
		if err == nil {
			c.findings = c.findings.With(read.Unheard(func(source string) bool { return set.Sources[source].Webhooks.Are() }))
			err = unkeepable(read, set)
		}
		c.err = errors.Join(c.err, err)
	}
	return c
}

// ownSettings says whether the settings are those of the SDL: not if only the SDL
// is from elsewhere.
func (o options) ownSettings() bool { return o.given["config"] || !o.given["schema"] }

// somewhere is env with a ${SANDBOX}, although none runs.
func (o options) somewhere(env func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if name == "SANDBOX" && o.sandbox != "off" {
			return "http://" + o.sandbox, true
		}
		return env(name)
	}
}

func sourceNames(s *schema.Schema) []string {
	var all []string
	for _, source := range s.Sources {
		all = append(all, source.Name)
	}
	return all
}

func (c checked) print(w io.Writer) error {
	fmt.Fprint(w, c.findings)
	if err := c.printTags(w); c.err != nil || err != nil {
		return err
	}
	fmt.Fprintf(w, "ok: %s, %s, %s", counted(c.files, "file"), counted(c.sources, "source"), counted(c.connectors, "connector"))
	if n := len(c.findings); n > 0 {
		fmt.Fprint(w, ", ", counted(n, "warning"))
	}
	if !c.settings {
		fmt.Fprint(w, "; no settings looked at: name them with -config")
	}
	fmt.Fprintln(w)
	return nil
}

// printTags prints the tags, one on a line.
func (c checked) printTags(w io.Writer) error {
	if len(c.tags) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TAG\tOF ANSWERS TO\tINVALIDATED BY")
	for _, t := range c.tags {
		fmt.Fprintf(table, "%s\t%s\t%s\n", t.Tag, strings.Join(t.Reads, ", "), cmp.Or(strings.Join(t.Writes, ", "), "-"))
	}
	return table.Flush()
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// report is what check prints with -format json. Its names are stable.
type report struct {
	Findings []reported    `json:"findings"`
	Tags     []reportedTag `json:"tags,omitempty"`
	Summary  summary       `json:"summary"`
}

// reportedTag is a tag, as a template, with the connectors whose answers may have it, and those of the writes that leave
// such answers out of date.
type reportedTag struct {
	Tag    string   `json:"tag"`
	Reads  []string `json:"reads"`
	Writes []string `json:"writes"`
}

// reported is a finding as editors read it. Lines and columns count from 1;
// columns count characters. All are 0 where a finding has no place. The end is
// behind the last character; it is left out where it is not known.
type reported struct {
	File       string `json:"file"`
	Line       int    `json:"line"`
	Col        int    `json:"col"`
	EndLine    int    `json:"endLine,omitempty"`
	EndCol     int    `json:"endCol,omitempty"`
	Code       string `json:"code"`
	Coordinate string `json:"coordinate"`
	Message    string `json:"message"`
	Hint       string `json:"hint"`
	Severity   string `json:"severity"` // error or warning
}

type summary struct {
	Files      int  `json:"files"`
	Sources    int  `json:"sources"`
	Connectors int  `json:"connectors"`
	Errors     int  `json:"errors"`
	Warnings   int  `json:"warnings"`
	Settings   bool `json:"settings"` // were looked at
}

func (c checked) report() report {
	r := report{Findings: []reported{}, Summary: summary{Files: c.files, Sources: c.sources, Connectors: c.connectors, Settings: c.settings}}
	for _, f := range c.findings {
		severity := "error"
		if f.Warning {
			severity = "warning"
		}
		r.Findings = append(r.Findings, reported{
			f.File, f.Line, f.Col, f.EndLine, f.EndCol, f.Code, f.Coordinate, f.Message, f.Hint, severity,
		})
	}
	for _, e := range settings.Errors(c.err) {
		r.Findings = append(r.Findings, reportedError(e))
	}
	for _, t := range c.tags {
		r.Tags = append(r.Tags, reportedTag{t.Tag, t.Reads, append([]string{}, t.Writes...)})
	}
	for _, f := range r.Findings {
		if f.Severity == "error" {
			r.Summary.Errors++
		} else {
			r.Summary.Warnings++
		}
	}
	return r
}

// reportedError is a mistake in the settings, or in the flags, as a finding: those have
// no place, but are named.
func reportedError(e *settings.Error) reported {
	f := reported{Code: "INVALID_SETTINGS", Message: e.Message, Severity: "error"}
	place := regexp.MustCompile(`^(.+):(\d+):(\d+)$`).FindStringSubmatch(e.Where)
	if place == nil {
		f.Coordinate = e.Where
		return f
	}
	f.File = place[1]
	f.Line, _ = strconv.Atoi(place[2])
	f.Col, _ = strconv.Atoi(place[3])
	return f
}
