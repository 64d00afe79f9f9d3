package outbox

import "fmt"

// audit knows which records there must be, and misses those that are not. Guarded by Outbox.mu.
type audit struct {
	seen    Numbers           // in records, now or before
	sure    map[uint64]uint64 // by writer: up to which number all have been in the journal
	alarmed map[uint64]uint64 // how many are missed that were told already
}

func newAudit() audit { return audit{Numbers{}, map[uint64]uint64{}, map[uint64]uint64{}} }

// hear takes in a record. What its writer was sure of has been told only if the record was, in its turn.
func (a *audit) hear(r *Record, followed bool) {
	a.seen.addAll(r.Numbers)
	if by := r.Last().By; followed {
		a.sure[by] = max(a.sure[by], r.Sure)
	}
}

// check returns what is missing, once all has been told; "" if nothing is that was not before.
func (a *audit) check(l ledger) string {
	missing := uint64(0)
	for by, reached := range l.reached {
		a.sure[by] = max(a.sure[by], reached)
	}
	for by, sure := range a.sure {
		if a.seen.missing(by, sure) == 0 {
			continue
		}
		a.seen.addAll(Numbers{by: l.removed[by]})
		if n := a.seen.missing(by, sure); n > a.alarmed[by] {
			missing += n - a.alarmed[by]
			a.alarmed[by] = n
		}
	}
	if missing == 0 {
		return ""
	}
	return fmt.Sprintf("%d records that were kept are gone: something may have been sent, or accepted, of which nothing is known", missing)
}
