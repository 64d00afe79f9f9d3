package outbox

import (
	"fmt"
	"maps"
)

// audit knows which records there must be, and misses those that are not. Guarded by Outbox.mu.
type audit struct {
	seen    Numbers           // in records, now or before; or missed already
	lost    Numbers           // missed, and no person has said that he knows
	sure    map[uint64]uint64 // by writer: up to which number all have been in the journal
	damaged map[ID]Revision   // that cannot be read
}

func newAudit() audit { return audit{Numbers{}, Numbers{}, map[uint64]uint64{}, map[ID]Revision{}} }

// hear takes in a record. What its writer was sure of has been told only if the record was, in its turn.
func (a *audit) hear(r *Record, followed bool) {
	a.seen.addAll(r.Numbers)
	if by := r.Last().By; followed {
		a.sure[by] = max(a.sure[by], r.Sure)
	}
}

// hearLedger takes in up to where writers were sure, once the ledger was told in its turn.
func (a *audit) hearLedger(l ledger) {
	for by, reached := range l.reached {
		a.sure[by] = max(a.sure[by], reached)
	}
}

// known reports whether a person was told of what cannot be read already.
func (a *audit) known(id ID, at Revision) bool {
	known := a.damaged[id] == at
	a.damaged[id] = at
	return known
}

// check returns what is missing, once all has been told; "" if nothing is that was not before.
func (a *audit) check(l ledger) string {
	missing := Numbers{}
	for by, sure := range a.sure {
		if len(a.seen.gaps(by, sure)) == 0 {
			continue
		}
		a.seen.addAll(Numbers{by: l.removed[by]})
		if gaps := a.seen.gaps(by, sure); len(gaps) > 0 {
			missing[by] = gaps
		}
	}
	if len(missing) == 0 {
		return ""
	}
	a.seen.addAll(missing)
	a.lost.addAll(missing)
	return fmt.Sprintf("%d records that were kept are gone: something may have been sent, or accepted, of which nothing is known", missing.count())
}

// forgive returns what was missed, for the ledger, and misses it no more.
func (a *audit) forgive() Numbers {
	lost := maps.Clone(a.lost)
	clear(a.lost)
	return lost
}
