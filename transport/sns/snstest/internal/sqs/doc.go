// Package sqs is Amazon SQS in memory: the engine of its queues, and its operations as a table for package wire.
//
// What AWS documents is done as documented, and refused where AWS refuses it. Each rule names its page:
// "API_SendMessage" is docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, and
// "sqs-visibility-timeout" is .../latest/SQSDeveloperGuide/sqs-visibility-timeout.html. Where the pages are
// silent, what AWS answered decides: "recorded" names a test of github.com/localstack/localstack,
// tests/aws/services/sqs, whose answers were recorded on AWS. Where both are silent, the comment says so.
//
// # The engine
//
// A queue has one lock. A message is in one state: ready, in flight or delayed. The two that end by themselves
// share one heap; the ready messages of a standard queue are a list, and those of a FIFO queue stand in their
// groups, of which those that have something to give are in a list. All messages are in a heap by age besides,
// for the retention. So every operation takes O(log n).
//
// Receivers that wait are served in the order of their coming, and a message is handed to one of them under the
// lock: nobody else wakes up for it. One whose client goes away gives back what it was handed.
//
// Nothing runs in the background: a queue catches up with the time when somebody calls, and while somebody
// waits, one timer is set to when the next message becomes ready. The exception are message move tasks.
package sqs
