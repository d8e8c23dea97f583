package transporttest

import (
	"strings"

	"github.com/framebus/framebus/transport"
)

func redriveRules() []rule {
	needs := []feature{deadLetters()}
	return []rule{{
		name: "redrive/as-new",
		text: "Redrive puts dead letters back as if newly published: received never, no failures. Without IDs it " +
			"takes all that there are, and returns how many.",
		needs: needs, test: redriveAsNew,
	}, {
		name:  "redrive/one-listener",
		text:  "Redrive puts a dead letter back into the subscription that it died in, and no other.",
		needs: needs, test: redriveOneListener,
	}, {
		name: "redrive/chosen",
		text: "Redrive takes the dead letters with the IDs given. One that is not there is an error that names it, " +
			"after the others are put back.",
		needs: needs, test: redriveChosen,
	}, {
		name:  "redrive/dies-twice",
		text:  "A dead letter's ID is not the message's: a message may die twice.",
		needs: needs, test: redriveDiesTwice,
	}, {
		name:  "purge/all",
		text:  "Purge deletes dead letters for good, all that there are without IDs, and returns how many.",
		needs: needs, test: purgeAll,
	}, {
		name: "purge/chosen",
		text: "Purge deletes the dead letters with the IDs given. One that is not there is an error that names it, " +
			"after the others are deleted.",
		needs: needs, test: purgeChosen,
	}}
}

const unknownID = "no-such-dead-letter"

// redrive redrives dead letters and tests how many it says they were.
func (t *trial) redrive(letters transport.DeadLetters, want int, ids ...string) {
	t.Helper()
	n, err := letters.Redrive(t.Context(), ids...)
	t.must(err, "redriving")
	if n != want {
		t.Errorf("Redrive(%d IDs) returned %d, want %d", len(ids), n, want)
	}
}

// ids returns the IDs of the dead letters and tests how many there are.
func (t *trial) ids(letters transport.DeadLetters, want int) []string {
	t.Helper()
	var ids []string
	for _, letter := range t.list(letters, "", 1000) {
		ids = append(ids, letter.ID)
	}
	if len(ids) != want {
		t.Fatalf("there are %d dead letters, want %d", len(ids), want)
	}
	return ids
}

func redriveAsNew(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	letters := t.dead(tr, s.ID)
	t.redrive(letters, 0)
	ms := t.send(tr, s.Pattern, 3)
	for range ms { // each fails, is received again and dies
		t.retry(t.take(c), 0)
	}
	for range ms {
		t.bury(t.take(c), "hopeless")
	}
	t.redrive(letters, 3)
	ds := t.takeAll(c, 3)
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("after redriving all: %s", wrong)
	}
	for _, d := range ds {
		if d.Receives != 1 || len(d.Failures()) > 0 {
			t.Errorf("after redriving came %s with %d failures", describe(d), len(d.Failures()))
		}
		for _, m := range ms {
			if wrong := difference(d.Message, m); m.ID == d.Message.ID && wrong != "" {
				t.Errorf("after redriving, of message %s %s", number(m), wrong)
			}
		}
	}
	t.ack(ds...)
	t.ids(letters, 0)
	t.redrive(letters, 0)
	t.quiet(c)
}

func redriveOneListener(t *trial) {
	tr := t.connect()
	channel := t.channel("Order")
	s, healthy := t.listener("a", channel), t.listener("b", channel)
	failed := t.listener("c", channel)
	c, ch, cf := t.subscribe(tr, s), t.subscribe(tr, healthy), t.subscribe(tr, failed)
	t.kill(tr, c, channel, 1)
	t.ack(t.take(ch))
	t.bury(t.take(cf), "hopeless here too")
	t.redrive(t.dead(tr, s.ID), 1)
	t.ack(t.take(c))
	t.quiet(ch)
	t.quiet(cf)
	t.ids(t.dead(tr, failed.ID), 1)
}

func redriveChosen(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	letters := t.dead(tr, s.ID)
	ms := t.kill(tr, c, s.Pattern, 5)
	ids := t.ids(letters, 5)
	t.redrive(letters, 2, ids[1], ids[3])
	ds := t.takeAll(c, 2)
	if wrong := received(ds, ms[1], ms[3]); wrong != "" {
		t.Errorf("after redriving the second and fourth: %s", wrong)
	}
	t.ack(ds...)
	t.quiet(c)
	t.ids(letters, 3)

	n, err := letters.Redrive(t.Context(), unknownID, ids[0], ids[1])
	if n != 1 || err == nil || !strings.Contains(err.Error(), unknownID) || !strings.Contains(err.Error(), ids[1]) {
		t.Errorf("redriving an ID that never was, one that is there and one redriven before (%s): got %d and the error %v",
			ids[1], n, err)
	}
	d := t.take(c)
	if wrong := received([]*transport.Delivery{d}, ms[0]); wrong != "" {
		t.Errorf("after redriving the first, and one that is not there: %s", wrong)
	}
	t.ack(d)
	t.ids(letters, 2)
	t.redrive(letters, 2)
	t.ack(t.takeAll(c, 2)...)
}

func redriveDiesTwice(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	letters := t.dead(tr, s.ID)
	t.kill(tr, c, s.Pattern, 2)
	first := t.ids(letters, 2)
	t.redrive(letters, 1, first[0])
	t.bury(t.take(c), "hopeless still")
	second := t.ids(letters, 2)
	if second[0] != first[1] || second[1] == first[0] || second[1] == first[1] {
		t.Errorf("the dead letters were %q; the first was redriven and died again; now they are %q", first, second)
	}
}

func purgeAll(t *trial) {
	tr := t.connect()
	channel := t.channel("Order")
	s, other := t.listener("a", channel), t.listener("b", channel)
	c, co := t.subscribe(tr, s), t.subscribe(tr, other)
	t.kill(tr, c, channel, 3)
	for range 3 {
		t.bury(t.take(co), "hopeless here too")
	}
	n, err := t.dead(tr, s.ID).Purge(t.Context())
	t.must(err, "purging")
	if n != 3 {
		t.Errorf("Purge of 3 dead letters returned %d", n)
	}
	t.ids(t.dead(tr, s.ID), 0)
	t.ids(t.dead(tr, other.ID), 3)
	t.redrive(t.dead(tr, s.ID), 0)
	t.quiet(c)
}

func purgeChosen(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	letters := t.dead(tr, s.ID)
	ms := t.kill(tr, c, s.Pattern, 3)
	ids := t.ids(letters, 3)
	n, err := letters.Purge(t.Context(), unknownID, ids[1])
	if n != 1 || err == nil || !strings.Contains(err.Error(), unknownID) {
		t.Errorf("purging one that is there and one that is not: got %d and the error %v", n, err)
	}
	t.redrive(letters, 2)
	ds := t.takeAll(c, 2)
	if wrong := received(ds, ms[0], ms[2]); wrong != "" {
		t.Errorf("after purging the second of three and redriving the rest: %s", wrong)
	}
	t.ack(ds...)
	t.quiet(c)
}
