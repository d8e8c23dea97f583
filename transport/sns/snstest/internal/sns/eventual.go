package sns

// eventual is a value of which a change may take time to be seen.
type eventual[T any] struct {
	now  T
	next []change[T]
}

type change[T any] struct {
	at    int64
	value T
}

// at is the value that is seen at a time.
func (e *eventual[T]) at(now int64) T {
	value := e.now
	for _, c := range e.next {
		if c.at <= now {
			value = c.value
		}
	}
	return value
}

// latest is the value that will be seen in the end.
func (e *eventual[T]) latest() T {
	if n := len(e.next); n > 0 {
		return e.next[n-1].value
	}
	return e.now
}

// set changes the value, to be seen at a time.
func (e *eventual[T]) set(value T, now, at int64) {
	e.now = e.at(now)
	kept := e.next[:0]
	for _, c := range e.next {
		if c.at > now {
			kept = append(kept, c)
		}
	}
	e.next = kept
	if at <= now {
		e.now, e.next = value, nil
		return
	}
	e.next = append(e.next, change[T]{at, value})
}

// life is when something can be seen: from since on, and before until, unless that is 0.
type life struct{ since, until int64 }

func (l life) seen(now int64) bool { return l.since <= now && (l.until == 0 || now < l.until) }
func (l life) over(now int64) bool { return l.until != 0 && l.until <= now }
