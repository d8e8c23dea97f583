// Package transporttest holds the contract of package transport as a test suite. A transport is one when it
// passes. A driver's test is only a harness:
//
//	func TestConformance(t *testing.T) {
//		transporttest.Run(t, transporttest.Harness{
//			New: func(t testing.TB) func() transport.Transport {
//				broker := startBroker(t)
//				return func() transport.Transport { return connect(t, broker) }
//			},
//		})
//	}
//
// The suite is a list of rules, each with the test of it. A failure prints the rule that was broken, and
// then what was seen. What a transport's Features do not claim is not skipped: the suite then tests that it
// is refused, and its [Result] says "unsupported".
//
// After the rules comes Watermill's universal suite (watermill/pubsub/tests), by way of
// [transport.WatermillPublisher] and [transport.WatermillSubscriber]. Subtests are named contract/SUBJECT/RULE
// and watermill/..., so that -run and -skip can choose.
//
// A broker that keeps several transports apart by channel and service may be shared: every case uses names of
// its own and ignores what is not its own. The suite leaves its subscriptions behind there.
package transporttest
