package event_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/framebus/framebus/event"
)

func TestErrorText(t *testing.T) {
	cause := errors.New("cause")
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&event.DecodeError{Reason: "is odd", Err: cause}, "event: decode: is odd"},
		{&event.DecodeError{Field: "data.total", Offset: 17, Reason: "is odd", Err: cause}, "event: decode data.total: is odd (offset 17)"},
		{&event.EncodeError{Reason: "is odd", Err: cause}, "event: encode: is odd"},
		{&event.EncodeError{Channel: "Order", Reason: "is odd", Err: cause}, "event: encode Order.: is odd"},
		{&event.EncodeError{Channel: "Order", Action: "made", Field: "id", Reason: "is odd", Err: cause}, "event: encode Order.made: id: is odd"},
	} {
		if tt.err.Error() != tt.want {
			t.Errorf("got %q, want %q", tt.err, tt.want)
		}
		if !errors.Is(tt.err, cause) {
			t.Errorf("%v does not wrap its cause", tt.err)
		}
	}
}

// TestErrorsWrap: the error of encoding/json can be asked for.
func TestErrorsWrap(t *testing.T) {
	_, err := event.As[order](&event.Envelope{Data: json.RawMessage(`{"id":"x"}`)})
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok || mismatch.Field != "id" {
		t.Errorf("got %v", err)
	}
}

// TestErrorsAreShort: an error goes into logs and dead letters, however large the value at fault.
func TestErrorsAreShort(t *testing.T) {
	long := strings.Repeat("äx", 100_000)
	for _, body := range []string{
		`{"channel":"Order","action":"created","time":"` + long + `"}`,
		`{"channel":"` + long + `","action":"created"}`,
		`{"channel":"Order","action":"` + long + `"}`,
		`{"channel":"Order","action":"created","` + long + `":1,"` + long + `":2}`,
		`{"specversion":"` + long + `"}`,
		`{"specversion":"1.0","id":"1","source":"s","type":"` + long + `"}`,
	} {
		_, err := event.Decode([]byte(body), event.Received{})
		checkShort(t, err)
	}
	if _, err := (&event.Envelope{ID: "1", Source: strings.Repeat("\xa5", 65), Channel: "c", Action: "a"}).Encode(); err == nil {
		t.Error("bytes that are no text pass for a source")
	}
	for _, env := range []event.Envelope{
		{ID: "1", Source: "s", Channel: long, Action: "a"},
		{ID: "1", Source: "s", Channel: "c", Action: event.Action(long)},
		{ID: "1", Source: long, Channel: "c", Action: "a"},
		{ID: "1", Source: "s", Channel: "c", Action: "a", Key: long},
		{ID: "1", Source: "s", Channel: "c", Action: "a", ContentType: long},
		{ID: "1", Source: "s", Channel: "c", Action: "a", Extensions: map[string]string{long: "x"}},
		{ID: "1", Source: "s", Channel: "c", Action: "a", Extensions: map[string]string{"dataschema": long}},
	} {
		_, err := env.Encode()
		checkShort(t, err)
	}
}

func checkShort(t *testing.T, err error) {
	t.Helper()
	if err == nil || len(err.Error()) > 400 || !utf8.ValidString(err.Error()) {
		t.Errorf("got %.500v", err)
	}
}
