package secondopinion

import (
	"regexp"
	"strings"
	"sync"

	"github.com/framebus/framebus/transport/sns/snstest/internal/conformance"
)

// found makes a row of what a case found, without a verdict. What differs from run to run is blotted out.
func found(emulator string, c conformance.Case, r conformance.Result) row {
	out := row{emulator: emulator, name: c.Name, outcome: passes, says: c.Page + ": " + c.Rule}
	switch {
	case r.Skipped != "":
		out.outcome, out.does = notRun, r.Skipped
	case r.Hung:
		out.outcome, out.does = hangs, "no answer in time"
	case len(r.Failures) > 0:
		out.outcome, out.does = fails, steady(r.Failures[0])
		if missing(out.does) {
			out.outcome = unsupported
		}
	}
	return out
}

// blot is what is of one run only, and what stands for it.
type blot struct {
	pattern *regexp.Regexp
	by      string
}

// blots are names, identities, times and ports, and what the SDK says around an error.
var blots = sync.OnceValue(func() []blot { //nolint:gochecknoglobals // compiled once
	var out []blot
	for _, b := range [][2]string{
		{`operation error (SQS|SNS): `, "$1 "},
		{`(https response error|exceeded maximum number of attempts, 3,|http response error) `, ""},
		{`,? ?RequestID: [^ ,]*,?`, ""},
		{`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, "ID"},
		{`case-[0-9]+-([0-9]+)`, "case-$1"},
		{`https?://(sqs\.[a-z0-9-]+\.)?[0-9a-z.]+:[0-9]+`, "URL"},
		{`127\.0\.0\.1:[0-9]+`, "HOST"},
		{`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z`, "TIME"},
		{`\b1[0-9]{12}\b`, "TIME"},
		{`[A-Za-z0-9+/=_-]{60,}`, "TOKEN"},
		{`\s+`, " "},
	} {
		out = append(out, blot{regexp.MustCompile(b[0]), b[1]})
	}
	return out
})

const longest = 240 // characters of a failure that are kept

func steady(failure string) string {
	for _, b := range blots() {
		failure = b.pattern.ReplaceAllString(failure, b.by)
	}
	failure = strings.TrimSpace(failure)
	if runes := []rune(failure); len(runes) > longest {
		failure = string(runes[:longest]) + "..."
	}
	return failure
}

// missing says whether an emulator complains that it does not know an operation.
func missing(does string) bool {
	does, _, _ = strings.Cut(does, ", want ") // what a case wants is no complaint
	for _, complaint := range []string{"UnknownOperation", "InvalidAction", "is not supported yet"} {
		if strings.Contains(does, complaint) {
			return true
		}
	}
	return false
}
