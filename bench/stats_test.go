package main

import (
	"testing"
	"time"
)

func TestSeries(t *testing.T) {
	s := series{3, 1, 2}
	if s.median() != 2 || s.min() != 1 || s.max() != 3 {
		t.Errorf("median, min and max of %v are %v, %v and %v", s, s.median(), s.min(), s.max())
	}
	if s[0] != 3 {
		t.Errorf("the median has sorted the runs: %v", s)
	}
	if m := (series{4, 1, 2, 3}).median(); m != 2.5 {
		t.Errorf("the median of four is %v, want 2.5", m)
	}
}

func TestPercentile(t *testing.T) {
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
