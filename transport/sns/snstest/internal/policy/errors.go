package policy

import (
	"fmt"
	"strings"
)

// An Error says what is wrong with a document, and where. SQS answers it with InvalidAttributeValue, SNS with
// InvalidParameter (API_SetQueueAttributes, API_SetTopicAttributes).
type Error struct {
	// Line and Column are where the fault stands, both from 1. Columns count bytes.
	Line, Column int
	// Where is the element, as in "Statement[1].Condition.ArnEquals". Empty for the document as a whole.
	Where string
	// What is the fault.
	What string
}

// Error implements error.
func (e *Error) Error() string {
	where := ""
	if e.Where != "" {
		where = e.Where + ": "
	}
	return fmt.Sprintf("policy: line %d, column %d: %s%s", e.Line, e.Column, where, e.What)
}

// fault is an error at a byte of the document. It takes its line and column once it leaves the package, so that
// what finds it needs no document at hand.
func fault(at int, where, format string, args ...any) *Error {
	return &Error{Column: at, Where: where, What: fmt.Sprintf(format, args...)}
}

// placed turns the offset of a fault into its line and column.
func (e *Error) placed(document string) *Error {
	before := document[:min(e.Column, len(document))]
	e.Line = strings.Count(before, "\n") + 1
	e.Column = len(before) - strings.LastIndexByte(before, '\n')
	return e
}

// clip keeps an error short whatever the document holds.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
