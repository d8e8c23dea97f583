package topology

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// ApplyOptions are what Apply may do besides making what is missing.
type ApplyOptions struct {
	// Differences has attributes changed that differ, those included that somebody changed by hand. Defaults to
	// leaving them.
	Differences bool
}

// Apply makes what a plan says is missing, whatever Config.Provision says. It does what it can: the error joins what
// failed. To apply a plan twice is no error.
func (t *Topology) Apply(ctx context.Context, p Plan, o ApplyOptions) error {
	var errs []error
	declared := map[string]bool{}
	for _, item := range p.Items {
		wanted := item.State == Missing || item.State == Differs && o.Differences
		switch {
		case !wanted:
		case item.listener != nil && !declared[item.For]:
			declared[item.For] = true
			_, err := t.declare(ctx, *item.listener)
			errs = append(errs, failed("make what "+item.For+" needs", err))
		case item.Kind == TopicKind && item.State == Missing:
			_, err := t.openTopic(ctx, item.For)
			errs = append(errs, failed("make "+item.Name, err))
		}
	}
	for _, item := range p.Of(Differs) {
		if o.Differences {
			errs = append(errs, failed("change "+item.Name, t.change(ctx, item)))
		}
	}
	return errors.Join(errs...)
}

func failed(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("topology: apply: %s: %w", what, err)
}

// change gives a resource the attributes that it should have.
func (t *Topology) change(ctx context.Context, item Item) error {
	switch item.Kind {
	case QueueKind, DeadLetterKind:
		return t.changeQueue(ctx, item)
	case TopicKind:
		for _, d := range item.Differences {
			_, err := call(ctx, t, t.cfg.SNS.SetTopicAttributes, &sns.SetTopicAttributesInput{
				TopicArn: &item.ARN, AttributeName: aws.String(d.Attribute), AttributeValue: aws.String(d.Want),
			})
			if err != nil {
				return err
			}
		}
	case SubscriptionKind:
		for _, d := range item.Differences {
			if d.Attribute != "RawMessageDelivery" {
				continue // declare has set the filter
			}
			_, err := call(ctx, t, t.cfg.SNS.SetSubscriptionAttributes, &sns.SetSubscriptionAttributesInput{
				SubscriptionArn: &item.ARN, AttributeName: aws.String(d.Attribute), AttributeValue: aws.String(d.Want),
			})
			if err != nil {
				return err
			}
		}
	case PolicyKind, RegistrationKind: // declare has done it
	}
	return nil
}

func (t *Topology) changeQueue(ctx context.Context, item Item) error {
	set := map[string]string{}
	for _, d := range item.Differences {
		set[d.Attribute] = d.Want
		if d.Attribute == attrRedrive && d.Want != "" { // the dead-letter queue has been made since, maybe
			set[attrRedrive] = redrivePolicy(sibling(item.ARN, item.listener.deadLetters), item.listener.sub.MaxReceives)
		}
		if d.Attribute == attrKMSKey && d.Want == "" { // without a key there would be no encryption
			set[attrSSE] = "true"
		}
	}
	if err := t.setAttributes(ctx, item.url, set); err != nil {
		return err
	}
	if item.Kind == DeadLetterKind {
		return nil
	}
	return t.tagQueue(ctx, item.url, map[string]string{tagDeclared: item.listener.declared()})
}

// PruneOptions are what Prune may do besides deleting what is empty.
type PruneOptions struct {
	// Force deletes queues that hold messages, and the messages with them. Defaults to refusing.
	Force bool
}

// Prune deletes what a plan says is orphaned: subscriptions, registrations and queues. A listener whose queue
// or dead-letter queue holds messages is left whole, and the error says so, unless Force. SQS's count is
// approximate and may be late by a minute: stop the last consumer and publisher of a listener before it is
// pruned. The name of a deleted queue cannot be used for 60 seconds
// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html).
func (t *Topology) Prune(ctx context.Context, p Plan, o PruneOptions) error {
	var errs []error
	kept := map[string]bool{}
	orphans := p.Of(Orphaned)
	for _, item := range orphans {
		if item.url == "" || o.Force {
			continue
		}
		has, found, err := t.queueAttributes(ctx, item.url)
		if n := messages(has); found && n > 0 {
			err = fmt.Errorf("queue %s holds %d messages: handle, redrive or purge them, or force it", item.Name, n)
		}
		if err != nil {
			kept[item.For] = true
			errs = append(errs, fmt.Errorf("topology: prune: %w", err))
		}
	}
	for _, item := range orphans { // what feeds a queue goes before the queue
		if item.url != "" || kept[item.For] {
			continue
		}
		_, err := call(ctx, t, t.cfg.SNS.Unsubscribe, &sns.UnsubscribeInput{SubscriptionArn: &item.ARN})
		if err != nil && !absent(err) {
			kept[item.For] = true
			errs = append(errs, fmt.Errorf("topology: prune: unsubscribe %s: %w", item.Name, err))
		}
	}
	for _, item := range orphans {
		if item.url == "" || kept[item.For] {
			continue
		}
		_, err := call(ctx, t, t.cfg.SQS.DeleteQueue, &sqs.DeleteQueueInput{QueueUrl: &item.url})
		if err != nil && !absent(err) {
			errs = append(errs, fmt.Errorf("topology: prune: delete queue %s: %w", item.Name, err))
		}
	}
	return errors.Join(errs...)
}
