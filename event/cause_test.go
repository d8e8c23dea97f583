package event_test

import (
	"testing"

	"github.com/framebus/framebus/event"
)

func TestCause(t *testing.T) {
	if got := event.CauseFrom(t.Context()); got != (event.Cause{}) {
		t.Errorf("got %+v from a context without a cause", got)
	}
	outer := event.WithCause(t.Context(), event.Cause{EventID: "1", CorrelationID: "c"})
	inner := event.WithCause(outer, event.Cause{EventID: "2"})
	if got := event.CauseFrom(outer); got != (event.Cause{EventID: "1", CorrelationID: "c"}) {
		t.Errorf("got %+v", got)
	}
	if got := event.CauseFrom(inner); got != (event.Cause{EventID: "2"}) {
		t.Errorf("got %+v: a cause replaces the one before as a whole", got)
	}
}
