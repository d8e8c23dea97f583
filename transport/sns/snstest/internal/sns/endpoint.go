package sns

import (
	"net/url"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// checkEndpoint: what the endpoint of each protocol looks like (API_Subscribe). The words that are not recorded
// are those of reports of users, or ours.
func checkEndpoint(protocol, endpoint string, fifo bool) *wire.Error {
	switch protocol {
	case "http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose":
	default: // recorded: test_subscribe_with_invalid_protocol
		return invalid("Amazon SNS does not support this protocol string: %s", clip(protocol))
	}
	// The page is fifo-message-delivery; the error is in hashicorp/terraform-provider-aws's issue 38441.
	if fifo && protocol != "sqs" {
		return invalid("Invalid protocol type: %s", protocol)
	}
	switch protocol {
	case "http", "https":
		if u, err := url.Parse(endpoint); err != nil || u.Scheme != protocol || u.Host == "" {
			return invalid("Endpoint must match the specified protocol") // github.com/argoproj/argo-events/issues/414
		}
	case "email", "email-json":
		if local, domain, ok := strings.Cut(endpoint, "@"); !ok || local == "" || domain == "" {
			return invalid("Email address")
		}
	case "sms":
		if !isPhone(endpoint) { // recorded: test_subscribe_invalid_sms
			return refused("Invalid SMS endpoint: %s", clip(endpoint))
		}
	case "sqs":
		queue, ok := readQueue(endpoint)
		switch {
		case !ok: // recorded: test_subscribe_sqs_queue_url, test_subscribe_unknown_sqs_queue
			return invalid("SQS endpoint ARN")
		case queue.fifo() && !fifo: // recorded: test_validations_for_fifo
			return invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
		}
	case "application": // there are none here
		return invalid("Application endpoint arn invalid:%s", clip(endpoint))
	case "lambda", "firehose":
		if parts := strings.Split(endpoint, ":"); len(parts) < 6 || parts[0] != "arn" || parts[2] != protocol ||
			!names.IsAccount(parts[4]) || parts[5] == "" {
			return invalid("%s endpoint ARN", strings.ToUpper(protocol[:1])+protocol[1:])
		}
	}
	return nil
}

// isPhone takes E.164 numbers, and others with single separators (recorded: test_subscribe_sms_obscure_phone_number,
// test_subscribe_invalid_sms).
func isPhone(s string) bool {
	digits := strings.NewReplacer("-", "", ".", "", " ", "", "(", "", ")", "", "/", "").Replace(strings.TrimPrefix(s, "+"))
	first, last := strings.TrimPrefix(s, "+"), s
	if digits == "" || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" ||
		strings.Contains(s, "--") || strings.Contains(s, "..") || strings.Contains(s, "//") {
		return false
	}
	return first[0] != '/' && first[0] != '-' && first[0] != '.' && strings.ContainsRune("0123456789", rune(last[len(last)-1]))
}

// confirmedAtOnce says whether a subscription needs no confirmation: "if the endpoint type is HTTP/S or email, or if
// the endpoint and the topic are not in the same AWS account, the endpoint owner must run the ConfirmSubscription
// action" (API_Subscribe). A queue whose owner is who subscribes needs none, whoever owns the topic
// (sns-send-message-to-sqs-cross-account). Text messages need none (recorded: test_subscribe_sms).
func confirmedAtOnce(c *wire.Call, protocol, endpoint string) bool {
	switch protocol {
	case "sms":
		return true
	case "sqs", "lambda", "firehose":
		parts := strings.Split(endpoint, ":")
		return len(parts) >= 6 && parts[4] == c.Caller.Account
	}
	return false
}
