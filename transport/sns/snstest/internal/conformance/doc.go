// Package conformance is what AWS documents of SQS and SNS, as named cases that drive a server through the real SDK. It
// is proved on snstest, and fit for any other server: make a [Target] of it and give it to [Run].
//
// Each case quotes the rule that it holds, and its page: "API_SendMessage" is
// docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, other names are pages of
// .../latest/SQSDeveloperGuide. "recorded: test_x" is what AWS answered to that test of
// github.com/localstack/localstack, tests/aws/services/sqs, where the pages are silent.
//
// Of the cases of SNS, whose names begin with "sns/", "API_Publish" is
// docs.aws.amazon.com/sns/latest/api/API_Publish.html, other names are pages of docs.aws.amazon.com/sns/latest/dg,
// and what is recorded is so in tests/aws/services/sns/test_sns.py and test_sns_filter_policy.py.
package conformance
