package middleware_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/transport"
)

// inStack runs a handler inside of a stack on a delivery of an event.
func inStack(t *testing.T, s middleware.Stack, handler message.HandlerFunc) *message.Message {
	t.Helper()
	env := event.Envelope{ID: "1", Source: "shop", Channel: "Order", Action: event.Created, CorrelationID: "story"}
	body, err := env.Encode()
	if err != nil {
		t.Fatal(err)
	}
	m := &transport.Message{ID: "1", Channel: "Order", Body: body}
	d := transport.NewDelivery(m, &transport.Subscription{ID: transport.ID{Service: "s", Name: "n"}}, 1, nil, nil)
	for _, mw := range slices.Backward(s.Middleware()) {
		handler = mw(handler)
	}
	msg := d.ToWatermill(d.Context(t.Context()))
	_, _ = handler(msg)
	return msg
}

func quietStack() middleware.Stack {
	return middleware.Stack{Logger: slog.New(slog.DiscardHandler), Policy: middleware.Policy{Immediate: 1}}
}

// What a handler sees of the message is told to it, and kept for its next run; what nobody can see is not.
func TestStackUnseen(t *testing.T) {
	for _, c := range []struct {
		name         string
		unseen, user bool
		want         string
	}{
		{"a handler of messages", false, false, "story"},
		{"a handler of events", true, false, ""},
		{"a handler of events behind middleware of the user's", true, true, "story"},
	} {
		s := quietStack()
		s.Unseen = c.unseen
		if c.user {
			s.User = []message.HandlerMiddleware{func(h message.HandlerFunc) message.HandlerFunc { return h }}
		}
		runs := 0
		inStack(t, s, func(msg *message.Message) ([]*message.Message, error) {
			if got := msg.Metadata.Get("correlation_id"); got != c.want {
				t.Errorf("%s: the correlation is %q, want %q", c.name, got, c.want)
			}
			if got := event.CauseFrom(msg.Context()); got.CorrelationID != "story" || got.EventID != "1" {
				t.Errorf("%s: the cause is %+v", c.name, got)
			}
			if runs++; !c.unseen || c.user {
				if string(msg.Payload[:1]) != "{" {
					t.Errorf("%s: run %d gets what the one before has left", c.name, runs)
				}
				msg.Payload[0] = 'x'
			}
			return nil, errors.New("again")
		})
		if runs != 2 {
			t.Errorf("%s: %d runs, want 2", c.name, runs)
		}
	}
}

// Each part is at its place: what is outermost sees what all the others have made of it.
func TestStackOrder(t *testing.T) {
	s := quietStack()
	var got []string
	s.Observe = func(_ context.Context, r middleware.Result) {
		got = append(got, "observe "+r.Decision.String()+" "+r.Outcome.String())
	}
	s.User = []message.HandlerMiddleware{func(h message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			got = append(got, "user")
			produced, err := h(msg)
			if _, panicked := errors.AsType[*middleware.PanicError](err); panicked {
				got = append(got, "user again")
			}
			return produced, err
		}
	}}
	s.Policy.Delays = middleware.DefaultPolicy().Delays
	inStack(t, s, func(*message.Message) ([]*message.Message, error) {
		got = append(got, "run")
		panic("sick")
	})
	if want := []string{"user", "run", "run", "user again", "observe fail retried"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
