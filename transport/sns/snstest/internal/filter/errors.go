package filter

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// Error says why SNS refuses a policy. It is an InvalidParameter error of the API; the parameter is named
// here, and how the call refers to it is the caller's:
//
//	SetSubscriptionAttributes  "Invalid parameter: " + err.Error()
//	Subscribe                  "Invalid parameter: Attributes Reason: " + err.Error()
//
// which read "Invalid parameter: FilterPolicy: Filter policy is too complex". [recorded]
type Error struct {
	// Reason is the fault, with the parameter it is in: "FilterPolicy: Empty arrays are not allowed".
	Reason string
	// Offset is how many bytes of the policy SNS had read when it gave up; 0 if the policy as a whole is at
	// fault.
	Offset int

	policy string
}

// snippet is how much of a policy an error quotes, in UTF-16 code units. It is the default of Jackson, the
// JSON parser that speaks here.
const snippet = 500

// Error implements error: the reason and, if there is one, the place, as SNS has them. [recorded]
func (e *Error) Error() string {
	if e.Offset == 0 {
		return e.Reason
	}
	quoted, rest := e.policy, ""
	if units := utf16.Encode([]rune(e.policy)); len(units) > snippet {
		quoted = string(utf16.Decode(units[:snippet]))
		rest = fmt.Sprintf("[truncated %d chars]", len(units)-snippet)
	}
	read := e.policy[:e.Offset]
	line := read[strings.LastIndexByte(read, '\n')+1:]
	return fmt.Sprintf("%s\n at [Source: (String)"+`"%s"`+"%s; line: %d, column: %d]", e.Reason, quoted, rest,
		strings.Count(read, "\n")+1, len(utf16.Encode([]rune(line)))+1)
}

// wholeFault is a fault of the policy as a whole.
func wholeFault(format string, args ...any) *Error {
	return &Error{Reason: "FilterPolicy: " + fmt.Sprintf(format, args...)}
}

// fault is a fault that is found with offset bytes of the policy read.
func (c *compiler) fault(offset int, format string, args ...any) *Error {
	e := wholeFault(format, args...)
	e.Offset, e.policy = offset, c.text
	return e
}
