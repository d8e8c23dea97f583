package snstest

import (
	"context"
	"time"
)

// Config is what can be chosen of a server. The zero Config is a strict and tame AWS.
type Config struct {
	// Account is the account of callers who are in no other. Defaults to "000000000000".
	Account string
	// Region is that of requests that name none: unsigned ones. All regions are served, each with topics and queues
	// of its own. Defaults to "us-east-1".
	Region string
	// Callers are who may call, by access key ID. Defaults to everybody, as the root user of Account; with
	// entries, other keys are refused.
	Callers map[string]Caller
	// EnforcePolicies evaluates policies for all callers. Defaults to doing so only across accounts and for
	// callers with identity policies: who tests with any key at all may do anything in their account.
	EnforcePolicies bool
	// Clock is the time. Timers are package time's nevertheless: after a clock of one's own has been moved, call
	// [Server.CatchUp]. Defaults to time.Now, which in a testing/synctest bubble is the bubble's.
	Clock func() time.Time
	// Seed is that of all randomness. Defaults to 0, which is a seed like others.
	Seed uint64
	// Limits are those of AWS's that tests want smaller.
	Limits Limits
	// Disorder is what AWS allows itself. Defaults to none of it.
	Disorder Disorder
	// Latency is how long every request takes before it has an effect. Defaults to none.
	Latency time.Duration
	// Store is where the server keeps what it holds, to be had again by the next server. Defaults to memory alone.
	Store Store
	// Hook is called for every request that is understood, before it has an effect, and says what is to go
	// wrong with it. It may block; it is called from many goroutines. Defaults to nothing going wrong.
	Hook func(context.Context, Call) Fault
}

// Caller is somebody with an access key.
type Caller struct {
	// Account has twelve digits. Defaults to Config.Account.
	Account string
	// ARN is the IAM principal, as in "arn:aws:iam::123456789012:user/alice". Defaults to the root user of
	// Account.
	ARN string
	// UserID is what SQS reports as SenderId. Defaults to Account for a root user, and else to a made-up ID
	// like those of IAM.
	UserID string
	// Policies are the identity policies, as JSON. Defaults to all permissions.
	Policies []string
}

// Limits are quotas. Zero fields mean those of AWS.
type Limits struct {
	// InFlight is how many messages of one queue can be in flight. Defaults to 120,000
	// (SQSDeveloperGuide/quotas-queues.html, quotas-fifo.html).
	InFlight int
	// DeleteInterval is how long the name of a deleted queue cannot be used again; negative means no time.
	// Defaults to 60 s (API_DeleteQueue).
	DeleteInterval time.Duration
	// PurgeInterval is how long a queue cannot be purged again; negative means no time. Defaults to 60 s
	// (API_PurgeQueue).
	PurgeInterval time.Duration
}

// Disorder is what AWS documents that it may do, and seldom does when one looks.
type Disorder struct {
	// Reorder hands out the messages of standard queues in any order (SQSDeveloperGuide/standard-queues.html), and
	// has standard topics deliver the messages of a batch in any order ("best-effort message ordering",
	// sns/latest/dg/sns-create-topic.html).
	Reorder bool
	// Duplicates is how likely a message of a standard queue is delivered twice, from 0 to 1
	// (SQSDeveloperGuide/standard-queues-at-least-once-delivery.html). A standard topic is as likely to send a
	// message to a queue twice, as two messages of that queue (sns/latest/dg/sns-create-topic.html, "at-least once
	// message delivery").
	Duplicates float64
	// EmptyPolls is how likely a short poll finds nothing in a queue that has something, from 0 to 1
	// (SQSDeveloperGuide/sqs-short-and-long-polling.html).
	EmptyPolls float64
	// Consistency is how long it takes until a new queue, topic or subscription, a deleted one, or changed
	// attributes are seen. AWS says up to 60 s for queues (API_SetQueueAttributes, API_DeleteQueue), and up to 15
	// minutes for filter policies (sns/latest/dg/sns-subscription-filter-policies.html).
	Consistency time.Duration
}
