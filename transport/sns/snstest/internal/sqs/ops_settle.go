package sqs

import (
	"context"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type deleteMessageInput struct {
	QueueURL string `json:"QueueUrl"`
	Handle   string `json:"ReceiptHandle" wire:"required"`
}

// deleteMessage: API_DeleteMessage.
func (s *Service) deleteMessage(_ context.Context, c *wire.Call, in *deleteMessageInput) (*wire.None, error) {
	q, err := s.queue(c, in.QueueURL, "DeleteMessage")
	if err != nil {
		return nil, err
	}
	if err := q.delete(in.Handle); err != nil {
		return nil, err
	}
	return &wire.None{}, nil
}

type deleteMessageBatchInput struct {
	QueueURL string        `json:"QueueUrl"`
	Entries  []deleteEntry `json:"Entries"  query:"DeleteMessageBatchRequestEntry"`
}

type deleteEntry struct {
	ID     string `json:"Id"            wire:"required"`
	Handle string `json:"ReceiptHandle" wire:"required"`
}

type deleteMessageBatchOutput struct {
	Successful []done    `json:"Successful,omitempty" query:"DeleteMessageBatchResultEntry"`
	Failed     []failure `json:"Failed,omitempty"     query:"BatchResultErrorEntry"`
}

// deleteMessageBatch: API_DeleteMessageBatch.
func (s *Service) deleteMessageBatch(
	_ context.Context, c *wire.Call, in *deleteMessageBatchInput,
) (*deleteMessageBatchOutput, error) {
	q, err := s.queue(c, in.QueueURL, "DeleteMessage")
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		ids[i] = e.ID
	}
	if err := checkBatch("DeleteMessageBatchRequestEntry", ids); err != nil {
		return nil, err
	}
	out := &deleteMessageBatchOutput{}
	for _, e := range in.Entries {
		if err := q.delete(e.Handle); err != nil {
			out.Failed = append(out.Failed, failed(e.ID, err))
		} else {
			out.Successful = append(out.Successful, done{e.ID})
		}
	}
	return out, nil
}

type changeMessageVisibilityInput struct {
	QueueURL string `json:"QueueUrl"`
	Handle   string `json:"ReceiptHandle"     wire:"required"`
	Timeout  *int   `json:"VisibilityTimeout" wire:"required"`
}

// changeMessageVisibility: API_ChangeMessageVisibility.
func (s *Service) changeMessageVisibility(
	_ context.Context, c *wire.Call, in *changeMessageVisibilityInput,
) (*wire.None, error) {
	q, err := s.queue(c, in.QueueURL, "ChangeMessageVisibility")
	if err != nil {
		return nil, err
	}
	if err := q.changeVisibility(in.Handle, *in.Timeout); err != nil {
		return nil, err
	}
	return &wire.None{}, nil
}

type changeMessageVisibilityBatchInput struct {
	QueueURL string        `json:"QueueUrl"`
	Entries  []changeEntry `json:"Entries"  query:"ChangeMessageVisibilityBatchRequestEntry"`
}

type changeEntry struct {
	ID      string `json:"Id"            wire:"required"`
	Handle  string `json:"ReceiptHandle" wire:"required"`
	Timeout *int   `json:"VisibilityTimeout"`
}

type changeMessageVisibilityBatchOutput struct {
	Successful []done    `json:"Successful,omitempty" query:"ChangeMessageVisibilityBatchResultEntry"`
	Failed     []failure `json:"Failed,omitempty"     query:"BatchResultErrorEntry"`
}

// changeMessageVisibilityBatch: API_ChangeMessageVisibilityBatch.
func (s *Service) changeMessageVisibilityBatch(
	_ context.Context, c *wire.Call, in *changeMessageVisibilityBatchInput,
) (*changeMessageVisibilityBatchOutput, error) {
	q, err := s.queue(c, in.QueueURL, "ChangeMessageVisibility")
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		ids[i] = e.ID
	}
	if err := checkBatch("ChangeMessageVisibilityBatchRequestEntry", ids); err != nil {
		return nil, err
	}
	out := &changeMessageVisibilityBatchOutput{}
	for _, e := range in.Entries {
		err := wire.MissingParameter("VisibilityTimeout")
		if e.Timeout != nil {
			err = q.changeVisibility(e.Handle, *e.Timeout)
		}
		if err != nil {
			out.Failed = append(out.Failed, failed(e.ID, err))
		} else {
			out.Successful = append(out.Successful, done{e.ID})
		}
	}
	return out, nil
}
