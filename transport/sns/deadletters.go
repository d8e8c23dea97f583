package sns

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/topology"
)

// DeadLetters implements [transport.DeadLetterer]. SQS has no way to look at messages but to receive them: each call of
// a method receives all dead letters, and gives back those that stay. Meanwhile they are hidden from others, who wait for them;
// for 30 s if a process dies while it looks. Looking takes a second, and another for each some hundred letters;
// of more than can be looked at in 20 s, List is an error, and Redrive and Purge take all or the chosen nevertheless.
func (t *Transport) DeadLetters(ctx context.Context, sub transport.ID) (transport.DeadLetters, error) {
	err := t.usable(ctx)
	var q topology.Queue
	if err == nil {
		q, err = t.topology.Lookup(ctx, sub)
	}
	if err != nil {
		return nil, fmt.Errorf("sns: dead letters of %s: %w", sub, err)
	}
	return &deadLetters{transport: t, sub: sub, queue: q}, nil
}

// deadLetters are those of one subscription.
type deadLetters struct {
	transport *Transport
	sub       transport.ID
	queue     topology.Queue
}

// List implements [transport.DeadLetters]. One that SQS moved itself stands where it would have stood when it was published.
func (d *deadLetters) List(ctx context.Context, after string, limit int) (list []transport.DeadLetter, err error) {
	defer func() { d.wrap("list", &err) }()
	var from letterKey
	if after != "" {
		if from, err = parseLetterKey(after); err != nil {
			return nil, err
		}
	}
	err = d.visit(ctx, func(letters []letter, all bool) (taken []letter, done bool, err error) {
		list = nil // of a look that did not see all
		for _, l := range letters {
			if len(list) < limit && (after == "" || l.key.compare(from) > 0) {
				list = append(list, transport.DeadLetter{
					ID: l.key.id(), Message: unpack(l.in, ""), Why: l.record.Why, Time: l.record.Time,
				})
			}
		}
		return nil, all, nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Redrive implements [transport.DeadLetters].
func (d *deadLetters) Redrive(ctx context.Context, ids ...string) (n int, err error) {
	defer func() { d.wrap("redrive", &err) }()
	return d.take(ctx, ids, func(l letter) error {
		in := &sqs.SendMessageInput{QueueUrl: &d.queue.URL, MessageBody: l.in.Body, MessageAttributes: l.in.MessageAttributes}
		if d.queue.FIFO {
			in.MessageGroupId, _ = fifoIDs(unpack(l.in, ""))
			in.MessageDeduplicationId = token("redriven/" + l.key.id())
		}
		return d.transport.retry(ctx, patience, func(ctx context.Context) error {
			_, err := d.transport.sqs.SendMessage(ctx, in)
			return err
		})
	})
}

// Purge implements [transport.DeadLetters].
func (d *deadLetters) Purge(ctx context.Context, ids ...string) (n int, err error) {
	defer func() { d.wrap("purge", &err) }()
	return d.take(ctx, ids, func(letter) error { return nil })
}

// take does something with the letters of these IDs, all without IDs, and deletes them.
func (d *deadLetters) take(ctx context.Context, ids []string, do func(letter) error) (n int, err error) {
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	began, again := time.Now(), false
	err = d.visit(ctx, func(letters []letter, all bool) (taken []letter, done bool, err error) {
		for _, l := range letters {
			if len(ids) > 0 && !wanted[l.key.id()] {
				continue
			}
			if again && l.record.Time.After(began) {
				continue // one that was redriven has died again: it would go round for ever
			}
			if err = do(l); err != nil {
				break
			}
			delete(wanted, l.key.id())
			taken = append(taken, l)
		}
		n += len(taken)
		again = true
		return taken, all || len(ids) > 0 && len(wanted) == 0, err
	})
	if errors.Is(err, errUnseen) && len(wanted) == 0 && len(ids) > 0 {
		err = nil
	}
	errs := []error{err}
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		errs = append(errs, fmt.Errorf("no dead letter %q", id))
	}
	return n, errors.Join(errs...)
}

func (d *deadLetters) wrap(what string, err *error) {
	if *err != nil {
		*err = fmt.Errorf("sns: %s dead letters of %s: %w", what, d.sub, *err)
	}
}
