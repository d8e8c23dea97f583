package secondopinion

import (
	"slices"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/conformance"
)

// emulatorKind is one of the emulators.
type emulatorKind struct {
	name, version string
	entry         string // the file that Node imports
	cases         func() []conformance.Case
}

// emulators are those that are asked, in the versions of testdata/emulators/package.json.
func emulators() []emulatorKind {
	return []emulatorKind{
		{"local-aws-sqs", "2.0.2", "dist/index.js", conformance.SQS},
		{"fauxqs", "2.4.1", "dist/app.js", allCases},
	}
}

const (
	// longestWait is how much real time a case may want.
	longestWait = 5 * time.Second
	// patience is how long a case may take besides. A case that does not hang takes milliseconds.
	patience = 6 * time.Second
	// atOnce is how many cases run at a time. Most of them wait.
	atOnce = 24
)

func allCases() []conformance.Case { return append(conformance.SQS(), conformance.SNS()...) }

// overNetwork are the cases that want little real time.
func overNetwork(cases []conformance.Case) []conformance.Case {
	return slices.DeleteFunc(cases, func(c conformance.Case) bool { return c.Waits > longestWait })
}

// waiting are the names of the others.
func waiting(cases []conformance.Case) []string {
	var names []string
	for _, c := range cases {
		if c.Waits > longestWait {
			names = append(names, c.Name)
		}
	}
	return names
}
