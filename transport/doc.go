// Package transport is the interface between framebus and a broker. Users of framebus pass a Transport to
// bus.New and need nothing else from here; this package is for those who write a transport, or middleware
// that looks at a delivery.
//
// A broker behind this interface is SNS in front of SQS, or behaves like it:
//
//   - A message is published on a channel. Every durable [Subscription] whose pattern matches the channel
//     gets it; one that does not exist yet does not. A channel needs no declaration.
//   - A subscription keeps its messages until each is settled, whether anybody consumes it or not. The
//     consumers of one subscription compete: each message goes to one of them at a time.
//   - A received message is leased. While the lease lasts nobody else receives it. The consumer settles it
//     (ack, retry after a delay, release, dead-letter), or extends the lease, or loses it, and then the
//     message is received again. So delivery is at least once.
//   - Subscriptions never delay each other.
//
// The interface is small and a driver's duty ends there: a [Transport] publishes and subscribes, a
// [Consumer] receives, a [Receipt] settles. What only some brokers can do is a one-method interface that a
// transport may have as well ([BatchPublisher], [DeadLetterer], [Depther], [Provisioner]). What a driver
// hands out is concrete: a [Delivery], which every driver makes with [NewDelivery], and which a handler
// finds in its context by [FromContext].
//
// Package transporttest holds the contract as a test suite. A transport is one when it passes.
package transport
