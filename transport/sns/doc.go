// Package sns is the transport on Amazon SNS and SQS: a topic for each channel, a queue and a dead-letter queue for each
// listener. Replacing memory.New() by
//
//	tr, err := sns.New(ctx, sns.Config{})
//
// moves a service to AWS.
//
// # Publishing
//
// Messages travel as they are, with at most eight attributes; a body that AWS has no characters for travels in one of them.
// Concurrent calls of Publish share requests of up to ten messages. A call that is alone does not wait; one that comes while
// others are under way may wait for them, up to 25 ms. What SNS is at fault for is tried again until the caller's ctx ends.
//
// # Receiving
//
// While a queue is empty one long poll of 20 s waits for all receivers. A poll that comes back full is followed by more at a
// time, up to 32. Where nothing but requests holds handlers up, messages are fetched ahead of them: as many as they take in two
// requests' time, and they are given back when nobody wants them within a second, or when the consumer is closed. Where
// handlers are slow nothing is fetched that nobody has asked for. Acks, delays and extensions of leases travel in batches of
// ten, and reach SQS after the consumer is closed as well.
//
// # What SQS is like
//
// SQS counts what it hands out: a message that is given back was received nevertheless, and counts towards MaxReceives and as
// an attempt of a retry policy. What a handler failed with in earlier deliveries is not known in a later one. A delay or a lease
// is 12 hours at most, from the receive. SQS keeps messages for 14 days. When a connection breaks, SQS may have handed out
// messages that nobody got: they come when their lease ends.
//
// Order of a key needs FIFO topics and queues: [Config].FIFO. Without, a subscription that is Ordered is refused. An ordered one
// receives one message a request, so that none waits here for the one before it.
//
// To look at dead letters is to receive them, so they are hidden from others meanwhile.
//
// Package [github.com/framebus/framebus/transport/sns/topology] makes topics and queues, and says what it would make. Package
// snstest is SNS and SQS for tests.
package sns
