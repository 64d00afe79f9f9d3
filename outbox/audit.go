package outbox

import (
	"fmt"
	"maps"
	"slices"
)

// audit knows which records there must be, and misses those that are not. Guarded by Outbox.mu.
type audit struct {
	seen    Numbers           // in records, now or before; or missed already
	lost    Numbers           // missed, and no person has said that he knows
	sure    map[uint64]uint64 // by writer: up to which number all have been in the journal
	damaged map[ID]Revision   // that cannot be read
	open    map[ID]Revision   // of those, of which no person has said that he knows
}

func newAudit() audit {
	return audit{Numbers{}, Numbers{}, map[uint64]uint64{}, map[ID]Revision{}, map[ID]Revision{}}
}

// hear takes in a record. What its writer was sure of has been told only if the record was, in its turn.
func (a *audit) hear(r *Record, followed bool) {
	a.seen.addAll(r.Numbers)
	if by := r.Last().By; followed {
		a.sure[by] = max(a.sure[by], r.Sure)
	}
}

// hearLedger takes in up to where writers were sure, once the ledger was told in its turn, and of what a person knows.
func (a *audit) hearLedger(l ledger, followed bool) {
	if followed {
		for by, reached := range l.reached {
			a.sure[by] = max(a.sure[by], reached)
		}
	}
	maps.DeleteFunc(a.open, func(id ID, at Revision) bool { return l.known[id] == at })
	maps.DeleteFunc(a.lost, func(by uint64, spans []Span) bool {
		return !slices.ContainsFunc(spans, func(s Span) bool { return !l.removed.hasSpan(by, s) })
	})
}

// unreadable takes in that a record cannot be read, and reports whether that is news.
func (a *audit) unreadable(id ID, at Revision, l ledger) (news bool) {
	if a.damaged[id] == at {
		return false
	}
	a.damaged[id] = at
	if l.known[id] == at {
		return false
	}
	a.open[id] = at
	return true
}

// gone takes in that a record is no more, or can be read after all.
func (a *audit) gone(id ID) {
	delete(a.damaged, id)
	delete(a.open, id)
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
	return lostMessage(missing.count())
}

func lostMessage(records uint64) string {
	return fmt.Sprintf("records that were kept are gone (%d): something may have been sent, or accepted, of which nothing is known", records)
}
