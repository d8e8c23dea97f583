package bustest

import (
	"encoding/json"
	"iter"
	"slices"

	"github.com/framebus/framebus/bus"
)

// WantPublishedData fails the test unless these are the data of the events that were published on the channel,
// each as often as it is given, and no others. Their order does not matter, since handlers that run at the
// same time publish in any. Data is compared as the JSON of a T, which is how it travels.
func WantPublishedData[T any](h *Harness, channel string, data ...T) {
	h.t.Helper()
	wantData(h, "published on "+channel, Published[T](h, channel), data)
}

// WantHandledData fails the test unless these are the data of the events that the listener has handled, by the
// rules of [WantPublishedData]. An event that was handled twice is there twice.
func WantHandledData[T any](h *Harness, listener string, data ...T) {
	h.t.Helper()
	wantData(h, "handled by "+listener, Handled[T](h, listener), data)
}

func wantData[T any](h *Harness, what string, events iter.Seq[bus.Event[T]], data []T) {
	h.t.Helper()
	var missing, surplus []string
	for _, d := range data {
		missing = append(missing, inJSON(h, d))
	}
	for e := range events {
		got := inJSON(h, e.Data)
		if i := slices.Index(missing, got); i >= 0 {
			missing = slices.Delete(missing, i, i+1)
		} else {
			surplus = append(surplus, got)
		}
	}
	switch {
	case len(missing) > 0 && len(surplus) > 0:
		h.errorf("%s: not %s but %s", what, list(missing), list(surplus))
	case len(missing) > 0:
		h.errorf("%s: not %s", what, list(missing))
	case len(surplus) > 0:
		h.errorf("%s: %s, which was not wanted", what, list(surplus))
	}
}

func inJSON(h *Harness, data any) string {
	h.t.Helper()
	text, err := json.Marshal(data)
	if err != nil {
		h.fatalf("the data cannot travel: %v", err)
	}
	return string(text)
}
