package main

import (
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"holdfast/events"
)

// watchInbox has what x did looked at whenever metrics are collected.
func (t *telemetry) watchInbox(x *events.Inbox) error {
	w := &watching{meter: t.meters.Meter("holdfast/events")}
	deliveries := w.counter("holdfast.events.deliveries", "Deliveries of webhooks, by what came of them: taken, ping, or why they were refused.")
	unknown := w.counter("holdfast.events.unknown", "Deliveries for sources that have no webhooks.")
	came := w.counter("holdfast.events.events", "Events, by what came of them: worked, unmatched (nothing says what they change), failed, duplicate, unrecorded.")
	kept := w.gauge("holdfast.events.kept", "{event}", "Events that are kept.")
	size := w.gauge("holdfast.events.size", "By", "What they take.")
	budget := w.gauge("holdfast.events.budget", "By", "What they may take.")
	room := w.gauge("holdfast.events.room", "{event}", "How many more may be kept.")
	open := w.gauge("holdfast.events.open", "", "1 while events are kept, else 0.")
	behind := w.gauge("holdfast.events.left_behind", "{event}", "Events that other gateways took in of which it is not known that they are worked off.")
	lag := w.seconds("holdfast.events.lag", "How long after it came the newest event was worked off.")
	last := w.seconds("holdfast.events.last", "When the newest event came that was worked off, as Unix time.")
	w.watch(func(o metric.Observer) {
		s := x.Status()
		for _, one := range s.Sources {
			of := func(what string) metric.ObserveOption {
				return metric.WithAttributes(attribute.String("source", one.Source), attribute.String("outcome", what))
			}
			o.ObserveInt64(deliveries, count(one.Verified-one.Refused[events.NotTaken]), of("taken"))
			o.ObserveInt64(deliveries, count(one.Pings), of("ping"))
			for why, n := range one.Refused {
				o.ObserveInt64(deliveries, count(n), of(string(why)))
			}
			o.ObserveInt64(came, count(one.Worked-one.Unmatched), of("worked"))
			o.ObserveInt64(came, count(one.Unmatched), of("unmatched"))
			o.ObserveInt64(came, count(one.Failed), of("failed"))
			o.ObserveInt64(came, count(one.Duplicates), of("duplicate"))
			o.ObserveInt64(came, count(one.Unrecorded), of("unrecorded"))
			if !one.LastAt.IsZero() {
				source := metric.WithAttributes(attribute.String("source", one.Source))
				o.ObserveFloat64(lag, one.LagSeconds, source)
				o.ObserveFloat64(last, float64(one.LastAt.UnixMilli())/1000, source)
			}
		}
		o.ObserveInt64(unknown, count(s.Unknown))
		o.ObserveInt64(kept, s.Journal.Events)
		o.ObserveInt64(size, s.Journal.Bytes)
		o.ObserveInt64(budget, s.Journal.MaxBytes)
		o.ObserveInt64(room, max(0, s.Journal.MaxEvents-s.Journal.Events))
		o.ObserveInt64(open, truth(s.Journal.Open))
		o.ObserveInt64(behind, int64(s.LeftBehind))
	})
	return errors.Join(w.errs...)
}
