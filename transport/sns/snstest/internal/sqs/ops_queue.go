package sqs

import (
	"context"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type createQueueInput struct {
	QueueName  string            `json:"QueueName"  wire:"required"`
	Attributes map[string]string `json:"Attributes" query:"Attribute,Name,Value"`
	Tags       map[string]string `json:"tags"       query:"Tag,Key,Value"`
}

type queueURLOutput struct {
	QueueURL string `json:"QueueUrl"`
}

// createQueue: API_CreateQueue.
func (s *Service) createQueue(_ context.Context, c *wire.Call, in *createQueueInput) (*queueURLOutput, error) {
	if err := s.own(c, "CreateQueue", in.QueueName); err != nil {
		return nil, err
	}
	fifo, isBool := readBool(in.Attributes["FifoQueue"])
	if in.Attributes["FifoQueue"] != "" && !isBool {
		return nil, invalidAttributeValue("FifoQueue", "")
	}
	if err := checkName(in.QueueName, fifo); err != nil {
		return nil, err
	}
	set, err := defaults(fifo).with(s.attributes, in.Attributes)
	if err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	k := key{account: c.Caller.Account, region: c.Region, name: in.QueueName}
	if policy := in.Attributes["RedrivePolicy"]; policy != "" {
		if err := s.checkRedrive(k, fifo, policy); err != nil {
			return nil, err
		}
	}
	q, made, err := s.create(k, set, in.Tags)
	if err != nil {
		return nil, err
	}
	if !made {
		q.mu.Lock()
		defer q.mu.Unlock()
		if name := q.latest().differs(set, s.attributes, in.Attributes); name != "" {
			return nil, queueNameExists(name)
		}
	}
	return &queueURLOutput{k.url(c)}, nil
}

type queueInput struct {
	QueueURL string `json:"QueueUrl"`
}

// deleteQueue: API_DeleteQueue.
func (s *Service) deleteQueue(_ context.Context, c *wire.Call, in *queueInput) (*wire.None, error) {
	q, err := s.queue(c, in.QueueURL, "DeleteQueue")
	if err != nil {
		return nil, err
	}
	s.delete(q)
	return &wire.None{}, nil
}

// purgeQueue: API_PurgeQueue.
func (s *Service) purgeQueue(_ context.Context, c *wire.Call, in *queueInput) (*wire.None, error) {
	q, err := s.queue(c, in.QueueURL, "PurgeQueue")
	if err != nil {
		return nil, err
	}
	now := q.lock()
	defer q.unlock(now)
	if err := q.purge(now); err != nil {
		return nil, err
	}
	return &wire.None{}, nil
}

type getQueueURLInput struct {
	QueueName string `json:"QueueName"              wire:"required"`
	Owner     string `json:"QueueOwnerAWSAccountId"`
}

// getQueueURL: API_GetQueueUrl. To somebody who may not know, a queue does not exist.
func (s *Service) getQueueURL(_ context.Context, c *wire.Call, in *getQueueURLInput) (*queueURLOutput, error) {
	k := key{account: c.Caller.Account, region: c.Region, name: in.QueueName}
	if in.Owner != "" {
		k.account = in.Owner
	}
	q, err := s.see(k)
	if err != nil {
		return nil, err
	}
	if err := s.config.Access.Check(c, "sqs:GetQueueUrl", q.arn, q.policy()); err != nil {
		if k.account == c.Caller.Account {
			return nil, err
		}
		hidden := queueDoesNotExist()
		hidden.Message = "The specified queue does not exist or you do not have access to it."
		hidden.QueryMessage = hidden.Message
		return nil, hidden
	}
	return &queueURLOutput{k.url(c)}, nil
}

type listQueuesInput struct {
	Prefix     string `json:"QueueNamePrefix"`
	MaxResults *int   `json:"MaxResults"`
	NextToken  string `json:"NextToken"`
}

type listQueuesOutput struct {
	QueueURLs []string `json:"QueueUrls,omitempty" query:"QueueUrl"`
	NextToken string   `json:"NextToken,omitempty"`
}

// listQueues: API_ListQueues.
func (s *Service) listQueues(_ context.Context, c *wire.Call, in *listQueuesInput) (*listQueuesOutput, error) {
	if err := s.own(c, "ListQueues", "*"); err != nil {
		return nil, err
	}
	found := s.list(func(q *queue) bool {
		return q.key.account == c.Caller.Account && q.key.region == c.Region && strings.HasPrefix(q.key.name, in.Prefix)
	})
	urls, next, err := page(c, found, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &listQueuesOutput{urls, next}, nil
}
