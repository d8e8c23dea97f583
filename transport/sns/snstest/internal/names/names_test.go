package names_test

import (
	"testing"

	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
)

func TestPartitions(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1":     "arn:aws:sqs:us-east-1:000000000000:q arn:aws:iam::000000000000:root",
		"cn-north-1":    "arn:aws-cn:sqs:cn-north-1:000000000000:q arn:aws-cn:iam::000000000000:root",
		"us-gov-west-1": "arn:aws-us-gov:sqs:us-gov-west-1:000000000000:q arn:aws-us-gov:iam::000000000000:root",
	} {
		if got := names.ARN("sqs", region, "000000000000", "q") + " " + names.Root(region, "000000000000"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
