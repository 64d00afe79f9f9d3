package jetstream

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"sync"

	"holdfast/cache"
)

// The message of a name begins with what it is: the value, or where the chunks of it are. Those are written first.
const (
	isWhole  = 'w'
	isChunks = 'c' // sum [16]byte, then the value's length and that of a chunk as varints
)

const sumLength = 16

// chunks is a value in several messages.
type chunks struct {
	sum          [sumLength]byte
	length, size int
}

func chunksOf(value []byte, size int) chunks {
	sum := sha256.Sum256(value)
	return chunks{[sumLength]byte(sum[:]), len(value), size}
}

func (c chunks) count() int { return (c.length + c.size - 1) / c.size }

func (c chunks) part(value []byte, n int) []byte {
	return value[n*c.size : min((n+1)*c.size, c.length)]
}

func (c chunks) encode() []byte {
	b := append([]byte{isChunks}, c.sum[:]...)
	b = binary.AppendUvarint(b, uint64(c.length))  //nolint:gosec // a length
	return binary.AppendUvarint(b, uint64(c.size)) //nolint:gosec // a length
}

func decodeChunks(head []byte) (c chunks, ok bool) {
	if len(head) < 1+sumLength {
		return c, false
	}
	c.sum = [sumLength]byte(head[1:])
	length, n := binary.Uvarint(head[1+sumLength:])
	if n <= 0 {
		return c, false
	}
	size, m := binary.Uvarint(head[1+sumLength+n:])
	if m <= 0 || size == 0 || size > largestChunk || length > largestValue {
		return c, false
	}
	c.length, c.size = int(length), int(size) //nolint:gosec // looked at
	return c, true
}

func (n names) answer(id cache.ID) string { return n.subject + "a." + id.String() }

// chunk is the subject of one; n is its number, or * for all.
func (n names) chunk(id cache.ID, sum [sumLength]byte, number string) string {
	return n.answer(id) + "." + base64.RawURLEncoding.EncodeToString(sum[:]) + "." + number
}

// open returns the value that the message of a name stands for, or errDamaged.
func (c *session) open(ctx context.Context, id cache.ID, head []byte) ([]byte, error) {
	switch {
	case len(head) > 0 && head[0] == isWhole:
		return head[1:], nil
	case len(head) == 0 || head[0] != isChunks:
		return nil, errDamaged
	}
	parts, ok := decodeChunks(head)
	if !ok {
		return nil, errDamaged
	}
	c.store.large.add(id)
	value, count := make([]byte, parts.length), parts.count()
	for first := 0; first < count; first += mostSubjects {
		if err := c.openParts(ctx, id, parts, value, first, min(first+mostSubjects, count)); err != nil {
			return nil, err
		}
	}
	if sum := sha256.Sum256(value); !bytes.Equal(sum[:sumLength], parts.sum[:]) {
		return nil, errDamaged
	}
	return value, nil
}

func (c *session) openParts(ctx context.Context, id cache.ID, parts chunks, value []byte, from, to int) error {
	numbers := make(map[string]int, to-from)
	subjects := make([]string, 0, to-from)
	for n := from; n < to; n++ {
		subject := c.names.chunk(id, parts.sum, strconv.Itoa(n))
		numbers[subject] = n
		subjects = append(subjects, subject)
	}
	return c.again(ctx, func(ctx context.Context) error {
		_, err := c.many(ctx, subjects, func(m message) {
			if n, ok := numbers[m.subject]; ok {
				copy(parts.part(value, n), m.data)
			}
		})
		return err
	})
}

// largeSet is names whose values are, or were, in chunks: the old ones are deleted when something else is there. It
// forgets when there are too many; chunks that nobody deletes go when their time is over.
type largeSet struct {
	mu  sync.Mutex
	ids map[cache.ID]struct{}
}

func (l *largeSet) add(id cache.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ids == nil || len(l.ids) >= 10_000 {
		l.ids = map[cache.ID]struct{}{}
	}
	l.ids[id] = struct{}{}
}

func (l *largeSet) has(id cache.ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.ids[id]
	return ok
}
