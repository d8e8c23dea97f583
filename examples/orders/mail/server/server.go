// Package server stands in for a mail server, one that has bad days.
package server

import (
	"context"
	"errors"
	"hash/fnv"

	"github.com/framebus/framebus/examples/orders/shop"
)

// Of the orders' mails, 1 in busyEvery is refused the first time, and 1 in unknownEvery every time. Which
// ones is a matter of the order's ID, so that every run of the program tells the same story.
const (
	busyEvery    = 50
	unknownEvery = 400
)

// ErrBusy is what passes, ErrUnknown what does not.
var (
	ErrBusy    = errors.New("mail server: 451 busy, try again")
	ErrUnknown = errors.New("mail server: 550 no such mailbox")
)

// Mail is a confirmation of an order.
type Mail struct {
	Order, Customer shop.ID
	// Attempt is the number of this try at sending it, from 1.
	Attempt int
}

// Server sends mails. The zero value is ready.
type Server struct{}

// Send sends a mail, or says why it could not.
func (Server) Send(_ context.Context, m Mail) error {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(m.Order)) // a hash never fails
	switch n := hash.Sum32(); {
	case n%unknownEvery == 0:
		return ErrUnknown
	case n%busyEvery == 0 && m.Attempt == 1:
		return ErrBusy
	}
	return nil
}
