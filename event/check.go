package event

import (
	"fmt"
	"mime"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxSize is the size of the largest document, in bytes: 256 KiB, what SNS takes in one message
// (docs.aws.amazon.com/sns/latest/api/API_Publish.html). It holds on every transport, so that a service
// can move to another one without an event growing too large for it. SNS counts a message's attributes in:
// a transport that sends some takes them off its MaxBody.
const MaxSize = 256 << 10

// Check says what keeps the envelope from being encoded, apart from its size: nil or an [*EncodeError].
func (env *Envelope) Check() error {
	for _, c := range [...]struct {
		field field
		fault string
	}{
		{fieldChannel, channelFault(env.Channel)},
		{fieldAction, actionFault(env.Action)},
		{fieldID, idFault(env.ID)},
		{fieldSource, sourceFault(env.Source)},
		{fieldSubject, keyFault(env.Key)},
		{fieldTime, timeFault(env.Time)},
		{fieldContentType, contentTypeFault(env.ContentType)},
		{fieldCorrelationID, textFault(env.CorrelationID)},
		{fieldCausationID, textFault(env.CausationID)},
	} {
		if c.fault != "" {
			return env.encodeError(fieldNames[c.field], c.fault)
		}
	}
	if err := env.checkPayload(); err != nil {
		return err
	}
	return env.checkExtensions()
}

func (env *Envelope) checkPayload() error {
	switch {
	case env.Data == nil:
		return nil
	case env.Binary != nil:
		return env.encodeError("data", "is both JSON and binary")
	case !isJSON(env.ContentType) && !isString(trimSpace(env.Data)):
		return env.encodeError("data", fmt.Sprintf("is not a string, which is what %s is in JSON", clip(env.ContentType)))
	}
	return env.checkData(env.Data)
}

func (env *Envelope) checkExtensions() error {
	var room [8]string
	for _, name := range env.extensionNames(room[:0]) {
		fault := textFault(env.Extensions[name])
		switch {
		case fieldNamed(name) >= 0:
			fault = "is an attribute of its own and cannot be an extension"
		case name == "" || strings.IndexFunc(name, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9')
		}) >= 0:
			fault = "is no name for an extension: that is lower-case letters and digits"
		case name == "dataschema" && fault == "":
			fault = schemaFault(env.Extensions[name])
		}
		if fault != "" {
			return env.encodeError(clip(name), fault)
		}
	}
	return nil
}

func idFault(id string) string {
	if strings.TrimSpace(id) == "" {
		return "is empty"
	}
	return textFault(id)
}

func keyFault(key string) string {
	switch {
	case key == "":
		return ""
	case strings.TrimSpace(key) == "":
		return "is blank"
	case len(key) > MaxKey:
		return fmt.Sprintf("is %d bytes long, the limit is %d", len(key), MaxKey)
	}
	return textFault(key)
}

// sourceFault wants a URI reference (CloudEvents spec 1.0.2, "source").
func sourceFault(source string) string {
	if isSimple(source) {
		return ""
	}
	if source == "" {
		return "is empty"
	}
	if _, ok := parseURI(source); !ok {
		return fmt.Sprintf("%q is not a URI reference (RFC 3986)", clip(source))
	}
	return ""
}

// schemaFault wants an absolute URI (CloudEvents spec 1.0.2, "dataschema").
func schemaFault(schema string) string {
	if absolute, ok := parseURI(schema); !ok || !absolute {
		return fmt.Sprintf("%q is not an absolute URI (RFC 3986)", clip(schema))
	}
	return ""
}

// parseURI says whether s is a URI reference (RFC 3986) that net/url reads and writes back the same, which is
// what the CloudEvents SDK does with it.
func parseURI(s string) (absolute, ok bool) {
	unreserved := true // as the names of services are; they need no parser
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || strings.IndexByte("-._~", c) >= 0:
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			return false, false
		case strings.IndexByte("%:/?#[]@!$&'()*+,;=", c) >= 0:
			unreserved = false
		default:
			return false, false
		}
	}
	if unreserved {
		return false, true
	}
	u, err := url.Parse(s)
	if err != nil || u.String() != s {
		return false, false
	}
	return u.IsAbs(), true
}

// timeFault wants a year that RFC 3339 can write. The zero time is absent.
func timeFault(t time.Time) string {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return fmt.Sprintf("is in the year %d, RFC 3339 has 0 to 9999", year)
	}
	return ""
}

// contentTypeFault wants a media type (RFC 2046), or nothing.
func contentTypeFault(s string) string {
	if s == "" || s == ContentTypeJSON || s == ContentTypeBinary {
		return ""
	}
	if media, _, err := mime.ParseMediaType(s); err != nil || !strings.Contains(media, "/") {
		return fmt.Sprintf("%q is not a media type (RFC 2046)", clip(s))
	}
	return textFault(s)
}

// textFault applies the rules of the CloudEvents type String (spec 1.0.2, section "Type System"): no
// control characters and no noncharacters, in valid UTF-8.
func textFault(s string) string {
	i := 0
	for i < len(s) && isPlain(s[i]) {
		i++
	}
	if !utf8.ValidString(s[i:]) {
		return "is not UTF-8"
	}
	for _, r := range s[i:] {
		if r < 0x20 || r >= 0x7f && r <= 0x9f {
			return fmt.Sprintf("holds the control character %U", r)
		}
		if r >= 0xfdd0 && r <= 0xfdef || r&0xfffe == 0xfffe {
			return fmt.Sprintf("holds the noncharacter %U", r)
		}
	}
	return ""
}
