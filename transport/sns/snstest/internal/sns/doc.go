// Package sns is Amazon SNS in memory: topics, subscriptions and their delivery to the queues of package sqs, as
// a table of operations for package wire.
//
// What AWS documents is done as documented, and refused where AWS refuses it. Each rule names its page:
// "API_Publish" is docs.aws.amazon.com/sns/latest/api/API_Publish.html, and "sns-message-attributes" is
// docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html. Where the pages are silent, what AWS answered
// decides: "recorded" names a test of github.com/localstack/localstack, tests/aws/services/sns/test_sns.py, whose
// answers were recorded on AWS. Where both are silent, or at odds, the comment begins with Decided.
//
// # Delivery
//
// AWS delivers after it has answered, and to all subscriptions at once. Here a message is in all queues before
// Publish is answered, and the subscriptions get it in the order in which they were made, so that a test need not
// wait and can be repeated. A subscriber's failure is not the publisher's: the message goes to the dead-letter
// queue of the subscription, if it has one, or nowhere. Failures of a queue that AWS would try again later, those
// of the server's side, do not happen here, so nothing is tried again.
//
// Subscriptions of other protocols than sqs can be made, and pend and are confirmed as in AWS; nothing is delivered
// to them. Topics have no archive, and there are no mobile applications and no text messages.
//
// # Locks
//
// One lock guards what topics and subscriptions there are, and what they are like. It is not held while a message
// is delivered. A FIFO topic has a lock besides, which is, so that the order of sequence numbers is the order in
// every queue.
package sns
