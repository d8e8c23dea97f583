package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// openJetStream opens a NATS server in this process that listens nowhere, with a stream in memory, a publisher
// and a pull consumer with explicit acks. Favoured are
//   - the peer, by PublishAsync, whose events the broker does not have yet when it returns; our Publish returns
//     when it has them. Nor does anybody look at what comes of each, only whether any failed.
//   - ours, by having no protocol: bytes go through a pipe to the server and back, as they do to one elsewhere.
func openJetStream(ctx context.Context, _ []byte, handled func()) (_ system, err error) {
	ns, stop, err := startNATS()
	if err != nil {
		return system{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, stop())
		}
	}()
	failed := make(chan error, 1)
	js, err := publishTo(ns, failed)
	if err != nil {
		return system{}, err
	}
	if err := consumeFrom(ctx, ns, handled); err != nil {
		return system{}, err
	}
	o := anOrder()
	return system{
		publish: func(context.Context) error {
			body, err := json.Marshal(o)
			if err == nil {
				_, err = js.PublishAsync(channel, body)
			}
			return err
		},
		close: func() error {
			<-js.PublishAsyncComplete()
			select {
			case err := <-failed:
				return errors.Join(err, stop())
			default:
				return stop()
			}
		},
	}, nil
}

// startNATS starts a server. Its streams are in memory; what else it keeps is in a directory that stop removes.
func startNATS() (ns *server.Server, stop func() error, err error) {
	dir, err := os.MkdirTemp("", "framebus-bench-")
	if err != nil {
		return nil, nil, err
	}
	ns, err = server.NewServer(&server.Options{
		ServerName: service, DontListen: true, JetStream: true, StoreDir: dir, NoLog: true, NoSigs: true,
	})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	ns.Start()
	stop = func() error {
		ns.Shutdown() // closes the connections too
		ns.WaitForShutdown()
		return os.RemoveAll(dir)
	}
	if !ns.ReadyForConnections(patience) {
		return nil, nil, errors.Join(fmt.Errorf("the server is not ready after %s", patience), stop())
	}
	return ns, stop, nil
}

// connect connects through a pipe. Publisher and consumer have a connection each, which favours the peer.
func connect(ns *server.Server, opts ...jetstream.JetStreamOpt) (jetstream.JetStream, error) {
	nc, err := nats.Connect("", nats.InProcessServer(ns), nats.NoReconnect())
	if err != nil {
		return nil, err
	}
	return jetstream.New(nc, opts...)
}

// publishTo returns a publisher that waits for no event's turn. The first failure is sent to failed.
func publishTo(ns *server.Server, failed chan<- error) (jetstream.JetStream, error) {
	return connect(ns,
		jetstream.WithPublishAsyncMaxPending(1<<16),
		jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, _ *nats.Msg, err error) {
			select {
			case failed <- err:
			default:
			}
		}),
	)
}

// consumeFrom makes the stream and its consumer. The stream forgets what is acked, as our queue does.
func consumeFrom(ctx context.Context, ns *server.Server, handled func()) error {
	js, err := connect(ns)
	if err != nil {
		return err
	}
	stream, err := js.CreateStream(ctx, jetstream.StreamConfig{
		Name: channel, Subjects: []string{channel}, Storage: jetstream.MemoryStorage,
		Retention: jetstream.InterestPolicy,
	})
	if err != nil {
		return err
	}
	consumer, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: service, AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Minute, MaxAckPending: 1 << 16,
		MemoryStorage: true,
	})
	if err != nil {
		return err
	}
	_, err = consumer.Consume(func(m jetstream.Msg) {
		var o order
		if json.Unmarshal(m.Data(), &o) != nil {
			return // it is never handled, which is found
		}
		handled()
		_ = m.Ack() // one that fails leads to a second delivery, which is found
	}, jetstream.PullMaxMessages(1<<12))
	return err
}
