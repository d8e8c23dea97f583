package main

import "context"

// limit is the name of what no bus can reach.
const limit = "channel"

// openChannel opens a plain channel: the physical limit. It promises nothing.
func openChannel(_ context.Context, body []byte, handled func()) (system, error) {
	events, done := make(chan []byte, defaultWindow), make(chan struct{})
	go func() {
		for range events {
			handled()
		}
		close(done)
	}()
	return system{
		publish: func(context.Context) error { events <- body; return nil },
		close:   func() error { close(events); <-done; return nil },
	}, nil
}
