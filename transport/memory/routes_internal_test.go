package memory

import (
	"strconv"
	"testing"

	"github.com/framebus/framebus/transport"
)

// The names of channels come from publishers: however many they invent, the broker remembers a bounded
// number, and none that nobody listens to. Those it does not remember are served all the same.
func TestRememberedChannelsAreBounded(t *testing.T) {
	tr := New()
	c, err := tr.Subscribe(t.Context(), transport.Subscription{ID: transport.ID{Service: "s", Name: "n"}, Pattern: "wanted*"})
	if err != nil {
		t.Fatal(err)
	}
	const channels = 3 * maxRemembered
	for i := range channels {
		for _, channel := range []string{"wanted", "unwanted"} {
			if err := tr.Publish(t.Context(), &transport.Message{Channel: channel + strconv.Itoa(i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	remembered := *tr.broker.routes.Load().remembered.Load()
	if len(remembered) != maxRemembered || remembered["unwanted0"] != nil {
		t.Errorf("%d channels are remembered, want %d", len(remembered), maxRemembered)
	}
	ds, err := c.Receive(t.Context(), 2*channels)
	if len(ds) != channels || err != nil {
		t.Errorf("received %d of %d messages, %v", len(ds), channels, err)
	}
}
