package sqs

import (
	"net/url"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// key is what identifies a queue: names are unique in an account and a region (quotas-queues).
type key struct {
	account, region, name string
}

func (k key) arn() string {
	return names.ARN("sqs", k.region, k.account, k.name)
}

func parseARN(arn string) (key, bool) {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "sqs" || parts[3] == "" || parts[4] == "" || parts[5] == "" {
		return key{}, false
	}
	k := key{account: parts[4], region: parts[3], name: parts[5]}
	return k, parts[1] == names.Partition(k.region)
}

// checkName: up to 80 characters, letters, digits, hyphens and underscores, and .fifo at the end of a FIFO
// queue's, which counts (quotas-queues, API_CreateQueue). The texts are those that SQS answers.
func checkName(name string, fifo bool) *wire.Error {
	base, suffixed := strings.CutSuffix(name, names.FIFOSuffix)
	switch {
	case fifo && (!suffixed || len(name) > 80 || !names.IsName(base)):
		return wire.InvalidParameterValue("The name of a FIFO queue can only include alphanumeric characters, hyphens, " +
			"or underscores, must end with .fifo suffix and be 1 to 80 in length")
	case !fifo && (len(name) > 80 || !names.IsName(name)):
		return wire.InvalidParameterValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	return nil
}

// url is the queue's URL, at the server as the client called it.
func (k key) url(c *wire.Call) string { return c.Base + "/" + k.account + "/" + k.name }

// readURL finds the queue that a URL names, whatever its host. A mere name is that of a queue of the caller's,
// which SQS takes (recorded: test_posting_to_queue_via_queue_name).
func readURL(c *wire.Call, text string) (key, *wire.Error) {
	if text == "" {
		text = c.Path // in the Query protocol the request may be made to the queue's URL
		if strings.Trim(text, "/") == "" {
			return key{}, wire.MissingParameter("QueueUrl")
		}
	}
	u, err := url.Parse(text)
	if err != nil {
		return key{}, invalidAddress(text)
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	switch {
	case len(parts) == 1 && u.Host == "" && parts[0] != "":
		return key{account: c.Caller.Account, region: c.Region, name: parts[0]}, nil
	case len(parts) == 2 && names.IsAccount(parts[0]) && parts[1] != "":
		return key{account: parts[0], region: c.Region, name: parts[1]}, nil
	}
	return key{}, invalidAddress(text)
}
