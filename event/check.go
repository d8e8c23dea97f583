package event

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxSize is the size of the largest document, in bytes: 256 KiB, what SNS takes in one message
// (docs.aws.amazon.com/sns/latest/api/API_Publish.html). It holds on every transport, so that a service
// can move to another one without an event growing too large for it.
const MaxSize = 256 << 10

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
// bytes of UTF-8 without white space, control characters or the characters of patterns (* ? [ ] { } \).
func CheckChannel(name string) error {
	if i := strings.IndexAny(name, reserved); i >= 0 {
		return fmt.Errorf("channel %q holds %q, which only patterns may", name, name[i])
	}
	return checkName("channel", name, MaxChannel)
}

// CheckPattern says what keeps p from naming the channels of a listener, or returns nil: it is a channel,
// or one with * in it, which stands for any characters, none and dots included. "*" alone is every channel.
func CheckPattern(p string) error {
	if i := strings.IndexAny(p, strings.ReplaceAll(reserved, "*", "")); i >= 0 {
		return fmt.Errorf("channel pattern %q holds %q: the only wildcard is *", p, p[i])
	}
	if strings.Contains(p, "**") {
		return fmt.Errorf("channel pattern %q holds **: one * matches any characters", p)
	}
	return checkName("channel", p, MaxChannel)
}

// CheckAction says what keeps a from being an action, or returns nil: 1 to [MaxAction] bytes of UTF-8
// without white space, control characters or dots (the wire format writes "channel.action").
func CheckAction(a Action) error {
	if strings.Contains(string(a), ".") {
		return fmt.Errorf("action %q holds a dot", a)
	}
	return checkName("action", string(a), MaxAction)
}

func checkName(what, name string, limit int) error {
	switch {
	case name == "":
		return errors.New(what + " is empty")
	case len(name) > limit:
		return fmt.Errorf("%s is %d bytes long, the limit is %d", what, len(name), limit)
	}
	if err := checkText(name); err != nil {
		return fmt.Errorf("%s %q %w", what, name, err)
	}
	if strings.IndexFunc(name, unicode.IsSpace) >= 0 {
		return fmt.Errorf("%s %q holds white space", what, name)
	}
	return nil
}

// checkText applies the rules of the CloudEvents type String (spec 1.0.2, section "Type System"): no
// control characters and no noncharacters, in valid UTF-8.
func checkText(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("is not UTF-8")
	}
	for _, r := range s {
		if r < 0x20 || r >= 0x7f && r <= 0x9f {
			return fmt.Errorf("holds the control character %U", r)
		}
		if r >= 0xfdd0 && r <= 0xfdef || r&0xfffe == 0xfffe {
			return fmt.Errorf("holds the noncharacter %U", r)
		}
	}
	return nil
}

// Check says what keeps the envelope from being encoded, apart from its size: nil or an [*EncodeError].
func (env *Envelope) Check() error {
	if err := CheckChannel(env.Channel); err != nil {
		return env.encodeError("channel", err.Error())
	}
	if err := CheckAction(env.Action); err != nil {
		return env.encodeError("action", err.Error())
	}
	for _, f := range [...]struct{ name, value string }{{"id", env.ID}, {"source", env.Source}} {
		if f.value == "" {
			return env.encodeError(f.name, "is empty")
		}
	}
	if _, err := url.Parse(env.Source); err != nil || strings.ContainsRune(env.Source, ' ') {
		return env.encodeError("source", fmt.Sprintf("%q is not a URI reference", env.Source))
	}
	if len(env.Key) > MaxKey {
		return env.encodeError("subject", fmt.Sprintf("key is %d bytes long, the limit is %d", len(env.Key), MaxKey))
	}
	for _, f := range [...]struct{ name, value string }{
		{"id", env.ID}, {"source", env.Source}, {"subject", env.Key}, {"correlationid", env.CorrelationID},
		{"causationid", env.CausationID}, {"datacontenttype", env.ContentType},
	} {
		if err := checkText(f.value); err != nil {
			return env.encodeError(f.name, err.Error())
		}
	}
	if y := env.Time.Year(); !env.Time.IsZero() && (y < 1 || y > 9999) {
		return env.encodeError("time", fmt.Sprintf("year %d is outside RFC 3339", y))
	}
	if env.Data != nil && env.Binary != nil {
		return env.encodeError("data", "is both JSON and binary")
	}
	return env.checkExtensions()
}

func (env *Envelope) checkExtensions() error {
	for name, value := range env.Extensions {
		if known(name) {
			return env.encodeError(name, "is an attribute of its own and cannot be an extension")
		}
		if name == "" || strings.IndexFunc(name, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9')
		}) >= 0 {
			return env.encodeError(name, "an extension's name is lower-case letters and digits")
		}
		if err := checkText(value); err != nil {
			return env.encodeError(name, err.Error())
		}
	}
	return nil
}

// known says whether the wire format has a meaning of its own for a member of the document.
func known(name string) bool {
	switch name {
	case "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "channel", "action",
		"correlationid", "causationid", "data", "data_base64":
		return true
	}
	return false
}
