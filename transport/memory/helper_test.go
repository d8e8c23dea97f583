package memory_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// bubble runs a test on a clock of its own.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// sub returns the subscription "service/name" to a pattern.
func sub(name, pattern string) transport.Subscription {
	return transport.Subscription{ID: transport.ID{Service: "service", Name: name}, Pattern: pattern}
}

func ordered(s transport.Subscription) transport.Subscription {
	s.Ordered = true
	return s
}

func subscribe(tb testing.TB, tr *memory.Transport, s transport.Subscription) transport.Consumer {
	tb.Helper()
	c, err := tr.Subscribe(tb.Context(), s)
	ok(tb, err)
	return c
}

// send publishes a message for each ID.
func send(tb testing.TB, tr *memory.Transport, channel string, ids ...string) {
	tb.Helper()
	for _, id := range ids {
		ok(tb, tr.Publish(tb.Context(), &transport.Message{ID: id, Channel: channel}))
	}
}

// sendKey publishes a message of a key for each ID.
func sendKey(tb testing.TB, tr *memory.Transport, channel, key string, ids ...string) {
	tb.Helper()
	for _, id := range ids {
		ok(tb, tr.Publish(tb.Context(), &transport.Message{ID: id, Channel: channel, Key: key}))
	}
}

func receive(tb testing.TB, c transport.Consumer, limit int) []*transport.Delivery {
	tb.Helper()
	ds, err := c.Receive(tb.Context(), limit)
	ok(tb, err)
	return ds
}

// take receives up to limit messages and checks that they are these.
func take(tb testing.TB, c transport.Consumer, limit int, want ...string) []*transport.Delivery {
	tb.Helper()
	ds := receive(tb, c, limit)
	same(tb, "received", ids(ds), want)
	return ds
}

// ack receives up to limit messages, checks that they are these, and acks them.
func ack(tb testing.TB, c transport.Consumer, limit int, want ...string) {
	tb.Helper()
	for _, d := range take(tb, c, limit, want...) {
		ok(tb, d.Ack(tb.Context()))
	}
}

// nothing checks that there is nothing to receive. It costs a nanosecond of the bubble's time.
func nothing(tb testing.TB, c transport.Consumer) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Nanosecond)
	defer cancel()
	ds, err := c.Receive(ctx, 10)
	if !errors.Is(err, context.DeadlineExceeded) {
		tb.Fatalf("received %q, %v; want nothing", ids(ds), err)
	}
}

func depth(tb testing.TB, tr *memory.Transport, s transport.Subscription) transport.Depth {
	tb.Helper()
	d, err := tr.Depth(tb.Context(), s.ID)
	ok(tb, err)
	return d
}

func deadLetters(tb testing.TB, tr *memory.Transport, s transport.Subscription) transport.DeadLetters {
	tb.Helper()
	dl, err := tr.DeadLetters(tb.Context(), s.ID)
	ok(tb, err)
	return dl
}

func ids(ds []*transport.Delivery) []string {
	var ids []string
	for _, d := range ds {
		ids = append(ids, d.Message.ID)
	}
	return ids
}

func ok(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// fails checks that err wraps target and reads as it should.
func fails(tb testing.TB, err, target error, text string) {
	tb.Helper()
	if !errors.Is(err, target) || err.Error() != text {
		tb.Errorf("the error is %v, want %q, which wraps %v", err, text, target)
	}
}

func same[T comparable](tb testing.TB, what string, got, want []T) {
	tb.Helper()
	if !slices.Equal(got, want) {
		tb.Fatalf("%s: %v, want %v", what, got, want)
	}
}

func equal[T comparable](tb testing.TB, what string, got, want T) {
	tb.Helper()
	if got != want {
		tb.Fatalf("%s is %v, want %v", what, got, want)
	}
}
