package main

import (
	"slices"
	"testing"
	"time"
)

// few is so little work that it is done when all publishers have published their events.
func few() work { return work{body: body(), publishers: 4, duration: time.Minute, most: 50} }

func TestEveryPeerHandlesAll(t *testing.T) {
	for name, peers := range map[string][]peer{"raw": rawPeers(), "typed": typedPeers(), "fanout": fanoutPeers()} {
		for _, p := range peers {
			t.Run(name+"/"+p.name, func(t *testing.T) {
				r, err := flood(t.Context(), p, few())
				if err != nil {
					t.Fatal(err)
				}
				if want := 200 * p.deliveries(); r.published != 200 || r.handled != want {
					t.Errorf("published %d and handled %d, want 200 and %d", r.published, r.handled, want)
				}
			})
		}
	}
}

// Here each event has a system to itself: one that is handled twice is in the way of the next.
func TestEveryPeerHandlesOneAtATime(t *testing.T) {
	for _, p := range slices.Concat(rawPeers(), typedPeers()) {
		t.Run(p.name, func(t *testing.T) {
			w := few()
			if p.polls {
				w.most = 2
			}
			took, err := single(t.Context(), p, w)
			if err != nil {
				t.Fatal(err)
			}
			if len(took) != w.most {
				t.Errorf("%d events, want %d", len(took), w.most)
			}
			for _, d := range took {
				if d <= 0 {
					t.Errorf("an event was handled %s after it was published", d)
				}
			}
		})
	}
}
