package sqs

import (
	"context"
	"slices"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type listDeadLetterSourceQueuesInput struct {
	QueueURL   string `json:"QueueUrl"`
	MaxResults *int   `json:"MaxResults"`
	NextToken  string `json:"NextToken"`
}

type listDeadLetterSourceQueuesOutput struct {
	URLs      []string `json:"queueUrls"           query:"QueueUrl"`
	NextToken string   `json:"NextToken,omitempty"`
}

// listDeadLetterSourceQueues: API_ListDeadLetterSourceQueues.
func (s *Service) listDeadLetterSourceQueues(
	_ context.Context, c *wire.Call, in *listDeadLetterSourceQueuesInput,
) (*listDeadLetterSourceQueuesOutput, error) {
	q, err := s.queue(c, in.QueueURL, "ListDeadLetterSourceQueues")
	if err != nil {
		return nil, err
	}
	urls, next, fault := page(c, s.sourcesOf(q), in.MaxResults, in.NextToken)
	if fault != nil {
		return nil, fault
	}
	if urls == nil {
		urls = []string{} // the member is required
	}
	return &listDeadLetterSourceQueuesOutput{urls, next}, nil
}

// sourcesOf returns the queues that a queue is the dead-letter queue of, by name.
func (s *Service) sourcesOf(dlq *queue) []*queue {
	all := s.list(func(q *queue) bool { return q.key.account == dlq.key.account && q.key.region == dlq.key.region })
	return slices.DeleteFunc(all, func(q *queue) bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		return q.settings.redrive == nil || q.settings.redrive.target != dlq.key
	})
}

type startMessageMoveTaskInput struct {
	Source string `json:"SourceArn"                    wire:"required"`
	To     string `json:"DestinationArn"`
	Rate   *int   `json:"MaxNumberOfMessagesPerSecond"`
}

type startMessageMoveTaskOutput struct {
	Handle string `json:"TaskHandle"`
}

// startMessageMoveTask: API_StartMessageMoveTask. The texts are recorded in test_sqs_move_task.py.
func (s *Service) startMessageMoveTask(
	_ context.Context, c *wire.Call, in *startMessageMoveTaskInput,
) (*startMessageMoveTaskOutput, error) {
	source, err := s.byARN(c, in.Source, "SourceArn", "StartMessageMoveTask")
	if err != nil {
		return nil, err
	}
	if len(s.sourcesOf(source)) == 0 {
		return nil, wire.InvalidParameterValue("Source queue must be configured as a Dead Letter Queue.")
	}
	t := &task{source: source}
	if in.To != "" {
		to, err := s.byARN(c, in.To, "DestinationArn", "SendMessage")
		switch {
		case err != nil:
			return nil, err
		case to == source:
			return nil, wire.InvalidParameterValue("Source queue arn and destination queue arn cannot be the same.")
		case to.fifo != source.fifo: // sqs-configure-dead-letter-queue-redrive: "if both queues are the same type"
			return nil, wire.InvalidParameterValue("Source queue and destination queue must be of the same type.")
		}
		t.to = &to.key
	}
	if in.Rate != nil {
		if t.rate = *in.Rate; t.rate < 1 || t.rate > 500 {
			return nil, invalidValue(t.rate, "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500, if provided.")
		}
	}
	if err := s.start(t); err != nil {
		return nil, err
	}
	return &startMessageMoveTaskOutput{t.handle()}, nil
}

// byARN finds the queue that a parameter names.
func (s *Service) byARN(c *wire.Call, arn, parameter, action string) (*queue, error) {
	k, ok := parseARN(arn)
	if !ok {
		return nil, wire.InvalidParameterValue("You must use this format to specify the " + parameter +
			": arn:<partition>:<service>:<region>:<account-id>:<resource-id>")
	}
	q, err := s.see(k)
	if err != nil || k.region != c.Region {
		return nil, resourceNotFound("The resource that you specified for the " + parameter + " parameter doesn't exist.")
	}
	if err := s.config.Access.Check(c, Name+":"+action, q.arn, q.policy()); err != nil {
		return nil, err
	}
	return q, nil
}

type listMessageMoveTasksInput struct {
	Source     string `json:"SourceArn"  wire:"required"`
	MaxResults *int   `json:"MaxResults"`
}

type listMessageMoveTasksOutput struct {
	Results []moveTask `json:"Results,omitempty" query:"ListMessageMoveTasksResultEntry"`
}

type moveTask struct {
	Moved   int64  `json:"ApproximateNumberOfMessagesMoved"`
	ToMove  int64  `json:"ApproximateNumberOfMessagesToMove"`
	To      string `json:"DestinationArn,omitempty"`
	Reason  string `json:"FailureReason,omitempty"`
	Rate    *int   `json:"MaxNumberOfMessagesPerSecond,omitempty"`
	Source  string `json:"SourceArn"`
	Started int64  `json:"StartedTimestamp"`
	Status  string `json:"Status"`
	Handle  string `json:"TaskHandle,omitempty"`
}

// listMessageMoveTasks: API_ListMessageMoveTasks. The handle is there as long as a task runs.
func (s *Service) listMessageMoveTasks(
	_ context.Context, c *wire.Call, in *listMessageMoveTasksInput,
) (*listMessageMoveTasksOutput, error) {
	source, err := s.byARN(c, in.Source, "SourceArn", "ListMessageMoveTasks")
	if err != nil {
		return nil, err
	}
	limit := 1
	if in.MaxResults != nil {
		if limit = *in.MaxResults; limit < 1 || limit > 10 {
			return nil, invalidValue(limit, "MaxResults", "Must be between 1 and 10, if provided.")
		}
	}
	s.moving.Lock()
	defer s.moving.Unlock()
	out := &listMessageMoveTasksOutput{}
	for _, t := range s.tasksOf(source) {
		if len(out.Results) == limit {
			break
		}
		out.Results = append(out.Results, t.show())
	}
	return out, nil
}

func (t *task) show() moveTask {
	out := moveTask{
		Moved: t.moved, ToMove: t.toMove, Reason: t.reason, Source: t.source.arn, Started: millis(t.started), Status: t.status,
	}
	if t.to != nil {
		out.To = t.to.arn()
	}
	if t.rate > 0 {
		rate := t.rate
		out.Rate = &rate
	}
	if t.status == running {
		out.Handle = t.handle()
	}
	return out
}

type cancelMessageMoveTaskInput struct {
	Handle string `json:"TaskHandle" wire:"required"`
}

type cancelMessageMoveTaskOutput struct {
	Moved int64 `json:"ApproximateNumberOfMessagesMoved"`
}

// cancelMessageMoveTask: API_CancelMessageMoveTask: "can only be cancelled when the current status is RUNNING".
func (s *Service) cancelMessageMoveTask(
	_ context.Context, c *wire.Call, in *cancelMessageMoveTaskInput,
) (*cancelMessageMoveTaskOutput, error) {
	h, ok := readTaskHandle(in.Handle)
	if !ok {
		return nil, wire.InvalidParameterValue("Value for parameter TaskHandle is invalid.")
	}
	source, err := s.byARN(c, h.Source, "SourceArn", "CancelMessageMoveTask")
	if err != nil {
		return nil, err
	}
	s.moving.Lock()
	defer s.moving.Unlock()
	for _, t := range s.tasksOf(source) {
		if t.id != h.ID {
			continue
		}
		if t.status != running {
			return nil, wire.InvalidParameterValue("Only running tasks can be cancelled. The task is " + t.status + ".")
		}
		t.status = cancelling
		s.keepTask(t)
		return &cancelMessageMoveTaskOutput{t.moved}, nil
	}
	return nil, resourceNotFound("Task does not exist.")
}
