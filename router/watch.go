package router

import "time"

// watch sees to it that somebody receives in a crew whose handlers are quick, when one of them is not after all.
// Guarded by the crew's lock.
type watch struct {
	timer *time.Timer
	kept  bool
	turns int // of receiving, so far
	seen  int // turns, when the watch last looked
}

// watchEvery is for how long a crew of quick handlers may be without anybody who receives.
const watchEvery = time.Millisecond

// keepWatch makes the watch look later. mu is held.
func (c *crew) keepWatch() {
	w := &c.watch
	switch {
	case w.kept:
		return
	case w.timer == nil:
		w.timer = time.AfterFunc(watchEvery, c.look)
	default:
		w.timer.Reset(watchEvery)
	}
	w.kept = true
}

// look calls a worker if nobody has received since the last time: to receive, or to take over what waits in the hand of
// one who is held up. If somebody has received, it keeps watch on: so there is one setting of a timer for many events. Where
// a worker waits to receive, and nothing waits in a hand, there is nothing to watch.
func (c *crew) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &c.watch
	w.kept = false
	progress := w.turns != w.seen
	w.seen = w.turns
	switch {
	case c.dismissed || c.receivers > 0 && !progress && !c.waits():
	case progress:
		c.keepWatch()
	default:
		c.pace.note(watchEvery, 1) // it takes at least that
		if !c.called {
			c.call()
		}
	}
}

// stop ends the watch.
func (w *watch) stop() {
	if w.kept {
		w.timer.Stop()
		w.kept = false
	}
}
