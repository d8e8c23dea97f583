package transport_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/framebus/framebus/transport"
)

// refusing is a transport that refuses the IDs given and takes the rest.
type refusing struct {
	transport.Transport
	refuse map[string]error
	taken  []string
}

func (tr *refusing) Publish(_ context.Context, m *transport.Message) error {
	if err := tr.refuse[m.ID]; err != nil {
		return err
	}
	tr.taken = append(tr.taken, m.ID)
	return nil
}

// batching has a PublishBatch of its own.
type batching struct {
	refusing
	err error
}

func (tr *batching) PublishBatch(context.Context, []*transport.Message) error { return tr.err }

func TestPublishBatchOneByOne(t *testing.T) {
	full, closed := errors.New("full"), errors.New("closed")
	tr := &refusing{refuse: map[string]error{"2": full, "4": closed}}
	batch := []*transport.Message{{ID: "1"}, {ID: "2"}, {ID: "3"}, {ID: "4"}}
	err := transport.PublishBatch(t.Context(), tr, batch)
	failed, ok := errors.AsType[*transport.BatchError](err)
	if !ok {
		t.Fatalf("got %v, want a *BatchError", err)
	}
	if !slices.Equal(failed.Errs, []error{nil, full, nil, closed}) || !slices.Equal(tr.taken, []string{"1", "3"}) {
		t.Errorf("failed are %v, taken %q", failed.Errs, tr.taken)
	}
	if !errors.Is(err, full) || !errors.Is(err, closed) {
		t.Error("the error does not wrap those of the messages")
	}
	if want := "2 of 4 messages failed, the first is number 2: full"; err.Error() != want {
		t.Errorf("the error reads %q, want %q", err, want)
	}
	if err := transport.PublishBatch(t.Context(), tr, batch[:1]); err != nil {
		t.Errorf("a batch that is taken: %v", err)
	}
	if err := transport.PublishBatch(t.Context(), tr, nil); err != nil {
		t.Errorf("an empty batch: %v", err)
	}
}

func TestPublishBatchInOne(t *testing.T) {
	tr := &batching{err: errors.New("its own")}
	if err := transport.PublishBatch(t.Context(), tr, []*transport.Message{{ID: "1"}}); !errors.Is(err, tr.err) || len(tr.taken) > 0 {
		t.Errorf("got %v, taken one by one %q", err, tr.taken)
	}
}

func TestPending(t *testing.T) {
	if got := (transport.Depth{Ready: 1, InFlight: 2, Delayed: 4, DeadLetters: 8}).Pending(); got != 7 {
		t.Errorf("Pending is %d", got)
	}
}
