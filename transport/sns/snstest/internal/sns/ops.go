package sns

import "github.com/framebus/framebus/transport/sns/snstest/internal/wire"

// Name is the service's name in signatures.
const Name = "sns"

// Wire is the service as its protocol shows it. Names, version and namespace are those of its Smithy model.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{
		Name: Name, Version: "2010-03-31", Namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
		Operations: wire.Table(
			wire.Op("CreateTopic", s.createTopic),
			wire.Op("DeleteTopic", s.deleteTopic),
			wire.Op("ListTopics", s.listTopics),
			wire.Op("GetTopicAttributes", s.getTopicAttributes),
			wire.Op("SetTopicAttributes", s.setTopicAttributes),
			wire.Op("AddPermission", s.addPermission),
			wire.Op("RemovePermission", s.removePermission),
			wire.Op("TagResource", s.tagResource),
			wire.Op("UntagResource", s.untagResource),
			wire.Op("ListTagsForResource", s.listTagsForResource),
			wire.Op("Subscribe", s.subscribe),
			wire.Op("ConfirmSubscription", s.confirmSubscription),
			wire.Op("Unsubscribe", s.unsubscribe),
			wire.Op("ListSubscriptions", s.listSubscriptions),
			wire.Op("ListSubscriptionsByTopic", s.listSubscriptionsByTopic),
			wire.Op("GetSubscriptionAttributes", s.getSubscriptionAttributes),
			wire.Op("SetSubscriptionAttributes", s.setSubscriptionAttributes),
			wire.Op("Publish", s.publish),
			wire.Op("PublishBatch", s.publishBatch),
		),
	}
}
