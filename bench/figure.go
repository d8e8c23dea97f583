package main

import "fmt"

// measure is what is measured.
type measure struct {
	name, unit string
	more       bool // is better
}

// figure is a measure of ours beside a peer's.
type figure struct {
	measure
	peer         string
	ours, theirs series
	bar          bar
}

// ratio of the medians. It is above 1 where ours is better.
func (f figure) ratio() float64 {
	if f.more {
		return f.ours.median() / f.theirs.median()
	}
	return f.theirs.median() / f.ours.median()
}

// String is the figure's line.
func (f figure) String() string {
	return fmt.Sprintf("BENCH %s ours=%.3f %s=%.3f ratio=%.3f unit=%s",
		f.name, f.ours.median(), f.peer, f.theirs.median(), f.ratio(), f.unit)
}
