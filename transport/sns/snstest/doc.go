// Package snstest is Amazon SNS and Amazon SQS inside the process, for tests: a server that speaks AWS's protocols
// and is as strict as AWS's documentation, to be talked to by the real SDK.
//
//	srv := snstest.Start(t)
//	client := sqs.New(sqs.Options{
//		BaseEndpoint: aws.String(srv.Endpoint()),
//		HTTPClient:   srv.HTTPClient(),
//		Region:       "us-east-1",
//		Credentials:  credentials.NewStaticCredentialsProvider("any", "thing", ""),
//	})
//
// [Server.HTTPClient] reaches the server through memory, without a network. Inside a testing/synctest bubble all
// of AWS's time is then the bubble's: a long poll of 20 s, a visibility timeout of 12 hours and a retention of 14
// days cost nothing and are exact. Start the server and make the clients in the bubble. Outside of bubbles
// [Server.Listen] serves a loopback address to other programs as well; the server is an http.Handler, too.
//
// # Strict
//
// Names, sizes, attributes, receipt handles, batches and policies are checked as AWS documents it, and errors
// have its codes and statuses in both protocols, JSON and Query. Where the documentation leaves room, the server
// does what code must be able to bear: an old receipt handle deletes nothing.
//
// What is published to a topic is in all queues before Publish is answered, in the order of the subscriptions,
// and a queue has to let the topic send, as in AWS: if nothing arrives, [Subscription].Failure of [Server.Topic] says
// why. Subscriptions of other protocols can be made and confirmed, and nothing is delivered to them. Notifications
// have the form of AWS's, and a signature that nobody can verify.
//
// Any access key will do, and belongs to the account of [Config]. [Config.Callers] gives keys accounts and
// identity policies. The policies of topics and queues are evaluated for callers of other accounts, for those with
// identity policies, and for all with [Config.EnforcePolicies]. Signatures are read and not verified.
//
// # Nasty, when asked
//
// By default a standard queue is ordered and delivers once, which AWS does not promise. [Config.Disorder] has it
// as AWS documents it: reordered, duplicated, short polls that miss, changes that take time to be seen. A
// [Config.Hook] delays requests, has them fail or throttled, or cuts their connection before or after they took
// effect. All chance comes from [Config.Seed].
//
// # See what happened
//
// [Server.Requests] counts requests by action and caller. [Server.Dump] shows every topic with its
// subscriptions, and every queue with its messages: ready, in flight and delayed. [Server.Graph] shows who is told
// what.
//
// The server keeps everything in memory, and nothing after it unless [Config].Store does; cmd/snstest is a program of
// it, with such a store. The package imports nothing but the standard library, and a server is safe for concurrent use.
package snstest
