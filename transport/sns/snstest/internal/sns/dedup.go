package sns

import "strconv"

// Sequence numbers have 20 digits in what AWS shows (fifo-topic-message-ordering), are not consecutive, and
// increase.
const (
	firstSequence = 10_000_000_000_000_000_000
	sequenceStep  = 1000
)

// published is what a publisher is told. Decided: for a duplicate it is the same as for the message, as in SQS; of
// SNS the pages say that it is "accepted successfully" and no more.
type published struct{ id, number string }

// next is the topic's next sequence number.
func (t *topic) next() string {
	t.number++
	return strconv.FormatUint(firstSequence+t.number*sequenceStep, 10)
}
