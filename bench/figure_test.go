package main

import "testing"

func TestFigureIsALine(t *testing.T) {
	f := figure{measure: measure{name: "n", unit: "us"}, peer: "p", ours: series{9, 2, 1}, theirs: series{4}}
	if got, want := f.String(), "BENCH n ours=2.000 p=4.000 ratio=2.000 unit=us"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f.more = true
	if got, want := f.String(), "BENCH n ours=2.000 p=4.000 ratio=0.500 unit=us"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBar(t *testing.T) {
	f := figure{ours: series{2}, theirs: series{4}} // a ratio of 2
	for _, test := range []struct {
		bar  bar
		met  bool
		text string
	}{
		{bar{}, true, ""},
		{bar{ratio: 2}, true, "ratio ≥ 2"},
		{bar{ratio: 2.5}, false, "ratio ≥ 2.5"},
		{bar{ours: 2}, true, "ours ≤ 2"},
		{bar{ours: 1}, false, "ours ≤ 1"},
	} {
		if test.bar.met(f) != test.met || test.bar.String() != test.text {
			t.Errorf("%+v: met is %v and text %q, want %v and %q", test.bar, !test.met, test.bar, test.met, test.text)
		}
	}
}
