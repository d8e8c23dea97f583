package transporttest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/framebus/framebus/transport"
)

func deadLetterRules() []rule {
	needs := []feature{deadLetters()}
	return []rule{{
		name: "dead/untouched",
		text: "A dead letter keeps the message as it was published, byte for byte, and is not received again, even " +
			"after its lease. It does not touch other listeners.",
		needs: needs, test: deadUntouched,
	}, {
		name: "dead/record",
		text: "A dead letter has one record of why: listener, reason, error chain, receives, every attempt with its " +
			"time, first and last failure.",
		needs: needs, test: deadRecord,
	}, {
		name:  "dead/large",
		text:  "A record always fits beside its message, were that the largest and its failures many and long.",
		needs: needs, test: deadLarge,
	}, {
		name: "dead/list",
		text: "List returns up to limit dead letters in order of their death, from the first after the ID given. " +
			"Fewer than limit means that there are no more.",
		needs: needs, test: deadList,
	}, {
		name:  "dead/anywhere",
		text:  "Dead letters of a subscription need not be open here. The error says so if it does not exist.",
		needs: needs, test: deadAnywhere,
	}, {
		name: "dead/max-receives",
		text: "A message that was received MaxReceives times is moved to the dead letters by the broker itself, " +
			"instead of being received one more time, were it never settled.",
		needs: needs, test: deadMaxReceives,
	}}
}

// dead returns the dead letters of a subscription.
func (t *trial) dead(tr transport.Transport, id transport.ID) transport.DeadLetters {
	t.Helper()
	dl, ok := tr.(transport.DeadLetterer)
	if !ok {
		t.Fatalf("Features.DeadLetters is true, but the transport is no DeadLetterer")
	}
	letters, err := dl.DeadLetters(t.Context(), id)
	t.must(err, "reaching the dead letters of "+id.String())
	return letters
}

// listDead returns all dead letters of a subscription.
func (t *trial) listDead(tr transport.Transport, id transport.ID) []transport.DeadLetter {
	t.Helper()
	return t.list(t.dead(tr, id), "", 1000)
}

func (t *trial) list(letters transport.DeadLetters, after string, limit int) []transport.DeadLetter {
	t.Helper()
	page, err := letters.List(t.Context(), after, limit)
	t.must(err, "listing dead letters")
	return page
}

// oneDead waits until there is a dead letter, and returns it.
func (t *trial) oneDead(tr transport.Transport, id transport.ID) transport.DeadLetter {
	t.Helper()
	for end := time.Now().Add(t.h.Patience); ; t.sleep(t.h.Quiet / 10) {
		list := t.listDead(tr, id)
		if len(list) == 1 {
			return list[0]
		}
		if len(list) > 1 || time.Now().After(end) {
			t.Fatalf("%s has %d dead letters, want 1", id, len(list))
		}
	}
}

// kill publishes n messages and dead-letters them in order.
func (t *trial) kill(tr transport.Transport, c transport.Consumer, channel string, n int) []*transport.Message {
	t.Helper()
	ms := make([]*transport.Message, n)
	for i := range ms {
		ms[i] = t.send(tr, channel, 1)[0]
		t.bury(t.take(c), "killed as number "+number(ms[i]))
	}
	return ms
}

func deadUntouched(t *trial) {
	tr := t.connect()
	s := t.shortLease(t.listener("a", t.channel("Order")))
	c, other := t.subscribe(tr, s), t.subscribe(tr, t.listener("b", s.Pattern))
	m := t.keyed(s.Pattern, "42")
	m.Body = []byte("\x00\xff\xfe{\"not\": json\n\r\n ")
	m.Attributes = map[string]string{"kind": "test", "note": "a b"}
	t.publish(tr, m)
	d := t.take(c)
	t.bury(d, "hopeless")
	if got := d.Outcome(); got != transport.DeadLettered {
		t.Errorf("the outcome of a dead-lettered delivery is %s", got)
	}
	t.none(c, s.Lease+t.h.Quiet)
	letter := t.oneDead(tr, s.ID)
	if wrong := difference(letter.Message, m); wrong != "" {
		t.Errorf("of the dead letter, %s", wrong)
	}
	od := t.take(other)
	if wrong := difference(od.Message, m); wrong != "" || od.Receives != 1 {
		t.Errorf("another listener got %s: %s", describe(od), wrong)
	}
	t.ack(od)
	if n := len(t.listDead(tr, t.listener("b", s.Pattern).ID)); n != 0 {
		t.Errorf("the other listener has %d dead letters", n)
	}
}

func deadRecord(t *trial) {
	tr, c := t.oneMessage()
	id := t.listener("one", "").ID
	began := time.Now()
	d := t.take(c)
	d.Fail(errors.New("first failure"))
	t.sleep(10 * time.Millisecond)
	d.Fail(errors.New("second failure"))
	t.must(d.Retry(t.Context()), "retrying")
	d = t.take(c)
	d.Fail(errors.New("third failure"))
	inner := errors.New("no such customer")
	reason := fmt.Errorf("order 42: %w", inner)
	want := transport.NewRecord(id, d.Receives, d.Failures(), reason)
	t.must(d.DeadLetter(t.Context(), reason), "dead-lettering")

	letter := t.oneDead(tr, id)
	why := letter.Why
	if why.Listener != want.Listener || why.Reason != want.Reason || why.Receives != want.Receives ||
		!slices.Equal(why.Chain, want.Chain) || !slices.EqualFunc(why.Attempts, want.Attempts, sameFailure) {
		t.Errorf("the record is\n\t%+v, given was\n\t%+v", why, want)
	}
	if first, last := why.FirstFailure.Sub(want.FirstFailure).Abs(), why.LastFailure.Sub(want.LastFailure).Abs(); max(first, last) > time.Millisecond {
		t.Errorf("the record says first failure %s, last %s; given was %s and %s",
			why.FirstFailure, why.LastFailure, want.FirstFailure, want.LastFailure)
	}
	if want := 1; !t.features.History && len(why.Attempts) < want {
		t.Errorf("the record has %d attempts", len(why.Attempts))
	}
	if letter.ID == "" {
		t.Errorf("a dead letter has no ID")
	}
	if at := letter.Time; at.Before(began.Add(-t.slack())) || at.After(time.Now().Add(t.slack())) {
		t.Errorf("the dead letter's time is %s, it died between %s and %s", at, began, time.Now())
	}
}

func deadLarge(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	m := t.message(s.Pattern)
	m.Body = slices.Repeat([]byte("\xff\x00\"\\"), t.largest()/4)
	t.publish(tr, m)
	d := t.take(c)
	var reason error
	for i := range 30 {
		err := fmt.Errorf("attempt %d: %s", i, strings.Repeat("é\"\n", 1000))
		d.Fail(err)
		reason = errors.Join(reason, err)
	}
	want := transport.NewRecord(s.ID, 1, d.Failures(), reason)
	t.must(d.DeadLetter(t.Context(), reason), "dead-lettering a large message")
	letter := t.oneDead(tr, s.ID)
	if wrong := difference(letter.Message, m); wrong != "" {
		t.Errorf("of the dead letter, %s", wrong)
	}
	why := letter.Why
	if why.Reason != want.Reason || !slices.Equal(why.Chain, want.Chain) || why.Omitted != want.Omitted ||
		!slices.EqualFunc(why.Attempts, want.Attempts, sameFailure) {
		t.Errorf("the record has %d attempts, %d omitted, reason %s; given were %d, %d, %s", len(why.Attempts),
			why.Omitted, short(why.Reason), len(want.Attempts), want.Omitted, short(want.Reason))
	}
}

func deadList(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	letters := t.dead(tr, s.ID)
	if list := t.list(letters, "", 10); len(list) != 0 {
		t.Errorf("a subscription that nothing died in has %d dead letters", len(list))
	}
	ms := t.kill(tr, c, s.Pattern, 7)
	var got []transport.DeadLetter
	for _, want := range []int{3, 3, 1} {
		after := ""
		if len(got) > 0 {
			after = got[len(got)-1].ID
		}
		page := t.list(letters, after, 3)
		if len(page) != want {
			t.Fatalf("7 dead letters in pages of 3: the page after number %d has %d", len(got), len(page))
		}
		got = append(got, page...)
	}
	for i, letter := range got {
		if letter.Message.ID != ms[i].ID {
			t.Errorf("number %d of the list is message %s, message %s died as that", i+1, number(letter.Message), number(ms[i]))
		}
		if i > 0 && letter.Time.Before(got[i-1].Time) {
			t.Errorf("number %d of the list has the time %s, the one before %s", i+1, letter.Time, got[i-1].Time)
		}
	}
	if rest := t.list(letters, got[6].ID, 3); len(rest) != 0 {
		t.Errorf("after the last dead letter there are %d more", len(rest))
	}
	if all := t.list(letters, "", 7); len(all) != 7 {
		t.Errorf("List(limit 7) returned %d of 7", len(all))
	}
}

func deadAnywhere(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	ms := t.kill(tr, t.subscribe(tr, s), s.Pattern, 1)
	t.closeTransport(tr)
	other := t.connect()
	if letter := t.oneDead(other, s.ID); letter.Message.ID != ms[0].ID {
		t.Errorf("another process sees message %s as the dead letter, message %s died", letter.Message.ID, ms[0].ID)
	}
	if _, err := other.(transport.DeadLetterer).DeadLetters(t.Context(), t.listener("nobody", "").ID); err == nil {
		t.Errorf("the dead letters of a subscription that does not exist are no error")
	}
}

func deadMaxReceives(t *trial) {
	tr := t.connect()
	s := t.shortLease(t.listener("a", t.channel("Order")))
	s.MaxReceives = 2
	c := t.subscribe(tr, s)
	ms := t.send(tr, s.Pattern, 1)
	for want := 1; want <= s.MaxReceives; want++ {
		if d := t.take(c); d.Receives != want {
			t.Errorf("delivery %d says it is receive %d", want, d.Receives)
		}
	}
	t.none(c, s.Lease+t.h.Quiet)
	letter := t.oneDead(tr, s.ID)
	if wrong := difference(letter.Message, ms[0]); wrong != "" {
		t.Errorf("of the dead letter, %s", wrong)
	}
	if why := letter.Why; why.Listener != s.ID.String() || why.Reason == "" || why.Receives != s.MaxReceives || len(why.Attempts) > 0 {
		t.Errorf("the record of a message that nobody settled is %+v", why)
	}

	// One that fails each time goes the same way, with what is known of its failures.
	other := t.listener("b", t.channel("Invoice"))
	other.MaxReceives = 2
	c = t.subscribe(tr, other)
	t.send(tr, other.Pattern, 1)
	t.retry(t.take(c), 0)
	t.retry(t.take(c), 0)
	t.quiet(c)
	if why := t.oneDead(tr, other.ID).Why; t.features.History && len(why.Attempts) != 2 {
		t.Errorf("of 2 failures the record has %d", len(why.Attempts))
	}
}
