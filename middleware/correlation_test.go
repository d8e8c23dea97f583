package middleware

import (
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	watermill "github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"github.com/framebus/framebus/event"
)

func TestCorrelationNamesMetadataAsWatermillDoes(t *testing.T) {
	equal(t, "name", metadataCorrelationID, watermill.CorrelationIDMetadataKey)
}

func TestCorrelation(t *testing.T) {
	inChain := testEvent()
	inChain.CorrelationID, inChain.CausationID = "c1", "e0"
	for _, tt := range []struct {
		name     string
		body     []byte
		foreign  bool
		uuid     string
		metadata string
		want     event.Cause
	}{
		{"first event of a chain", encode(t, testEvent()), false, "", "", event.Cause{EventID: "e1", CorrelationID: "e1"}},
		{"event of a chain", encode(t, inChain), false, "", "", event.Cause{EventID: "e1", CorrelationID: "c1"}},
		{"the document wins over metadata", encode(t, inChain), false, "", "w1", event.Cause{EventID: "e1", CorrelationID: "c1"}},
		{"metadata of a publisher on Watermill", encode(t, testEvent()), false, "", "w1", event.Cause{EventID: "e1", CorrelationID: "w1"}},
		{"undecodable", []byte("{"), false, "", "w1", event.Cause{}},
		{"no delivery", nil, true, "m1", "", event.Cause{EventID: "m1", CorrelationID: "m1"}},
		{"no delivery, metadata", nil, true, "m1", "w1", event.Cause{EventID: "m1", CorrelationID: "w1"}},
		{"no delivery, no UUID, metadata", nil, true, "", "w1", event.Cause{CorrelationID: "w1"}},
		{"no delivery, nothing known", nil, true, "", "", event.Cause{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, msg, _ := deliver(t, given{body: tt.body})
			if tt.foreign {
				msg = plain(t)
				msg.UUID = tt.uuid
			}
			if tt.metadata != "" {
				msg.Metadata.Set("correlation_id", tt.metadata)
			}
			before := msg.Context()
			ran := false
			_, err := Correlation()(func(msg *message.Message) ([]*message.Message, error) {
				ran = true
				equal(t, "cause", event.CauseFrom(msg.Context()), tt.want)
				if tt.want.CorrelationID != "" {
					equal(t, "metadata", msg.Metadata.Get("correlation_id"), tt.want.CorrelationID)
				} else {
					equal(t, "metadata", msg.Metadata.Get("correlation_id"), tt.metadata)
				}
				return nil, errBroken
			})(msg)
			equal(t, "ran", ran, true)
			equal(t, "error", err, errBroken)
			equal(t, "context restored", msg.Context() == before, true)
		})
	}
}

func TestCorrelationOfProducedMessages(t *testing.T) {
	_, msg, _ := deliver(t, given{})
	msg.Metadata = nil
	own := message.NewMessage("2", nil)
	own.Metadata.Set("correlation_id", "own")
	produced, err := Correlation()(func(*message.Message) ([]*message.Message, error) {
		return []*message.Message{message.NewMessage("1", nil), own, nil, {UUID: "3"}}, nil
	})(msg)
	if err != nil || len(produced) != 4 {
		t.Fatalf("got %v, %v", produced, err)
	}
	for i, want := range map[int]string{0: "e1", 1: "own", 3: "e1"} {
		equal(t, "correlation_id", produced[i].Metadata.Get("correlation_id"), want)
	}
}

// Watermill's CorrelationID covers the messages that a handler returns and not those that it publishes.
func TestCorrelationCoversDirectPublishes(t *testing.T) {
	_, msg, _ := deliver(t, given{})
	var published event.Cause
	publish := func(msg *message.Message) ([]*message.Message, error) {
		published = event.CauseFrom(msg.Context()) // what the bus's Publish looks at
		return nil, nil
	}
	_, _ = Correlation()(Timeout(1e9)(publish))(msg)
	equal(t, "cause", published, event.Cause{EventID: "e1", CorrelationID: "e1"})
}
