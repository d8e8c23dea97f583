// Package filter is Amazon SNS's subscription filter policies: which messages a subscription gets, by the
// attributes of a message or by its body.
//
// [Parse] refuses what SNS refuses at Subscribe and SetSubscriptionAttributes, with its words;
// [Policy.MatchAttributes] and [Policy.MatchBody] say whether a message passes. A policy is read once, and
// matching reads no more of a body than the policy names.
//
// The rules are those of the SNS Developer Guide, https://docs.aws.amazon.com/sns/latest/dg/. A comment that
// ends in a word in brackets has its rule from the page of that name:
//
//	[policies]    sns-subscription-filter-policies.html
//	[scope]       sns-message-filtering-scope.html
//	[strings]     string-value-matching.html
//	[numbers]     numeric-value-matching.html
//	[keys]        attribute-key-matching.html
//	[logic]       and-or-logic.html
//	[constraints] subscription-filter-policy-constraints.html
//	[types]       sns-message-attributes.html
//	[remove]      message-filtering-policy-remove.html
//
// Where the guide is silent there are two other sources. [recorded] are the answers of SNS itself that
// LocalStack's tests have on file (localstack/localstack, tests/aws/services/sns/
// test_sns_filter_policy.snapshot.json): the words of most errors, and the place in the policy behind them.
// [ruler] is Event Ruler (github.com/aws/event-ruler), AWS's own implementation of the same language, whose
// words the recorded ones are. And where all three are silent, or disagree, the comment begins with Decided
// and says why.
package filter
