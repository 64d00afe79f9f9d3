package quota

// Priority says who comes first when calls to a source are scarce. Only a person's call waits for its turn.
// The others go when there is room, and leave some of it to people; else they end with an [Error].
type Priority uint8

// The priorities.
const (
	Person     Priority = iota // somebody waits for the answer
	Background                 // an answer that was served is asked for again; a quarter of all room stays free
	Sync                       // a job with time to spare; half of all room stays free
)

// leaves is the share of the room that a call of this priority must leave free.
func (p Priority) leaves() float64 {
	switch p {
	case Background:
		return 0.25
	case Sync:
		return 0.5
	default:
		return 0
	}
}
