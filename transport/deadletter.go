package transport

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what is recorded of a failing message, so that a record always fits beside it.
const (
	maxError    = 1024 // bytes of one error's text
	maxChain    = 8    // errors of a chain
	maxFailures = 20   // attempts of a record: the first, and the last ones
)

// Failure is one failed run of a handler.
type Failure struct {
	// Attempt is the number of the run, from 1.
	Attempt int `json:"attempt"`
	// Delivery is the number of the delivery that it was part of, from 1: a delivery may have several
	// attempts.
	Delivery int `json:"delivery"`
	// Time when it failed, in UTC.
	Time time.Time `json:"time"`
	// Error is the error's text, at most 1 KiB of it.
	Error string `json:"error"`
}

// Record says why a message became a dead letter.
type Record struct {
	// Listener is the subscription that it died in, "service/name".
	Listener string `json:"listener"`
	// Reason is the last error's text, at most 1 KiB.
	Reason string `json:"reason"`
	// Chain is that error and what it wraps, outermost first, at most 8 texts of 1 KiB.
	Chain []string `json:"chain,omitempty"`
	// Receives is how often the broker had handed the message out.
	Receives int `json:"receives"`
	// Attempts are the failed runs, oldest first; above 20, the first and the last 19. It is empty if the
	// broker itself gave the message up, having seen nobody fail.
	Attempts []Failure `json:"attempts,omitempty"`
	// Omitted is how many attempts are left out after the first.
	Omitted int `json:"omitted,omitempty"`
	// FirstFailure and LastFailure are the times of the first and last attempt; both the time of the record
	// if there is none.
	FirstFailure time.Time `json:"first_failure"`
	LastFailure  time.Time `json:"last_failure"`
}

// NewRecord returns the record for a message of the subscription that failed with these failures and is
// given up for the reason; nil if nobody gave one.
func NewRecord(sub ID, receives int, failures []Failure, reason error) Record {
	if reason == nil {
		reason = errors.New("no reason given")
	}
	r := Record{Listener: sub.String(), Reason: bounded(reason.Error(), maxError), Receives: receives}
	r.FirstFailure = time.Now().UTC()
	r.LastFailure = r.FirstFailure
	if len(failures) > 0 {
		r.FirstFailure, r.LastFailure = failures[0].Time, failures[len(failures)-1].Time
	}
	r.Chain = chain(nil, reason)
	r.Attempts = append(r.Attempts, failures...)
	if extra := len(failures) - maxFailures; extra > 0 {
		r.Omitted = extra
		r.Attempts = append(r.Attempts[:1], failures[1+extra:]...)
	}
	return r
}

// chain appends the texts of err and of what it wraps, depth first.
func chain(texts []string, err error) []string {
	if err == nil || len(texts) == maxChain {
		return texts
	}
	texts = append(texts, bounded(err.Error(), maxError))
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			texts = chain(texts, e)
		}
		return texts
	}
	return chain(texts, errors.Unwrap(err))
}

// bounded makes s UTF-8, which is what records are kept as, and cuts it to at most limit bytes, at a rune's
// edge, and marks the cut.
func bounded(s string, limit int) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	if len(s) <= limit {
		return s
	}
	const mark = "..."
	cut := limit - len(mark)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + mark
}

// DeadLetter is a message that its listener could not take.
type DeadLetter struct {
	// ID names the dead letter within its subscription. It is not the message's ID: a message may die twice.
	ID string
	// Message is as it was published.
	Message *Message
	// Why it died, and Time when.
	Why  Record
	Time time.Time
}

// DeadLetters are those of one subscription. All methods are safe for concurrent use.
type DeadLetters interface {
	// List returns up to limit dead letters in order of their death, from the first after the ID given,
	// from the oldest if it is "". Fewer than limit means that there are no more.
	List(ctx context.Context, after string, limit int) ([]DeadLetter, error)
	// Redrive puts dead letters back into the subscription that they died in, and no other, as if newly
	// published: received never, no failures. Without IDs it takes all that there are. It returns how many
	// it put back. An ID that is not there is an error that names it, after the others are put back.
	Redrive(ctx context.Context, ids ...string) (int, error)
	// Purge deletes dead letters for good, by the rules of Redrive.
	Purge(ctx context.Context, ids ...string) (int, error)
}

// DeadLetterer is a Transport whose dead letters can be looked at.
type DeadLetterer interface {
	// DeadLetters returns the dead letters of a subscription, which need not be open here. The error says so
	// if the subscription does not exist.
	DeadLetters(ctx context.Context, sub ID) (DeadLetters, error)
}
