package sns

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/filter"
	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
	"github.com/framebus/framebus/transport/sns/snstest/internal/sqs"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// attributeValue is a message attribute: API_MessageAttributeValue, sns-message-attributes.
type attributeValue struct {
	Type   *string `json:"DataType"`
	String *string `json:"StringValue"`
	Binary []byte  `json:"BinaryValue"`
}

// size counts towards that of the message: "All parts of the message attribute, including name, type, and value,
// are included in the message size restriction" (sns-message-attributes; recorded: test_publish_too_long_message).
func (a attributeValue) size(name string) int {
	n := len(name) + len(a.Binary)
	if a.Type != nil {
		n += len(*a.Type)
	}
	if a.String != nil {
		n += len(*a.String)
	}
	return n
}

// logical is the type without its label.
func (a attributeValue) logical() string {
	logical, _, _ := strings.Cut(*a.Type, ".")
	return logical
}

// checkAttributes checks the attributes of a message, in the order of their names. There is no limit to how many
// (sns-message-attributes). path is where they are in the request. Words that are not recorded are ours.
func checkAttributes(attrs map[string]attributeValue, path string) *wire.Error {
	for _, name := range sortedNames(attrs) {
		a := attrs[name]
		if a.Type == nil {
			return missingMember(path + "messageAttributes." + name + ".member.dataType")
		}
		if fault := nameFault(name); fault != "" {
			return invalidValue("%s", fault)
		}
		if fault := a.fault(name); fault != "" {
			return invalidValue("%s", fault)
		}
	}
	return nil
}

// nameFault: A-Z, a-z, 0-9, underscore, hyphen and period; no period at either end, nor two in succession; up to 256
// characters; not AWS. or Amazon. in front, in any case (sns-message-attributes; recorded:
// test_empty_or_wrong_message_attributes).
func nameFault(name string) string {
	lower := strings.ToLower(name)
	switch {
	case name == "":
		return "Message attribute name can not be empty."
	case len(name) > 256:
		return "Length of message attribute name must be less than 256 bytes."
	case strings.HasPrefix(name, "."):
		return "Invalid message attribute name starting with character '.' was found."
	case strings.HasSuffix(name, "."):
		return "Invalid message attribute name ending with character '.' was found."
	case strings.Contains(name, ".."):
		return "Message attribute name can not have successive '.' character."
	case strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon."):
		return "Message attribute name can not start with 'AWS.' or 'Amazon.'."
	}
	for _, r := range name {
		if r > '~' || !names.IsName(string(r)) && r != '.' {
			return fmt.Sprintf("Invalid non-alphanumeric character '#x%X' was found in the message attribute name. "+
				"Can only include alphanumeric characters, hyphens, underscores, or dots.", r)
		}
	}
	return ""
}

// fault: the types are String, Number and Binary, each perhaps with a period and a label, of which String.Array is
// one; values are of their type and not empty (sns-message-attributes; recorded:
// test_empty_or_wrong_message_attributes, test_message_attributes_prefixes).
func (a attributeValue) fault(name string) string {
	logical, label, labelled := strings.Cut(*a.Type, ".")
	known := logical == "String" || logical == "Number" || logical == "Binary"
	if !known || labelled && label == "" {
		return "The message attribute '" + name + "' has an invalid message attribute type, the set of supported type " +
			"prefixes is Binary, Number, and String."
	}
	field, has, other := "String", a.String != nil && *a.String != "", len(a.Binary) > 0
	if logical == "Binary" {
		field, has, other = "Binary", other, has
	}
	switch {
	case other:
		return "The message attribute '" + name + "' with type '" + *a.Type + "' must use field '" + field + "'."
	case !has:
		return "The message attribute '" + name + "' must contain non-empty message attribute value for message " +
			"attribute type '" + *a.Type + "'."
	case logical == "Number" && !isNumber(*a.String):
		return "Could not cast message attribute '" + name + "' value to number."
	case *a.Type == "String.Array" && !isArray(*a.String):
		return "The message attribute '" + name + "' with type 'String.Array' must be an array of strings, numbers, " +
			"true, false and null."
	}
	return ""
}

// isNumber: "positive or negative integers or floating-point numbers". Decided: that "a number can have a value from
// -10^9 to 10^9, with 5 digits of accuracy after the decimal point" (sns-message-attributes) is not held against a
// message: times in milliseconds are beyond, and are common. Filters do hold it.
func isNumber(s string) bool {
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return false // ParseFloat also reads hexadecimal, underscores, infinities and NaN
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// isArray: "An array, formatted as a string, that can contain multiple values. The values can be strings, numbers,
// or the keywords true, false, and null" (sns-message-attributes).
func isArray(s string) bool {
	var items []any
	if json.Unmarshal([]byte(s), &items) != nil {
		return false
	}
	for _, item := range items {
		switch item.(type) {
		case map[string]any, []any:
			return false
		}
	}
	return items != nil
}

// text is the value as the notifications have it: binary ones in Base64 (recorded: test_message_attributes_not_missing).
func (a attributeValue) text() string {
	if a.logical() == "Binary" {
		return base64.StdEncoding.EncodeToString(a.Binary)
	}
	return *a.String
}

// forQueue are the attributes of a raw delivery, for SQS.
func forQueue(attrs map[string]attributeValue) map[string]sqs.Attribute {
	if len(attrs) == 0 {
		return nil
	}
	out := make(map[string]sqs.Attribute, len(attrs))
	for name, a := range attrs {
		out[name] = sqs.Attribute{DataType: *a.Type, StringValue: a.String, BinaryValue: a.Binary}
		if a.logical() == "Binary" {
			out[name] = sqs.Attribute{DataType: *a.Type, BinaryValue: a.Binary}
		}
	}
	return out
}

// forFilter are the attributes as filters see them.
func forFilter(attrs map[string]attributeValue) map[string]filter.Attribute {
	out := make(map[string]filter.Attribute, len(attrs))
	for name, a := range attrs {
		out[name] = filter.Attribute{Type: *a.Type, Value: a.text()}
	}
	return out
}
