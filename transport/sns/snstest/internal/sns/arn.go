package sns

import (
	"strconv"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// key is what identifies a topic: names are unique in an account and a region.
type key struct {
	account, region, name string
}

func (k key) arn() string {
	return names.ARN("sns", k.region, k.account, k.name)
}

// splitARN wants the six elements of an ARN and perhaps more, in the words of SNS (recorded:
// test_publish_wrong_arn_format, test_unsubscribe_wrong_arn_format).
func splitARN(parameter string, arn *string) ([]string, *wire.Error) {
	if arn == nil {
		return nil, invalid("%s Reason: no value for required parameter", parameter)
	}
	parts := strings.Split(*arn, ":")
	if len(parts) < 6 {
		return nil, invalid("%s Reason: An ARN must have at least 6 elements, not %s", parameter, strconv.Itoa(len(parts)))
	}
	return parts, nil
}

// readTopic reads the ARN of a topic in the region of the call: there is no access from other regions, whatever
// the action (recorded: test_cross_region_access). A request without a signature, as those to the URLs in messages,
// is in no region.
func readTopic(c *wire.Call, parameter string, arn *string) (key, *wire.Error) {
	parts, err := splitARN(parameter, arn)
	if err != nil {
		return key{}, err
	}
	k := key{account: parts[4], region: parts[3], name: parts[5]}
	if len(parts) != 6 || k.arn() != *arn || k.name == "" || c.Caller.AccessKey != "" && k.region != c.Region {
		return key{}, invalid("%s", parameter)
	}
	return k, nil
}

// readSubscription reads the ARN of a subscription, which is that of its topic and an ID.
func readSubscription(c *wire.Call, arn *string) *wire.Error {
	parts, err := splitARN("SubscriptionArn", arn)
	switch {
	case err != nil:
		return err
	case len(parts) == 6: // recorded: test_unsubscribe_wrong_arn_format
		return invalid("SubscriptionId")
	case len(parts) != 7 || parts[2] != "sns" || c.Caller.AccessKey != "" && parts[3] != c.Region:
		return invalid("SubscriptionArn")
	}
	return nil
}

// queueARN is the ARN of an SQS queue in its parts.
type queueARN struct{ region, account, name string }

func readQueue(arn string) (queueARN, bool) {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "sqs" || parts[1] != names.Partition(parts[3]) ||
		parts[3] == "" || !names.IsAccount(parts[4]) || !names.IsName(strings.TrimSuffix(parts[5], names.FIFOSuffix)) {
		return queueARN{}, false
	}
	return queueARN{region: parts[3], account: parts[4], name: parts[5]}, true
}

func (q queueARN) fifo() bool { return strings.HasSuffix(q.name, names.FIFOSuffix) }

// checkName: 1 to 256 letters, digits, underscores and hyphens, and .fifo at the end of a FIFO topic's
// (API_CreateTopic; recorded: test_create_topic_name_constraints).
func checkName(name string, fifo bool) *wire.Error {
	base, suffixed := strings.CutSuffix(name, names.FIFOSuffix)
	if fifo != suffixed || len(name) > 256 || !names.IsName(base) {
		return invalid("Topic Name")
	}
	return nil
}
