package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// report prints the medians of all rows, and what they come to beside each other.
func report(w io.Writer, rows []*row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "query\tcallers\tserver\tanswers/s\tp50\tp99\tp99/p50\tcpu/answer\t")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%d\t%s\t%.0f\t%v\t%v\t%.1f\t%v\t\n", r.what, r.callers, r.peer.name, r.rate(), r.p50(), r.p99(),
			float64(r.p99())/float64(max(r.p50(), 1)), r.cpu().Round(100*time.Nanosecond))
	}
	t.Flush()
	fmt.Fprintln(w)
	for i, r := range rows {
		for _, other := range rows[i+1:] {
			if r.what == other.what && r.callers == other.callers && r.peer.name == "holdfast" {
				fmt.Fprintf(w, "%s: holdfast = %.2f × %s in answers, %.2f × by processor time\n", r.what,
					r.rate()/other.rate(), other.peer.name, float64(other.cpu())/float64(max(r.cpu(), 1)))
			}
			if r.peer == other.peer && r.what == other.what && r.callers == 8 && other.callers == 256 {
				fmt.Fprintf(w, "256 callers of %s: %.2f × the answers of 8\n", other.peer.name, other.rate()/r.rate())
			}
		}
	}
}

func (r *row) rate() float64 {
	return median(r.got, func(s sample) float64 { return s.rate })
}

func (r *row) p50() time.Duration {
	return median(r.got, func(s sample) time.Duration { return s.p50 })
}

func (r *row) p99() time.Duration {
	return median(r.got, func(s sample) time.Duration { return s.p99 })
}

func (r *row) cpu() time.Duration {
	return median(r.got, func(s sample) time.Duration { return s.cpu })
}

func median[T cmp.Ordered](all []sample, of func(sample) T) T {
	var values []T
	for _, s := range all {
		values = append(values, of(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
