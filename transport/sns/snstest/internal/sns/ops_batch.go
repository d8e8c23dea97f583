package sns

import (
	"context"
	"strconv"

	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type publishBatchInput struct {
	TopicARN *string        `json:"TopicArn"`
	Entries  []publishEntry `json:"PublishBatchRequestEntries" query:"PublishBatchRequestEntries.member"`
}

type publishEntry struct {
	ID        *string                   `json:"Id"`
	Message   *string                   `json:"Message"`
	Subject   *string                   `json:"Subject"`
	Structure string                    `json:"MessageStructure"`
	Attrs     map[string]attributeValue `json:"MessageAttributes"      query:"MessageAttributes.entry,Name,Value"`
	Group     *string                   `json:"MessageGroupId"`
	Dedup     *string                   `json:"MessageDeduplicationId"`
}

type publishBatchOutput struct {
	Successful []publishedEntry `json:"Successful" query:"Successful.member"`
	Failed     []failedEntry    `json:"Failed"     query:"Failed.member"`
}

type publishedEntry struct {
	ID        string `json:"Id"`
	MessageID string `json:"MessageId"`
	Number    string `json:"SequenceNumber,omitempty"`
}

// failedEntry: API_BatchResultErrorEntry.
type failedEntry struct {
	ID          string `json:"Id"`
	Code        string `json:"Code"`
	Message     string `json:"Message,omitempty"`
	SenderFault bool   `json:"SenderFault"`
}

// maxBatch: "up to ten messages" (API_PublishBatch).
const maxBatch = 10

// publishBatch: API_PublishBatch. "The result of publishing each message is reported individually in the response."
// Yet a fault in the attributes, the structure or the group of one message makes the request fail as a whole
// (recorded: test_publish_batch_exceptions, test_empty_or_wrong_message_attributes). Decided: other faults, of which
// nothing is recorded, do as the page says: an empty message, and a bad subject.
func (s *Service) publishBatch(_ context.Context, c *wire.Call, in *publishBatchInput) (*publishBatchOutput, error) {
	t, err := s.topic(c, "TopicArn", in.TopicARN, "Publish") // the action of both (API permissions reference)
	if err != nil {
		return nil, err
	}
	drafts, fault := in.drafts()
	if fault != nil {
		return nil, fault
	}
	set, subs := s.audience(t)
	for i, d := range drafts {
		path := "publishBatchRequestEntries." + strconv.Itoa(i+1) + ".member."
		if fault := d.checkFor(t, set, path); fault != nil {
			return nil, fault
		}
	}
	results := make([]published, len(drafts))
	faults := make([]*wire.Error, len(drafts))
	for _, i := range s.sequence(t, len(drafts)) {
		if faults[i] = drafts[i].check(); faults[i] == nil {
			results[i] = s.send(c, t, set, subs, drafts[i])
		}
	}
	out := &publishBatchOutput{}
	for i, e := range in.Entries {
		if f := faults[i]; f != nil {
			out.Failed = append(out.Failed, failedEntry{*e.ID, f.QueryCode(), f.Message, !f.Receiver})
			continue
		}
		out.Successful = append(out.Successful, publishedEntry{*e.ID, results[i].id, results[i].number})
	}
	return out, nil
}

// drafts checks a batch as a whole and returns its messages. (recorded: test_publish_batch_exceptions,
// test_publish_batch_invalid_entry_id, test_publish_batch_too_long_message.)
func (in *publishBatchInput) drafts() ([]*draft, *wire.Error) {
	switch {
	case len(in.Entries) == 0:
		return nil, batchError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
	case len(in.Entries) > maxBatch:
		return nil, batchError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
	}
	seen := map[string]bool{}
	drafts, total := make([]*draft, len(in.Entries)), 0
	for i, e := range in.Entries {
		if e.ID == nil {
			return nil, missingMember("publishBatchRequestEntries." + strconv.Itoa(i+1) + ".member.id")
		}
		switch id := *e.ID; {
		case len(id) > 80: // "up to 80 characters ... alphanumeric characters, hyphens (-), and underscores (_)"
			return nil, batchError("InvalidBatchEntryId", "The Id of a batch entry in the batch request is too long: %s", clip(id))
		case !names.IsName(id):
			return nil, batchError("InvalidBatchEntryId",
				"The Id of a batch entry in the batch request contains an impermissible character: %s", id)
		case seen[id]:
			return nil, batchError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
		}
		seen[*e.ID] = true
		drafts[i] = &draft{
			text: e.Message, subject: e.Subject, structure: e.Structure, attrs: e.Attrs, group: e.Group, dedup: e.Dedup,
		}
		total += drafts[i].size()
	}
	if total > maxSize {
		return nil, batchError("BatchRequestTooLong", "The length of all the messages put together is more than the limit.")
	}
	return drafts, nil
}
