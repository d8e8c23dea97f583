package sqs

import "github.com/framebus/framebus/transport/sns/snstest/internal/wire"

// delete deletes the message of a receipt handle. A message that is gone already counts as deleted (recorded:
// test_delete_message_with_deleted_receipt_handle).
//
// The handle of an earlier receive: "If you use an old ReceiptHandle, the request will succeed, but the message
// might not be deleted" (API_DeleteMessage). Here it is not, because whoever relies on it is wrong. That of the
// latest receive deletes the message, also when its visibility timeout is over (recorded:
// test_remove_message_with_old_receipt_handle). Not so in a FIFO queue, where it is an error then (recorded:
// test_fifo_delete_after_visibility_timeout).
func (q *queue) delete(text string) *wire.Error {
	now := q.lock()
	defer q.unlock(now)
	m, h, err := q.message(text)
	switch {
	case err != nil:
		return err
	case m == nil:
		return nil
	case q.fifo && (m.state != inFlight || m.lent != h.receive):
		return handleExpired(text)
	case m.lent != h.receive:
		return nil
	}
	q.remove(m)
	return nil
}

func handleExpired(text string) *wire.Error {
	return invalidValue(clip(text), "ReceiptHandle", "The receipt handle has expired.")
}

// changeVisibility changes when a message that is in flight becomes visible: API_ChangeMessageVisibility.
//
// A message that is not in flight is the documented MessageNotInflight. The recorded test
// test_change_message_visibility_after_visibility_timeout_expiration shows that AWS does not always say so.
//
// In a standard queue the handle of an earlier receive will do, as long as the message is in flight (recorded:
// test_terminate_visibility_timeout_after_receive). In a FIFO queue it has expired, as for DeleteMessage.
func (q *queue) changeVisibility(text string, timeout int) *wire.Error {
	if timeout < 0 || timeout > maxVisibility {
		return invalidValue(timeout, "VisibilityTimeout", "VisibilityTimeout must be an integer between 0 and 43200.")
	}
	now := q.lock()
	defer q.unlock(now)
	m, h, err := q.message(text)
	switch {
	case err != nil:
		return err
	case m == nil: // recorded: test_change_visibility_on_deleted_message_raises_invalid_parameter_value
		return invalidValue(clip(text), "ReceiptHandle",
			"Message does not exist or is not available for visibility timeout change.")
	case q.fifo && m.lent != h.receive:
		return handleExpired(text)
	case m.state != inFlight:
		return messageNotInflight()
	case now+seconds(timeout) > m.lentAt+seconds(maxVisibility):
		// sqs-visibility-timeout: "12 hours from the time that Amazon SQS receives the ReceiveMessage request.
		// Extending the visibility timeout does not reset the 12-hour maximum." The text:
		// github.com/localstack/localstack/issues/3956.
		return invalidValue(timeout, "VisibilityTimeout",
			"Total VisibilityTimeout for the message is beyond the limit [43200 seconds].")
	}
	m.due = now + seconds(timeout)
	q.mark(m, moved)
	if m.due > now {
		q.timed.fix(m)
		return nil
	}
	q.wake(m)
	return nil
}
