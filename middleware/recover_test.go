package middleware

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
)

func panics(value any) message.HandlerFunc {
	return func(*message.Message) ([]*message.Message, error) { panic(value) }
}

func exits(*message.Message) ([]*message.Message, error) {
	runtime.Goexit()
	return nil, nil
}

func TestRecover(t *testing.T) {
	var nilMap map[string]int
	for _, tt := range []struct {
		name  string
		h     message.HandlerFunc
		text  string
		wraps error
	}{
		{"text", panics("boom"), "panic: boom", nil},
		{"error", panics(fmt.Errorf("read: %w", io.EOF)), "panic: read: EOF", io.EOF},
		{"net/http's abort", panics(http.ErrAbortHandler), "panic: net/http: abort Handler", http.ErrAbortHandler},
		{"an outcome", panics(Permanent(errBroken)), "panic: broken", errBroken},
		{"runtime error", func(*message.Message) ([]*message.Message, error) {
			nilMap["x"] = 1
			return nil, nil
		}, "panic: assignment to entry in nil map", nil},
		{"any value", panics(struct{ A int }{7}), "panic: {7}", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			produced, err := Recover()(tt.h)(plain(t))
			p, ok := errors.AsType[*PanicError](err)
			if !ok || produced != nil {
				t.Fatalf("got %v, %v", produced, err)
			}
			equal(t, "text", err.Error(), tt.text)
			if tt.wraps != nil && !errors.Is(err, tt.wraps) {
				t.Errorf("it does not wrap %v", tt.wraps)
			}
			equal(t, "decision", Decide(t.Context(), err), Fail)
			if !strings.Contains(string(p.Stack), "recover_test.go") {
				t.Errorf("the stack does not show the handler:\n%s", p.Stack)
			}
		})
	}
}

func TestRecoverPanicNil(t *testing.T) {
	_, err := Recover()(panics(nil))(plain(t))
	if _, ok := errors.AsType[*runtime.PanicNilError](err); !ok || Decide(t.Context(), err) != Fail {
		t.Errorf("got %v, want the failure that panic(nil) is", err)
	}
}

// Watermill's Recoverer has 1.4 KB of stack in its error's text.
func TestRecoverKeepsStackOutOfText(t *testing.T) {
	_, err := Recover()(panics("boom"))(plain(t))
	if s := err.Error(); strings.Contains(s, "goroutine") || len(s) > 50 {
		t.Errorf("got %q", s)
	}
}

func TestPanicErrorTextIsBounded(t *testing.T) {
	err := &PanicError{Value: strings.Repeat("é", 10_000)}
	want := "panic: " + strings.Repeat("é", maxPanic/2) + "..."
	equal(t, "text", err.Error(), want)
	err = &PanicError{Value: "x" + strings.Repeat("é", 10_000)}
	equal(t, "text cut in a rune", err.Error(), "panic: x"+strings.Repeat("é", maxPanic/2-1)+"...")
}

func TestRecoverPassesResultsThrough(t *testing.T) {
	out := []*message.Message{message.NewMessage("2", nil)}
	produced, err := Recover()(func(*message.Message) ([]*message.Message, error) { return out, errBroken })(plain(t))
	if len(produced) != 1 || !errors.Is(err, errBroken) {
		t.Errorf("got %v, %v", produced, err)
	}
}

func TestRecoverLeavesGoexitAlone(t *testing.T) {
	msg, returned, done := plain(t), false, make(chan struct{})
	go func() {
		defer close(done)
		_, _ = Recover()(exits)(msg)
		returned = true
	}()
	<-done
	if returned {
		t.Error("nothing returns after Goexit")
	}
	equal(t, "text of the error that deferred calls see",
		(&PanicError{}).Error(), "panic: the handler ended its goroutine")
	equal(t, "what it wraps", (&PanicError{}).Unwrap(), nil)
}
