package topology

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// SNSAPI is what is used of SNS. *sns.Client has it.
type SNSAPI interface {
	CreateTopic(context.Context, *sns.CreateTopicInput, ...func(*sns.Options)) (*sns.CreateTopicOutput, error)
	GetTopicAttributes(
		context.Context, *sns.GetTopicAttributesInput, ...func(*sns.Options),
	) (*sns.GetTopicAttributesOutput, error)
	SetTopicAttributes(
		context.Context, *sns.SetTopicAttributesInput, ...func(*sns.Options),
	) (*sns.SetTopicAttributesOutput, error)
	ListTopics(context.Context, *sns.ListTopicsInput, ...func(*sns.Options)) (*sns.ListTopicsOutput, error)
	ListTagsForResource(
		context.Context, *sns.ListTagsForResourceInput, ...func(*sns.Options),
	) (*sns.ListTagsForResourceOutput, error)
	TagResource(context.Context, *sns.TagResourceInput, ...func(*sns.Options)) (*sns.TagResourceOutput, error)
	Subscribe(context.Context, *sns.SubscribeInput, ...func(*sns.Options)) (*sns.SubscribeOutput, error)
	Unsubscribe(context.Context, *sns.UnsubscribeInput, ...func(*sns.Options)) (*sns.UnsubscribeOutput, error)
	ListSubscriptionsByTopic(
		context.Context, *sns.ListSubscriptionsByTopicInput, ...func(*sns.Options),
	) (*sns.ListSubscriptionsByTopicOutput, error)
	GetSubscriptionAttributes(
		context.Context, *sns.GetSubscriptionAttributesInput, ...func(*sns.Options),
	) (*sns.GetSubscriptionAttributesOutput, error)
	SetSubscriptionAttributes(
		context.Context, *sns.SetSubscriptionAttributesInput, ...func(*sns.Options),
	) (*sns.SetSubscriptionAttributesOutput, error)
}

// SQSAPI is what is used of SQS. *sqs.Client has it.
type SQSAPI interface {
	CreateQueue(context.Context, *sqs.CreateQueueInput, ...func(*sqs.Options)) (*sqs.CreateQueueOutput, error)
	GetQueueUrl(context.Context, *sqs.GetQueueUrlInput, ...func(*sqs.Options)) (*sqs.GetQueueUrlOutput, error)
	GetQueueAttributes(
		context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options),
	) (*sqs.GetQueueAttributesOutput, error)
	SetQueueAttributes(
		context.Context, *sqs.SetQueueAttributesInput, ...func(*sqs.Options),
	) (*sqs.SetQueueAttributesOutput, error)
	ListQueues(context.Context, *sqs.ListQueuesInput, ...func(*sqs.Options)) (*sqs.ListQueuesOutput, error)
	ListQueueTags(context.Context, *sqs.ListQueueTagsInput, ...func(*sqs.Options)) (*sqs.ListQueueTagsOutput, error)
	TagQueue(context.Context, *sqs.TagQueueInput, ...func(*sqs.Options)) (*sqs.TagQueueOutput, error)
	DeleteQueue(context.Context, *sqs.DeleteQueueInput, ...func(*sqs.Options)) (*sqs.DeleteQueueOutput, error)
}
