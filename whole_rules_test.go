package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// TestEachRuleBrokenOnceIsFoundOnce breaks testdata/whole/graph in one place after
// the other: what is found is of that code, stands where ▸ is, and is all.
func TestEachRuleBrokenOnceIsFoundOnce(t *testing.T) {
	whole := wholeGraph(t)
	if found := findings(whole); len(found) > 0 {
		t.Fatalf("unbroken: %v", found)
	}
	tested := map[string]bool{}
	for name, edits := range brokenRules() {
		code, _, _ := strings.Cut(name, ":")
		tested[code] = true
		t.Run(name, func(t *testing.T) {
			broken, marks := edited(t, whole, edits)
			var want []string
			for _, place := range marks {
				want = append(want, place+": "+code)
			}
			if diff := cmp.Diff(want, findings(broken)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, c := range schema.Codes() {
		elsewhere := c.Code == "NO_SOURCES_DEFINED" || c.Code == "NO_WEBHOOKS" // that take a schema without sources, and settings
		if !elsewhere && !tested[c.Code] {
			t.Errorf("%s is never broken", c.Code)
		}
	}
}

// wholeGraph is the files of testdata/whole/graph by name.
func wholeGraph(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range glob(t, "testdata/whole/graph/*.graphqls") {
		files[filepath.Base(name)] = readFile(t, name)
	}
	return files
}

// findings are place and code of all that check says.
func findings(files map[string]string) []string {
	var sources []*ast.Source
	for name, text := range files {
		sources = append(sources, &ast.Source{Name: name, Input: text})
	}
	slices.SortFunc(sources, func(a, b *ast.Source) int { return strings.Compare(a.Name, b.Name) })
	read, found := schema.Read(sources, schema.Options{})
	if read != nil {
		found = found.With(read.Costs())
	}
	var all []string
	for _, f := range found {
		all = append(all, fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Col, f.Code))
	}
	return all
}

// edited replaces old texts by new ones, in pairs, and returns the places that ▸
// marks in them. An old text stands in one place only.
func edited(t *testing.T, files map[string]string, edits []string) (after map[string]string, marks []string) {
	t.Helper()
	after = maps.Clone(files)
	for i := 0; i+1 < len(edits); i += 2 {
		n := 0
		for name, text := range after {
			n += strings.Count(text, edits[i])
			after[name] = strings.Replace(text, edits[i], edits[i+1], 1)
		}
		if n != 1 {
			t.Fatalf("%d times: %s", n, edits[i])
		}
	}
	for name, text := range after {
		for {
			before, behind, ok := strings.Cut(text, "▸")
			if !ok {
				break
			}
			line := before[strings.LastIndex(before, "\n")+1:]
			marks = append(marks, fmt.Sprintf("%s:%d:%d", name, 1+strings.Count(before, "\n"), 1+len([]rune(line))))
			text = before + behind
		}
		after[name] = text
	}
	return after, marks
}

// brokenRules are edits by code, and by what is wrong where a code has several.
func brokenRules() map[string][]string {
	all := map[string][]string{}
	for _, part := range []map[string][]string{brokenSources(), brokenRequests(), brokenMappings(), brokenValues(), brokenKeys(), brokenPlaces(), brokenWrites()} {
		maps.Copy(all, part)
	}
	return all
}

func brokenSources() map[string][]string {
	another := func(name string) []string {
		const first = `  @cache(source: "collection", fresh: "1m"`
		return []string{first, `  @api(name: ` + name + `, http: {baseURL: "https://another.example"})` + "\n" + first}
	}
	return map[string][]string{
		"INVALID_SDL": {"room: String\n", "room: ▸Strin\n"},
		"DUPLICATE_SOURCE_NAME": append(another(`▸"tickets"`), `  @api(
    name: "tickets"`, `  @api(
    name: ▸"tickets"`),
		"INVALID_SOURCE_NAME":                         another(`▸"1st"`),
		"EMPTY_SOURCE_NAME":                           another(`▸""`),
		"SOURCE_NAME_MISMATCH":                        {`source: "tickets", http: { DELETE`, `source: ▸"ticket", http: { DELETE`},
		"SOURCE_NAME_MISMATCH: of a cache":            {`@cache(source: "tickets"`, `@cache(source: ▸"ticket"`},
		"INVALID_CONNECTOR_ID_NAME":                   {`id: "person"`, `id: ▸"per-son"`},
		"DUPLICATE_ID_NAME":                           {`id: "person"`, `id: ▸"exhibit_by_id"`},
		"UNKNOWN_CONNECTORS_VERSION":                  {"  @link(\n    url: \"https://specs.apollo.dev/connect/v0.3\"", "  ▸@link(\n    url: \"https://specs.apollo.dev/connect/v0.4\""},
		"NO_SOURCE_IMPORT":                            {`  @link(url: "https://specs.apollo.dev/fed`, `  ▸@link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect"])` + "\n" + `  @link(url: "https://specs.apollo.dev/fed`},
		"CONNECTORS_UNSUPPORTED_FEDERATION_DIRECTIVE": {"type Slot {", `type Slot ▸@context(name: "slot") {`},
	}
}

func brokenWrites() map[string][]string {
	return map[string][]string{
		"INVALID_IDEMPOTENT":                    {`window: "1h"`, `window: ▸"an hour"`},
		"RAW_IDEMPOTENCY_KEY":                   {`value: "{$write.key}"`, `value: "{▸$args.key}"`, `required: true, window: "1h"`, `required: true`},
		"INVALID_QUEUE":                         {"  ticket(number: ID!): Ticket\n", "  ticket(number: ID!): Ticket ▸@queue\n"},
		"INVALID_QUEUE: a time":                 {`expires: "6h"`, `expires: ▸"six hours"`},
		"INVALID_QUEUE: a receipt with no word": {"place: Int\n  write: Write", "place: Int", "@queue(when: OUTAGE", "▸@queue(when: OUTAGE"},
		"INVALID_QUEUE: what cannot be there":   {"days: Int\n", "days: ▸Int!\n"},
		"INVALID_PROBE: a variable":             {`variables: "of: $args.work"`, `variables: "▸off: $args.work"`, `"query($of: ID!)`, `"query(▸$of: ID!)`},
		"INVALID_PROBE: made":                   {`made: "$.wishes->contains($write.id)"`, `made: "▸$.wishes->size"`},
		"INVALID_PROBE":                         {"  cancel(number: ID!): Receipt\n", "  cancel(number: ID!): Receipt @probe(query: \"{ ▸nothing }\", made: \"$(true)\")\n"},
	}
}

func brokenRequests() map[string][]string {
	return map[string][]string{
		"MISSING_HTTP_METHOD":                       {`http: { GET: "/" }`, `http: ▸{ path: "$(['x'])" }`},
		"MULTIPLE_HTTP_METHODS":                     {`http: { GET: "/" }`, `http: { ▸GET: "/" ▸POST: "/" }`},
		"INVALID_URL: a dot segment":                {`"/hours/{$this.code}"`, `"/hours/▸../{$this.code}"`},
		"INVALID_URL: a fragment":                   {`"/hours/{$this.code}"`, `"/hours/{$this.code}▸#top"`},
		"INVALID_URL: an expression":                {`"/hours/{$this.code}"`, `"/hours/{$this.code▸+}"`},
		"INVALID_URL: user information":             {`"https://weather.example/`, `"https://▸me@weather.example/`},
		"INVALID_URL: a list":                       {`"/hours/{$this.code}"`, `"/hours/▸{$([$this.code])}"`},
		"INVALID_URL: the authority":                {`"https://weather.example/`, `"https://▸{$args.city}.example/`},
		"INVALID_URL_SCHEME":                        {`"https://weather.example/`, `"▸ftp://weather.example/`},
		"ABSOLUTE_CONNECT_URL_WITH_SOURCE":          {`GET: "/events"`, `GET: ▸"https://collection.example/events"`},
		"RELATIVE_CONNECT_URL_WITHOUT_SOURCE":       {`"https://weather.example/v1`, `▸"/v1`},
		"INVALID_URL_PROPERTY: path":                {`path: "$(['exact'])"`, `path: "▸$({exact: true})"`},
		"INVALID_URL_PROPERTY: queryParams":         {`queryParams: "units: $args.units->match(['METRIC', 'c'], ['IMPERIAL', 'f'])"`, `queryParams: "▸$args.units"`},
		"INVALID_HEADER: a reserved name":           {`name: "X-Reason"`, `name: ▸"Connection"`},
		"INVALID_HEADER: from and value":            {`from: "x-client" }`, `from: "x-client", value: "web" }`, `{ name: "X-Client"`, `{ name: ▸"X-Client"`},
		"INVALID_HEADER: from on value-only":        {`{ name: "X-Client", from: "x-client" }`, `{ name: "Host", from: ▸"x-client" }`},
		"INVALID_HEADER: a list":                    {`"person {$this.id}"`, `"person ▸{$([$this.id])}"`},
		"HTTP_HEADER_NAME_COLLISION":                {`{ name: "Accept", value: "application/json" }, { name: "X-Client"`, `{ name: ▸"Accept", value: "application/json" }, { name: ▸"accept"`, `from: "x-client"`, `value: "text/plain"`},
		"INVALID_BODY: it does not parse":           {`body: "$args.seats { row no: number }"`, `body: "$args.seats { row no: ▸}"`},
		"INVALID_BODY: a form that is no object":    {`body: "event: $args.input.event seats: $args.input.seats { row no: number } note: $args.input.note"`, `body: "▸$args.input.seats { row }"`},
		"INVALID_BODY: a form with a character set": {`"application/x-www-form-urlencoded"`, `▸"application/x-www-form-urlencoded; charset=utf-8"`},
		"GET_WITH_BODY":                             {`GET: "/" `, `GET: "/", body: ▸"all: $(true)" `},
		"LIMIT_EXCEEDED":                            {"maxSize: 2 ", "maxSize: ▸0 "},
	}
}

func brokenMappings() map[string][]string {
	return map[string][]string{
		"INVALID_SELECTION":                     {"room: $.place?.room", "room: $.place?.room ▸+ 1"},
		"INVALID_SELECTION: a bare ??":          {"room: $.place?.room", "room: $.place ▸?? 'none'"},
		"INVALID_SELECTION: a value among keys": {"room: $.place?.room", "room: $.place?.room ▸$.more"},
		"INVALID_ESCAPE":                        {"['public']", `['public▸\\t']`},
		"UNKNOWN_METHOD":                        {"$batch.id->joinNotNull", "$batch.id->▸joinNonNull"},
		"INVALID_METHOD_ARGUMENTS":              {"$.next->ne(null)", "$.next->▸ne()"},
		"INVALID_METHOD_ARGUMENTS: a pair":      {"['METRIC', 'c']", "▸'METRIC'"},
		"INVALID_METHOD_INPUT":                  {"$.next->ne(null)", "$(1)->▸not"},
		"UNDEFINED_VARIABLE":                    {"room: $.place?.room", "room: ▸$place.room"},
		"UNSUPPORTED_VARIABLE_TYPE":             {"room: $.place?.room", "room: ▸$batch.room"},
		"UNSUPPORTED_VARIABLE_TYPE: in a URL":   {`"/hours/{$this.code}"`, `"/hours/{▸$status}"`},
		"UNDEFINED_KEY":                         {`"/hours/{$this.code}"`, `"/hours/{▸this.code}"`},
		"UNDEFINED_KEY: of a number":            {`"$status->lt(300)->and($($.error`, `"$status.▸code->lt(300)->and($($.error`},
		"UNDEFINED_KEY: of a list":              {"house: $this.code", "house: $request.headers.host.▸first"},
		"UNDEFINED_ARGUMENT":                    {`DELETE: "/tickets/{$args.number}"`, `DELETE: "/tickets/{$args.▸num}"`},
		"UNDEFINED_ARGUMENT: in an input":       {"note: $args.input.note", "note: $args.input.▸notes"},
		"UNDEFINED_FIELD":                       {"house: $this.code", "house: $this.▸kode"},
		"UNDEFINED_FIELD: of a batch":           {"town: city", "town: ▸town"},
	}
}

func brokenValues() map[string][]string {
	return map[string][]string{
		"SELECTED_FIELD_NOT_FOUND":            {"wind: $.wind?.speed", "wind: $.wind?.speed ▸gusts"},
		"GROUP_SELECTION_IS_NOT_OBJECT":       {"degrees: $.main.temp", "▸degrees: $.main { temp }"},
		"GROUP_SELECTION_REQUIRED_FOR_OBJECT": {"director: { id: director_id }", "▸director: director_id"},
		"CONNECTORS_FIELD_WITH_ARGUMENTS":     {"room: String", "room(floor: Int): String", "room: $.place?.room", "▸room: $.place?.room"},
		"SELECTED_FIELD_HAS_CONNECTOR":        {"region: String", `region: String @connect(source: "collection", http: { GET: "/region" }, selection: "$.name")`, "code: short\n      region", "code: short\n      ▸region"},
		"CONNECTORS_UNRESOLVED_FIELD":         {"wind: $.wind?.speed", "", "wind: Float", "▸wind: Float"},
		"REQUIRED_FIELD_OPTIONAL":             {`name: $(display ?? "Unknown")`, `name: ▸display?`},
		"LIST_MISMATCH":                       {"aliases: $.names.aka", "aliases: ▸$('none')"},
		"LIST_MISMATCH: the other way round":  {"wind: $.wind?.speed", "wind: ▸$([1])"},
		"SCALAR_MISMATCH":                     {"region: $env.MUSEUM_REGION\n", "region: ▸$status\n"},
		"ABSENT_LIST":                         {"$.slots? { from: opens", "▸$.slots { from: opens"},
		"SPLICE_MAY_NULL":                     {"wind: $.wind?.speed", "▸$.wind { wind: speed }"},
		"INVALID_ERRORS_MESSAGE":              {`message: "$.reason"`, `message: "▸$(1)"`},
		"INVALID_ERRORS_MESSAGE: extensions":  {`extensions: "problem: $.problem.type"`, `extensions: "▸$('problem')"`},
		"INVALID_IS_SUCCESS":                  {`isSuccess: "$status->lt(300)->and($($.error ?! null)->eq(null))"`, `isSuccess: "▸$status"`},
		"CIRCULAR_REFERENCE":                  {"room: String\n", "room: String\n  part: Exhibit\n", "facts\"", "facts ▸part { id title room facts }\""},
		"ABSTRACT_TYPE_NEEDS_TYPENAME":        {`__typename: kind->match(["p", "Painting"], ["s", "Sculpture"], ["a", "Artist"])`, "", "selection: \"\"\"\n      $.hits", "selection: ▸\"\"\"\n      $.hits"},
	}
}

func brokenKeys() map[string][]string {
	return map[string][]string{
		"ENTITY_NOT_ON_ROOT_QUERY":              {"      source: \"collection\"\n      http: {\n        GET: \"/hours", "      source: \"collection\"\n      ▸entity: true\n      http: {\n        GET: \"/hours"},
		"ENTITY_TYPE_INVALID":                   {"exhibit(id: ID!): Exhibit", "exhibit(id: ID!): ▸Exhibit!", `Exhibit @live`, `Exhibit! @live`},
		"ENTITY_RESOLVER_ARGUMENT_MISMATCH":     {"exhibit(id: ID!): Exhibit", "exhibit(id: ID!, ▸floor: Int): Exhibit"},
		"CONNECT_ON_ROOT":                       {"type Mutation {\n  \"A form", `type Mutation ▸@connect(source: "tickets", http: { GET: "/" }, selection: "$") {` + "\n  \"A form"},
		"CONNECT_ON_TYPE_MUST_BE_ENTITY":        {`id: "person"`, `id: "person", ▸entity: false`},
		"CONNECT_BATCH_AND_THIS":                {"$batch.id->joinNotNull(',')", "$batch.id->joinNotNull(',') one: ▸$this.id"},
		"CONNECTORS_BATCH_KEY_NOT_IN_SELECTION": {"country city: town people", "country people", "$batch { country town: city }", "▸$batch { country town: city }"},
		"CONNECTORS_NON_ROOT_BATCH_KEY":         {"$batch.id->joinNotNull(',')", "$batch.id->joinNotNull(',') of: ▸$batch.birthplace.city", "  @key(fields: \"id\")\n", ""},
		"CONNECTORS_CANNOT_RESOLVE_KEY":         {`@key(fields: "id", resolvable: true)`, `▸@key(fields: "title", resolvable: true)`},
		"MISSING_ENTITY_CONNECTOR":              {"type Weather {", `type Weather ▸@key(fields: "degrees") {`},
	}
}

func brokenPlaces() map[string][]string {
	return map[string][]string{
		"SUBSCRIPTION_IN_CONNECTORS":  {"ticket(number: ID!): Ticket @live", "ticket(number: ID!): Ticket ▸@connect(source: \"tickets\", http: { GET: \"/tickets/{$args.number}\" }, selection: \"number\")"},
		"INVALID_LIVE":                {`@live(of: "exhibit")`, `@live(of: ▸"exhibits")`},
		"ABSTRACT_TYPE_UNSUPPORTED":   {"interface Work {\n  id: ID!", "interface Work {\n  id: ID! ▸@connect(source: \"collection\", http: { GET: \"/id\" }, selection: \"$.n\")"},
		"INVALID_ALTERNATIVE":         {`  cancel(number: ID!): Receipt`, `  cancel(number: ID!): Receipt @connect(source: "tickets", http: { DELETE: "/t/{$args.number}" }, selection: "ok: $(true) status: $status")`, `    @connect(source: "tickets", http: { DELETE`, `    ▸@connect(source: "tickets", http: { DELETE`},
		"INVALID_CACHE":               {`stale: "48h"`, `stale: ▸"48 hours"`},
		"INVALID_CACHE: no connector": {`@cache(connector: "exhibit_by_id"`, `@cache(connector: ▸"exhibit"`},
		"INVALID_TAG":                 {`@invalidates(tags: ["collection"])`, `@invalidates(tags: ["▸{$args.key}", "collection"])`},
		"INVALID_INVALIDATES":         {`@invalidates(tags: ["collection"])`, `▸@invalidates`},
		"INVALID_ON":                  {`@on(source: "collection", event: "exhibit.*", tags: ["Exhibit:{$event.exhibit.id}", "collection"])`, `▸@on(source: "collection", event: "exhibit.*")`},
		"UNCARRIED_TAG":               {`@invalidates(tags: ["collection"])`, `@invalidates(tags: ["▸collections"])`},
		"INVALID_PAGINATE":            {`@paginate(style: OFFSET, at: "skip", size: "take"`, `▸@paginate(style: OFFSET, at: "skip"`},
		"INVALID_PAGINATE: a mapping": {`more: "$.next->ne(null)"`, `more: "$.next ▸+"`},
		"ONE_CALL_PER_ROW":            {"type Slot {\n", "type Slot {\n  guide: String ▸@connect(source: \"collection\", http: { GET: \"/guides/{$this.house}\" }, selection: \"$.name\")\n"},
	}
}
