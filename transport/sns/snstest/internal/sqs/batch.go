package sqs

import (
	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// MaxBatch: a batch has 1 to 10 entries (quotas-messages, "Message batch").
const MaxBatch = 10

// checkBatch checks the entries of a batch as a whole: there are some, not too many, and each has an ID of its
// own, of up to 80 letters, digits, hyphens and underscores (API_SendMessageBatch, quotas-messages).
func checkBatch(entry string, ids []string) *wire.Error {
	switch {
	case len(ids) == 0:
		return prefixed("EmptyBatchRequest", "There should be at least one %s in the request.", entry)
	case len(ids) > MaxBatch: // recorded: test_too_many_entries_in_batch_request
		return prefixed("TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are %d. You have sent %d.", MaxBatch, len(ids))
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if len(id) > 80 || !names.IsName(id) { // recorded: test_invalid_batch_id
			return prefixed("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and "+
				"underscores. It can be at most 80 letters long.")
		}
		if seen[id] {
			return prefixed("BatchEntryIdsNotDistinct", "Id %s repeated.", id)
		}
		seen[id] = true
	}
	return nil
}

// failure is a failed entry: API_BatchResultErrorEntry.
type failure struct {
	Code        string `json:"Code"`
	ID          string `json:"Id"`
	Message     string `json:"Message,omitempty"`
	SenderFault bool   `json:"SenderFault"`
}

func failed(id string, err *wire.Error) failure {
	return failure{Code: err.QueryCode(), ID: id, Message: err.Message, SenderFault: !err.Receiver}
}

// done is an entry that succeeded, of the batches that answer nothing else.
type done struct {
	ID string `json:"Id"`
}
