package sqs

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// Attribute is a message attribute's type and value: sqs-message-metadata, API_MessageAttributeValue.
type Attribute struct {
	StringValue      *string  `json:"StringValue,omitempty"`
	BinaryValue      []byte   `json:"BinaryValue,omitempty"`
	StringListValues []string `json:"StringListValues,omitempty" query:"StringListValue"`
	BinaryListValues [][]byte `json:"BinaryListValues,omitempty" query:"BinaryListValue"`
	DataType         string   `json:"DataType"`
}

// size counts towards that of the message: "All parts of the message attribute, including Name, Type, and Value,
// are part of the message size restriction" (API_MessageAttributeValue).
func (a Attribute) size(name string) int {
	n := len(name) + len(a.DataType) + len(a.BinaryValue)
	if a.StringValue != nil {
		n += len(*a.StringValue)
	}
	return n
}

// MaxAttributes: "A message can contain up to 10 metadata attributes" (quotas-messages).
const MaxAttributes = 10

// checkAttributes checks the attributes of a message, in the order of their names. Texts that are not recorded
// are known from reports of users, or ours.
func checkAttributes(attrs map[string]Attribute) *wire.Error {
	if len(attrs) > MaxAttributes {
		return wire.InvalidParameterValue(fmt.Sprintf("Number of message attributes [%d] exceeds the allowed maximum [%d].",
			len(attrs), MaxAttributes))
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		if fault := attributeNameFault(name); fault != "" {
			return wire.InvalidParameterValue(fault)
		}
		if err := checkAttribute(name, attrs[name]); err != nil {
			return err
		}
	}
	return nil
}

// attributeNameFault: sqs-message-metadata, "Name": letters, digits, underscore, hyphen and period; no AWS. or
// Amazon. in front; no period at either end, nor two in succession; 256 characters. Letters are those of all
// alphabets (recorded: test_send_message_with_invalid_string_attributes).
func attributeNameFault(name string) string {
	lower := strings.ToLower(name)
	switch {
	case name == "":
		return "Message (user) attribute name can not be null or empty."
	case utf8.RuneCountInString(name) > 256:
		return "Message (user) attribute names must be shorter than 256 Bytes"
	case strings.IndexFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' && r != '.'
	}) >= 0:
		return "Message (user) attributes name can only contain upper and lower score characters, digits, periods, " +
			"hyphens and underscores."
	case strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon.") ||
		strings.HasPrefix(name, ".") || strings.HasSuffix(name, "."):
		return "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved " +
			"for internal use. Additionally, they cannot start or end with '.'."
	case strings.Contains(name, ".."):
		return "Message (user) attributes name can not contain successive '.'s."
	}
	return ""
}

// checkAttribute: the data types are String, Number and Binary, each with or without a custom label, of up to
// 256 characters together; values are not empty (sqs-message-metadata, API_MessageAttributeValue).
func checkAttribute(name string, a Attribute) *wire.Error {
	logical, _, _ := strings.Cut(a.DataType, ".")
	switch {
	case a.DataType == "":
		return wire.InvalidParameterValue("The message attribute '" + name + "' must contain non-empty message attribute type.")
	case logical != "String" && logical != "Number" && logical != "Binary":
		return wire.InvalidParameterValue("The message attribute '" + name + "' has an invalid message attribute type, " +
			"the set of supported type prefixes is Binary, Number, and String.")
	case len(a.DataType) > 256:
		return wire.InvalidParameterValue("Message (user) attribute types must be shorter than 256 Bytes")
	case a.StringListValues != nil || a.BinaryListValues != nil: // "Not implemented. Reserved for future use."
		return unsupported("Message attribute list values in SendMessage operation are not supported.")
	case logical == "Binary" && a.StringValue != nil, logical != "Binary" && a.BinaryValue != nil:
		return wire.InvalidParameterValue("Message (user) attribute '" + name +
			"' must contain a value of its type '" + logical + "' and no other.")
	case logical == "Binary" && len(a.BinaryValue) == 0,
		logical != "Binary" && (a.StringValue == nil || *a.StringValue == ""):
		return wire.InvalidParameterValue("Message (user) attribute '" + name +
			"' must contain a non-empty value of type '" + logical + "'.")
	}
	if logical == "Binary" {
		return nil
	}
	// Another error than for bodies (recorded: test_invalid_string_attributes_cause_invalid_parameter_value_error).
	if !validText(*a.StringValue) {
		return wire.InvalidParameterValue(badCharacters)
	}
	if logical == "Number" && !isNumber(*a.StringValue) {
		return wire.InvalidParameterValue("Can't cast the value of message (user) attribute '" + name + "' to a number.")
	}
	return nil
}

// isNumber: "Number attributes can store positive or negative numerical values. A number can have up to 38 digits
// of precision, and it can be between 10^-128 and 10^+126. Amazon SQS removes leading and trailing zeroes."
// (sqs-message-metadata.)
func isNumber(s string) bool {
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	mantissa = strings.TrimLeft(mantissa, "+-")
	if len(s)-len(strings.TrimLeft(s, "+-")) > 1 || strings.Trim(mantissa, "0123456789.") != "" ||
		strings.Count(mantissa, ".") > 1 || strings.Trim(mantissa, ".") == "" {
		return false
	}
	digits := strings.Trim(strings.Replace(mantissa, ".", "", 1), "0")
	if len(digits) > 38 || hasExponent && len(strings.TrimLeft(exponent, "+-0")) > 3 {
		return false
	}
	f, _, err := big.ParseFloat(s, 10, 128, big.ToNearestEven)
	if err != nil {
		return false
	}
	f.Abs(f)
	least, most := new(big.Float), new(big.Float)
	least.SetString("1e-128")
	most.SetString("1e126")
	return f.Sign() == 0 || f.Cmp(least) >= 0 && f.Cmp(most) <= 0
}

// validText: #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD, #x10000 to #x10FFFF (API_SendMessage). The API
// reference said in 2025 that others are replaced by U+FFFD; before, and since, that they are rejected.
func validText(s string) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || r == 0xfffe || r == 0xffff {
			return false
		}
		i += n
	}
	return true
}

// traceHeader is the one system attribute that can be sent (API_SendMessage, MessageSystemAttribute).
const traceHeader = "AWSTraceHeader"

// checkSystemAttributes: "Its type must be String and its value must be a correctly formatted X-Ray trace header
// string" (API_SendMessage).
func checkSystemAttributes(attrs map[string]Attribute) *wire.Error {
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		a := attrs[name]
		switch {
		case name != traceHeader:
			return wire.InvalidParameterValue("Message system attribute name '" + clip(name) + "' is invalid.")
		case a.DataType != "String":
			return wire.InvalidParameterValue("Message system attribute 'AWSTraceHeader' must be of type 'String'.")
		case a.StringValue == nil || !isTraceHeader(*a.StringValue):
			return wire.InvalidParameterValue("Message system attribute 'AWSTraceHeader' must be a correctly formatted " +
				"AWS X-Ray trace header.")
		}
	}
	return nil
}

// isTraceHeader wants "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", of which
// Parent and Sampled may be missing and other fields may stand between (xray/latest/devguide/xray-concepts.html,
// "Tracing header").
func isTraceHeader(s string) bool {
	hasRoot := false
	for part := range strings.SplitSeq(s, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case !ok:
			return false
		case name == "Root":
			fields := strings.Split(value, "-")
			if len(fields) != 3 || fields[0] != "1" || !isHex(fields[1], 8) || !isHex(fields[2], 24) {
				return false
			}
			hasRoot = true
		case name == "Parent" && !isHex(value, 16):
			return false
		case name == "Sampled" && value != "0" && value != "1" && value != "?":
			return false
		}
	}
	return hasRoot
}

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}
