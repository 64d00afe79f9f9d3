package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// metricNames finds our own metrics in what GET /metrics answers.
func metricNames(exposition string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^# TYPE ((?:holdfast|http)_\w+) `).FindAllStringSubmatch(exposition, -1) {
		names = append(names, m[1])
	}
	return names
}

// Everything that can happen to a read and a write happens once. Then every
// metric is in the manual, and every metric of the manual is there.
func TestTheManualOfTheMetricsIsCurrent(t *testing.T) {
	p := start(t, "-data", t.TempDir(), "-set", "sources.stripe.cache.fresh=0s", "-set", "sources.stripe.cache.refresh=0s",
		"-set", "sources.stripe.webhooks={scheme: stripe, secrets: [whsec_test]}")
	id := fmt.Sprint(at(t, p.ask(`{ order(id: "1001") { payment { id } } }`).Data, "order", "payment", "id"))
	if a := p.ask(fmt.Sprintf(refundMutation, id)); len(a.Errors) > 0 {
		t.Fatal(a.Errors)
	}
	if status := toldAt(t, p.url+"/webhooks/stripe", "evt_1", "charge.refunded", id, "whsec_test"); status != http.StatusOK {
		t.Fatal(status)
	}
	p.worked(1)
	p.fault("stripe", `{"status":503}`)
	p.ask(`{ order(id: "1001") { payment { status } } }`)
	p.ask(`{ order(id: "1003") { payment { status } } }`)

	manual, err := os.ReadFile("docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(manual), "<!-- metrics -->")
	table, _, _ = strings.Cut(table, "<!-- /metrics -->")
	exposition := p.do(http.MethodGet, p.url+"/metrics", "")
	shown := metricNames(exposition)
	for _, name := range shown {
		if !strings.Contains(table, "`"+name+"`") {
			t.Errorf("%s is not in docs/operating.md", name)
		}
	}
	shown = append(shown,
		"holdfast_quota_left",                       // Stripe does not say
		"holdfast_outbox_alarms_total",              // nothing is amiss
		"holdfast_operation_queue_duration_seconds", // nobody has to wait
	)
	for _, row := range regexp.MustCompile("(?m)^\\| `.*?\\|").FindAllString(table, -1) {
		for _, m := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row, -1) {
			if !slices.Contains(shown, m[1]) {
				t.Errorf("%s is in docs/operating.md, and not there", m[1])
			}
		}
	}
	for _, line := range []string{
		`holdfast_operation_duration_seconds_count{outcome="fresh",type="mutation"} 1`,
		`holdfast_stand_in_age_seconds_count{connector="Payment",reason="STATUS",source="stripe"} 1`,
		`holdfast_errors_total{code="UPSTREAM_UNAVAILABLE"} 1`,
		`target_info{service_name="holdfast"`,
		`go_goroutines `,
	} {
		if !strings.Contains(exposition, line) {
			t.Errorf("no %s", line)
		}
	}
	for _, labels := range regexp.MustCompile(`\{.*\}`).FindAllString(exposition, -1) { // a value may have any digits
		if strings.Contains(labels, "1001") || strings.Contains(labels, "127.0.0.1") {
			t.Errorf("an address or a key is in the metrics: %s", labels)
		}
	}
}

// Counts outlive the settings.
func TestCountsGoOnWhenSettingsAreReadAgain(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/holdfast.yaml"
	before := readFile(t, shopSettings)
	writeFile(t, file, before)
	p := start(t, "-config", file)
	p.ask(`{ order(id: "1001") { number } }`)
	writeFile(t, file, before+"\ngateway: {depth: 19}\n")
	p.log.find(t, nil, `msg=(.settings reloaded)`)
	p.ask(`{ order(id: "1002") { number } }`)
	const want = `holdfast_reads_total{connector="Query.order",result="miss",source="woocommerce"} 2`
	if got := p.do(http.MethodGet, p.url+"/metrics", ""); !strings.Contains(got, want) {
		t.Errorf("no %s in\n%s", want, got)
	}
}

func TestTelemetryFollowsTheEnvironment(t *testing.T) {
	tests := map[string]struct {
		env             map[string]string
		traces, metrics bool // sent
		page            bool
	}{
		"nothing is set":               {nil, false, false, true},
		"somewhere to send all":        {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "*"}, true, true, true},
		"somewhere to send metrics":    {map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "*/v1/metrics"}, false, true, true},
		"somewhere to send traces":     {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "*/v1/traces"}, true, false, true},
		"metrics are not wanted":       {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "*", "OTEL_METRICS_EXPORTER": "none"}, true, false, false},
		"traces are not wanted":        {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "*", "OTEL_TRACES_EXPORTER": "none"}, false, true, true},
		"neither of them is, whatever": {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "*", "OTEL_SDK_DISABLED": "true"}, false, false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var traces, metrics atomic.Int64
			collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				switch r.URL.Path {
				case "/v1/traces":
					traces.Add(1)
				case "/v1/metrics":
					metrics.Add(1)
				}
			}))
			defer collector.Close()
			for name, value := range test.env {
				t.Setenv(name, strings.Replace(value, "*", collector.URL, 1))
			}
			p := start(t)
			p.ask("{ __typename }")
			res, err := http.Get(p.url + "/metrics")
			if err != nil {
				t.Fatal(err)
			}
			if err := res.Body.Close(); err != nil {
				t.Fatal(err)
			}
			if page := res.StatusCode == http.StatusOK; page != test.page {
				t.Errorf("/metrics: %s", res.Status)
			}
			if err := p.stop(); err != nil {
				t.Fatal(err)
			}
			if sent := traces.Load() > 0; sent != test.traces {
				t.Errorf("%d messages with traces", traces.Load())
			}
			if sent := metrics.Load() > 0; sent != test.metrics {
				t.Errorf("%d messages with metrics", metrics.Load())
			}
		})
	}
}
