package conformance

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

// Target is a server to test.
type Target struct {
	// Endpoint is its URL.
	Endpoint string
	// HTTP is the client that reaches it.
	HTTP *http.Client
	// Region is where the queues are made.
	Region string
	// Keys are the access keys of a caller in each of two accounts. Without the second, cases with two accounts
	// are skipped.
	Keys [2]string
	// Accounts are the accounts of the keys.
	Accounts [2]string
	// Sleep waits. In a testing/synctest bubble it is time.Sleep.
	Sleep func(time.Duration)
	// MaxWait is how long a case may wait; one that takes longer is skipped. Zero: as long as it takes.
	MaxWait time.Duration
}

// Case is one rule.
type Case struct {
	// Name says what is tested, as in "SendMessage/body/empty".
	Name string
	// Rule is the rule in short, and Page where it is written.
	Rule, Page string
	// Waits is how long the case waits in all, if it does.
	Waits time.Duration
	// Do tests the rule.
	Do func(*T)
}

// SQS returns all cases, in a fixed order. Their names are unique.
func SQS() []Case {
	return slices.Concat(
		createCases(), deleteCases(), listCases(), attributeCases(), attributeValueCases(), tagCases(),
		permissionCases(), accountCases(),
		sendCases(), messageAttributeCases(), digestCases(), batchCases(), delayCases(),
		receiveCases(), pollCases(), systemAttributeCases(), settleCases(), visibilityCases(), retentionCases(),
		purgeCases(), deadLetterCases(), redriveCases(), moveCases(),
		fifoSendCases(), fifoOrderCases(), fifoSettleCases(), dedupCases(), attemptCases(),
		queryCases(), protocolCases(),
	)
}

// SNS returns the cases of Amazon SNS, likewise. Their names begin with "sns/".
func SNS() []Case {
	cases := slices.Concat(
		topicCases(), topicAttributeCases(), topicTagCases(), topicAccountCases(), topicPermissionCases(),
		subscribeCases(), endpointCases(), subscriptionAttributeCases(),
		publishCases(), publishFaultCases(), deliveryCases(), fifoTopicCases(), snsQueryCases(),
	)
	for i := range cases {
		cases[i].Name = "sns/" + cases[i].Name
	}
	sortCases(cases) // some are made from maps
	return cases
}

// Run tests a server case by case. start is called for each, and returns the target for it.
func Run(t *testing.T, cases []Case, start func(*testing.T) Target, bubble func(*testing.T, func(*testing.T))) {
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				target := start(t)
				if target.MaxWait > 0 && c.Waits > target.MaxWait {
					t.Skipf("waits for %v", c.Waits)
				}
				t.Cleanup(func() {
					if t.Failed() {
						t.Logf("the rule (%s): %s", c.Page, c.Rule)
					}
				})
				target.run(t, c)
			})
		})
	}
}

// run runs a case to its end, and what it has left for later too.
func (g Target) run(t testing.TB, c Case) {
	run := &T{TB: t, target: g, sqs: g.client(0), sns: g.topics(0)}
	defer run.later.Wait()
	c.Do(run)
}
