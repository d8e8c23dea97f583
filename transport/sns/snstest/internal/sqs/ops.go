package sqs

import (
	"github.com/framebus/framebus/transport/sns/snstest/internal/policy"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// Name is the service's name in signatures.
const Name = "sqs"

// Wire is the service as its protocols show it. Names, version and namespace are those of its Smithy model.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{
		Name: Name, Version: "2012-11-05", Namespace: "http://queue.amazonaws.com/doc/2012-11-05/",
		Target: "AmazonSQS", Shapes: "com.amazonaws.sqs", ErrorDetail: true,
		// recorded: test_get_create_queue_fails, test_get_list_queues_fails
		AtPath: func(action string) bool { return action != "CreateQueue" && action != "ListQueues" },
		Operations: wire.Table(
			wire.Op("CreateQueue", s.createQueue),
			wire.Op("DeleteQueue", s.deleteQueue),
			wire.Op("GetQueueUrl", s.getQueueURL),
			wire.Op("ListQueues", s.listQueues),
			wire.Op("PurgeQueue", s.purgeQueue),
			wire.Op("GetQueueAttributes", s.getQueueAttributes),
			wire.Op("SetQueueAttributes", s.setQueueAttributes),
			wire.Op("AddPermission", s.addPermission),
			wire.Op("RemovePermission", s.removePermission),
			wire.Op("TagQueue", s.tagQueue),
			wire.Op("UntagQueue", s.untagQueue),
			wire.Op("ListQueueTags", s.listQueueTags),
			wire.Op("SendMessage", s.sendMessage),
			wire.Op("SendMessageBatch", s.sendMessageBatch),
			wire.Op("ReceiveMessage", s.receiveMessage),
			wire.Op("DeleteMessage", s.deleteMessage),
			wire.Op("DeleteMessageBatch", s.deleteMessageBatch),
			wire.Op("ChangeMessageVisibility", s.changeMessageVisibility),
			wire.Op("ChangeMessageVisibilityBatch", s.changeMessageVisibilityBatch),
			wire.Op("ListDeadLetterSourceQueues", s.listDeadLetterSourceQueues),
			wire.Op("StartMessageMoveTask", s.startMessageMoveTask),
			wire.Op("ListMessageMoveTasks", s.listMessageMoveTasks),
			wire.Op("CancelMessageMoveTask", s.cancelMessageMoveTask),
		),
	}
}

// queue finds the queue of a URL for a caller who may do an action to it. The action of a batch is that of its
// entries (API_AddPermission).
func (s *Service) queue(c *wire.Call, url, action string) (*queue, error) {
	k, err := readURL(c, url)
	if err != nil {
		return nil, err
	}
	q, err := s.see(k)
	if err != nil {
		return nil, err
	}
	if err := s.config.Access.Check(c, Name+":"+action, q.arn, q.policy()); err != nil {
		return nil, err
	}
	return q, nil
}

// policy is the policy that is in effect. A change whose time has come may not have been applied yet: nobody has
// had to do with the queue since, and who is refused does not get to.
func (q *queue) policy() *policy.Document {
	now := q.service.now()
	q.mu.Lock()
	defer q.mu.Unlock()
	set := q.settings
	for _, c := range q.pending {
		if c.at <= now {
			set = c.settings
		}
	}
	return set.policy
}

// own checks a caller's permission to do something in the own account that is done to no queue that exists.
func (s *Service) own(c *wire.Call, action, name string) error {
	if c.Caller.AccessKey == "" {
		return wire.MissingToken()
	}
	k := key{account: c.Caller.Account, region: c.Region, name: name}
	return s.config.Access.Check(c, Name+":"+action, k.arn(), nil)
}
