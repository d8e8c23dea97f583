package middleware

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
)

func TestLog(t *testing.T) {
	policy := Policy{Delays: []time.Duration{10 * time.Second}}
	always := []string{"action", "attempt", "channel", "duration", "id", "key", "listener"}
	for _, tt := range []struct {
		name     string
		receives int
		h        message.HandlerFunc
		level    slog.Level
		text     string
		also     map[string]any // beside the attributes that are always there
	}{
		{"done", 1, returns(nil).handle, slog.LevelDebug, "event handled", nil},
		{"skip", 1, returns(ErrSkip).handle, slog.LevelDebug, "event skipped", map[string]any{"error": "event skipped"}},
		{"release", 1, returns(ErrRelease).handle, slog.LevelInfo, "event released", map[string]any{"error": "event released"}},
		{"pause", 1, returns(Pause(time.Minute, ErrOpen)).handle, slog.LevelInfo, "event released, listener paused",
			map[string]any{"error": "circuit breaker is open", "pause": time.Minute}},
		{"failure", 1, returns(errBroken).handle, slog.LevelWarn, "event failed, it comes again",
			map[string]any{"error": "broken", "delay": 10 * time.Second}},
		{"dead letter", 2, returns(errBroken).handle, slog.LevelError, "event dead-lettered", map[string]any{"error": "broken"}},
		{"acked early", 1, func(msg *message.Message) ([]*message.Message, error) {
			msg.Ack()
			return nil, errBroken
		}, slog.LevelWarn, "event failed", map[string]any{"error": "broken"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := &logs{level: slog.LevelDebug}
				_, msg, _ := deliver(t, given{receives: tt.receives})
				sleeps := func(msg *message.Message) ([]*message.Message, error) {
					time.Sleep(time.Second)
					return tt.h(msg)
				}
				_, _ = chain(sleeps, Log(slog.New(log)), Poison(policy, quiet()))(msg)
				if len(log.lines) != 1 {
					t.Fatalf("got %v", log.lines)
				}
				got := log.lines[0]
				equal(t, "level", got.level, tt.level)
				equal(t, "text", got.text, "framebus: "+tt.text)
				want := map[string]any{
					"listener": "finance/Order", "channel": "Order", "action": "created", "id": "e1", "key": "42",
					"attempt": int64(max(tt.receives, 1)), "duration": time.Second,
				}
				equal(t, "attributes that are always there", strings.Join(slices.Sorted(maps.Keys(want)), " "), strings.Join(always, " "))
				maps.Copy(want, tt.also)
				if !maps.Equal(got.attrs, want) {
					t.Errorf("got %v, want %v", got.attrs, want)
				}
			})
		})
	}
}

func TestLogShowsThePanicsStack(t *testing.T) {
	for receives, text := range map[int]string{1: "framebus: event failed, it comes again", 3: "framebus: event dead-lettered"} {
		log := &logs{}
		_, msg, _ := deliver(t, given{receives: receives})
		_, _ = chain(panics("boom"), Log(slog.New(log)), Poison(twice(), quiet()), Retry(Policy{}), Recover())(msg)
		equal(t, "text", log.lines[0].text, text)
		equal(t, "error", log.lines[0].attrs["error"], any("panic: boom"))
		if stack, _ := log.lines[0].attrs["stack"].(string); !strings.Contains(stack, "recover_test.go") {
			t.Errorf("got the stack %q", stack)
		}
	}
}

func TestLogOfUndecodableBody(t *testing.T) {
	log := &logs{}
	_, msg, _ := deliver(t, given{body: []byte("{")})
	_, _ = chain(returns(Permanent(errBroken)).handle, Log(slog.New(log)), Poison(Policy{}, quiet()))(msg)
	for name, want := range map[string]string{"id": "e1", "channel": "Order", "action": "created", "key": "42"} {
		equal(t, name, log.lines[0].attrs[name], any(want))
	}
}

func TestLogReadsTheEventBeforeTheAttributes(t *testing.T) {
	log := &logs{}
	_, msg, _ := deliver(t, given{body: []byte(`{"channel":"Part","action":"deleted","data":{}}`)})
	_, _ = Log(slog.New(log))(returns(errBroken).handle)(msg)
	equal(t, "channel", log.lines[0].attrs["channel"], any("Part"))
	equal(t, "action", log.lines[0].attrs["action"], any("deleted"))
}

func TestLogWithoutDelivery(t *testing.T) {
	log := &logs{}
	_, _ = Log(slog.New(log))(returns(errBroken).handle)(plain(t))
	equal(t, "text", log.lines[0].text, "framebus: event failed")
	equal(t, "id", log.lines[0].attrs["id"], any("m1"))
}

// deafHandler is a slog.Handler with everything off. It fails the test if it is given anything.
type deafHandler struct{ t *testing.T }

func (deafHandler) Enabled(context.Context, slog.Level) bool { return false }
func (h deafHandler) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h deafHandler) WithGroup(string) slog.Handler          { return h }
func (h deafHandler) Handle(context.Context, slog.Record) error {
	h.t.Error("logged with the level off")
	return nil
}

// loudError fails the test when its text is asked for.
type loudError struct{ t *testing.T }

func (e loudError) Error() string {
	e.t.Error("the error's text was computed")
	return ""
}

func TestLogComputesNothingWhenOff(t *testing.T) {
	_, msg, _ := deliver(t, given{})
	_, _ = Log(slog.New(deafHandler{t}))(returns(loudError{t}).handle)(msg)
}

func TestLogNilLogger(t *testing.T) {
	buf := captureDefault(t)
	_, msg, _ := deliver(t, given{})
	_, _ = Log(nil)(returns(nil).handle)(msg)
	if !strings.Contains(buf.String(), "event handled") {
		t.Errorf("logged %q", buf)
	}
}
