package topology

import (
	"context"
	"fmt"

	"github.com/framebus/framebus/transport"
)

// Lookup finds a listener's queue and changes nothing. What is missing is a [*MissingError].
func (t *Topology) Lookup(ctx context.Context, id transport.ID) (Queue, error) {
	q, err := t.find(ctx, id)
	if err != nil {
		return Queue{}, fmt.Errorf("topology: look up %s: %w", id, err)
	}
	return q, nil
}

func (t *Topology) find(ctx context.Context, id transport.ID) (Queue, error) {
	name, deadLetters, err := t.names.queue(id)
	if err != nil {
		return Queue{}, err
	}
	q := Queue{Name: name, FIFO: t.names.fifo}
	var missing MissingError
	for _, one := range []struct {
		name string
		url  *string
	}{{name, &q.URL}, {deadLetters, &q.DeadLetterURL}} {
		var found bool
		if *one.url, found, err = t.findQueue(ctx, one.name); err != nil {
			return Queue{}, err
		}
		if !found {
			missing.Resources = append(missing.Resources, "queue "+one.name)
		}
	}
	if len(missing.Resources) > 0 {
		return Queue{}, &missing
	}
	has, found, err := t.queueAttributes(ctx, q.URL)
	switch {
	case err != nil:
		return Queue{}, err
	case !found:
		return Queue{}, &MissingError{[]string{"queue " + name}}
	}
	q.ARN = has[attrARN]
	q.DeadLetterARN = sibling(q.ARN, deadLetters)
	t.place.learn(q.ARN)
	return q, nil
}

// checked is find for provisioning that only checks: it needs all that Queue would make, and logs what differs.
func (t *Topology) checked(ctx context.Context, l listener) (Queue, error) {
	items, err := t.inspect(ctx, l)
	if err != nil {
		return Queue{}, err
	}
	var missing MissingError
	for _, item := range items {
		switch item.State {
		case Missing:
			missing.Resources = append(missing.Resources, item.Kind.String()+" "+item.Name)
		case Differs:
			t.reportDrift(item.Name, item.Differences)
		}
	}
	if len(missing.Resources) > 0 {
		return Queue{}, &missing
	}
	return t.find(ctx, l.sub.ID)
}
