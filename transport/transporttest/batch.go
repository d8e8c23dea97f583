package transporttest

import (
	"context"
	"errors"
	"slices"

	"github.com/framebus/framebus/transport"
)

func batchRules() []rule {
	return []rule{{
		name: "batch/publishes",
		text: "PublishBatch publishes messages as Publish would, in order. A batch of any size is taken, an empty " +
			"one too.",
		test: batchPublishes,
	}, {
		name: "batch/partial-failure",
		text: "If some messages of a batch fail, the error is a *BatchError that says which; the others are with " +
			"the broker.",
		test: batchPartialFailure,
	}}
}

func (t *trial) publishBatch(tr transport.Transport, ms []*transport.Message) error {
	ctx, cancel := t.patience()
	defer cancel()
	return transport.PublishBatch(ctx, tr, ms)
}

func batchPublishes(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	s.Ordered = t.features.Ordered
	c := t.subscribe(tr, s)
	ms := make([]*transport.Message, 25) // more than SNS takes in one call
	for i := range ms {
		ms[i] = t.keyed(s.Pattern, "k")
	}
	t.must(t.publishBatch(tr, nil), "publishing an empty batch")
	t.must(t.publishBatch(tr, ms), "publishing a batch of 25")
	var ds []*transport.Delivery
	for range ms {
		d := t.take(c)
		ds = append(ds, d)
		t.ack(d)
	}
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("%s", wrong)
	}
	if s.Ordered && !slices.EqualFunc(ds, ms, func(d *transport.Delivery, m *transport.Message) bool {
		return d.Message.ID == m.ID
	}) {
		t.Errorf("a batch of one key was received by an ordered listener in the order %s", numbers(ds))
	}
	t.quiet(c)
}

func batchPartialFailure(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	var batch, good []*transport.Message
	for i := range 25 {
		m := t.message(s.Pattern)
		switch {
		case i == 3:
			m.Channel = "*"
		case i == 17 && t.features.MaxBody > 0:
			m.Body = make([]byte, t.features.MaxBody+1)
		case i == 24:
			m.Action = "not.an.action"
		default:
			good = append(good, m)
		}
		batch = append(batch, m)
	}
	err := t.publishBatch(tr, batch)
	failed, ok := errors.AsType[*transport.BatchError](err)
	if !ok || len(failed.Errs) != len(batch) {
		t.Fatalf("a batch with messages that Message.Check refuses: got the error %v, want a *BatchError with %d entries",
			err, len(batch))
	}
	for i, m := range batch {
		if isGood := slices.Contains(good, m); isGood != (failed.Errs[i] == nil) {
			t.Errorf("the *BatchError has for message %d of the batch: %v (is it good? %v)", i, failed.Errs[i], isGood)
		}
	}
	ds := t.takeAll(c, len(good))
	if wrong := received(ds, good...); wrong != "" {
		t.Errorf("of the good messages of the batch: %s", wrong)
	}
	t.ack(ds...)
	t.quiet(c)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	t.mustBe(transport.PublishBatch(ended, tr, good), context.Canceled, "publishing a batch under a cancelled ctx")
}
