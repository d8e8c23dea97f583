// Package policy reads, checks and evaluates the policy documents of AWS: identity policies, the policies of
// SQS queues and those of SNS topics, as the documentation of AWS says and no more generously. An emulator that
// lets through what AWS refuses hides the very mistakes it is there to find.
//
// A document is parsed once, by [Parse], which refuses what AWS does not document and says where it stands.
// [Document.Evaluate] answers what one document says to a request, and [Authorize] what all of them together do.
// Documents do not change and are safe for concurrent use.
//
// The pages that comments cite by name, as in "elements_principal", are those of the IAM user guide,
// docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_<name>.html. "Policy checks" is
// access-analyzer-reference-policy-checks.html there. Where the pages are silent or disagree, the comment says
// what was chosen.
//
// Not here: permissions boundaries, session policies, the policies of organizations, and role trust policies.
package policy
