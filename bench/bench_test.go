package main

import (
	"testing"
	"time"
)

func TestEveryPeerHandlesAll(t *testing.T) {
	w := work{body: body(), publishers: 4, duration: time.Minute, most: 50}
	for _, p := range peers() {
		t.Run(p.name, func(t *testing.T) {
			r, err := flood(t.Context(), p, w)
			if err != nil {
				t.Fatal(err)
			}
			if r.published != 200 || r.handled != 200 {
				t.Errorf("published %d, handled %d, want 200", r.published, r.handled)
			}
			took, err := single(t.Context(), p, w)
			if err != nil {
				t.Fatal(err)
			}
			if len(took) != 50 {
				t.Errorf("%d events one at a time, want 50", len(took))
			}
		})
	}
}

func TestStatistics(t *testing.T) {
	if m := median([]float64{3, 1, 2}); m != 2 {
		t.Errorf("the median of three is %v, want 2", m)
	}
	if m := median([]float64{4, 1, 2, 3}); m != 2.5 {
		t.Errorf("the median of four is %v, want 2.5", m)
	}
	var sorted []time.Duration
	for i := range 200 {
		sorted = append(sorted, time.Duration(i+1))
	}
	if p := percentile(sorted, 99); p != 198 {
		t.Errorf("p99 of 200 is %d, want 198", p)
	}
	if p := percentile(sorted[:1], 50); p != 1 {
		t.Errorf("p50 of one is %d, want 1", p)
	}
}

func TestFigure(t *testing.T) {
	f := figure{name: "n", peer: "p", unit: "us", ours: 2, theirs: 4}
	if got, want := f.String(), "BENCH n ours=2.000 p=4.000 ratio=2.000 unit=us"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f.more = true
	if got, want := f.String(), "BENCH n ours=2.000 p=4.000 ratio=0.500 unit=us"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
