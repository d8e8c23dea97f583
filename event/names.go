package event

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Limits on names, in bytes. They fit every broker that we know: SNS topic names end at 256 characters,
// and a channel may get a prefix.
const (
	MaxChannel = 200
	MaxAction  = 64
	MaxKey     = 1024
)

// reserved are the characters that patterns use or may come to use; a channel has none of them, so that a
// channel is never taken for a pattern, nor a pattern for a channel.
const reserved = `*?[]{}\`

// CheckChannel says what keeps name from being a channel, or returns nil. A channel is 1 to [MaxChannel]
// bytes of UTF-8 without white space, control characters, noncharacters or the characters of patterns
// (* ? [ ] { } \).
func CheckChannel(name string) error {
	return faulty("channel", channelFault(name))
}

// CheckPattern says what keeps p from naming the channels of a listener, or returns nil: it is a channel,
// or one with * in it, which stands for any characters, none and dots included. "*" alone is every channel.
func CheckPattern(p string) error {
	fault := nameFault(p, MaxChannel)
	if i := strings.IndexAny(p, strings.ReplaceAll(reserved, "*", "")); fault == "" && i >= 0 {
		fault = fmt.Sprintf("%q holds %q: the only wildcard is *", p, p[i])
	}
	if fault == "" && strings.Contains(p, "**") {
		fault = fmt.Sprintf("%q holds **: one * matches any characters", p)
	}
	return faulty("channel pattern", fault)
}

// CheckAction says what keeps a from being an action, or returns nil: 1 to [MaxAction] bytes of UTF-8
// without white space, control characters, noncharacters or dots (the wire format writes "channel.action").
func CheckAction(a Action) error {
	return faulty("action", actionFault(a))
}

func faulty(what, fault string) error {
	if fault == "" {
		return nil
	}
	return errors.New(what + " " + fault)
}

// The fault functions return what is wrong with a value, as the end of a sentence that begins with its name,
// or "".

func channelFault(name string) string {
	if isSimple(name) && len(name) <= MaxChannel {
		return ""
	}
	if fault := nameFault(name, MaxChannel); fault != "" {
		return fault
	}
	if i := strings.IndexAny(name, reserved); i >= 0 {
		return fmt.Sprintf("%q holds %q, which only patterns may", name, name[i])
	}
	return ""
}

func actionFault(a Action) string {
	if isSimple(string(a)) && len(a) <= MaxAction && strings.IndexByte(string(a), '.') < 0 {
		return ""
	}
	if fault := nameFault(string(a), MaxAction); fault != "" {
		return fault
	}
	if strings.Contains(string(a), ".") {
		return fmt.Sprintf("%q holds a dot", string(a))
	}
	return ""
}

// isSimple says whether a name is of letters, digits, dots, dashes and underscores of ASCII alone, as nearly all
// are: those are in order wherever a name is wanted.
func isSimple(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z', isDigit(c), c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return name != ""
}

func nameFault(name string, limit int) string {
	switch {
	case name == "":
		return "is empty"
	case len(name) > limit:
		return fmt.Sprintf("is %d bytes long, the limit is %d", len(name), limit)
	}
	if fault := textFault(name); fault != "" {
		return fmt.Sprintf("%q %s", name, fault)
	}
	if strings.IndexFunc(name, unicode.IsSpace) >= 0 {
		return fmt.Sprintf("%q holds white space", name)
	}
	return ""
}
