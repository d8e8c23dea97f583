package sns

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/framebus/framebus/transport/sns/snstest/internal/fifo"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// maxSize: "messages must be UTF-8 encoded strings and at most 256 KB in size (262,144 bytes, not 262,144
// characters)" (API_Publish), a batch in all as well (API_PublishBatch).
const maxSize = 256 << 10

// draft is a message that somebody wants to publish: API_Publish, API_PublishBatchRequestEntry.
type draft struct {
	text      *string
	subject   *string
	structure string
	attrs     map[string]attributeValue
	group     *string
	dedup     *string

	texts map[string]string // by protocol, if there is one for each
}

func (d *draft) size() int {
	n := 0
	if d.text != nil {
		n = len(*d.text)
	}
	for name, a := range d.attrs {
		n += a.size(name)
	}
	return n
}

// textFor is the message for subscribers of a protocol.
func (d *draft) textFor(protocol string) string {
	if d.texts == nil {
		return *d.text
	}
	if text, ok := d.texts[protocol]; ok {
		return text
	}
	return d.texts["default"]
}

// check checks what makes one entry of a batch fail, and not the others.
func (d *draft) check() *wire.Error {
	switch {
	case d.text == nil:
		return missingMember("message")
	case *d.text == "": // recorded: test_empty_sns_message
		return invalid("Empty message")
	case d.subject != nil && !isSubject(*d.subject): // recorded: test_publish_with_empty_subject
		return invalid("Subject")
	case d.size() > maxSize: // recorded: test_publish_too_long_message
		return invalid("Message too long")
	}
	return nil
}

// isSubject: "UTF-8 text with no line breaks or control characters, and less than 100 characters long"
// (API_Publish).
func isSubject(s string) bool {
	return s != "" && utf8.RuneCountInString(s) < 100 && !strings.ContainsFunc(s, unicode.IsControl)
}

// checkFor checks what makes a whole batch fail, for a topic. path is where the message is in the request.
func (d *draft) checkFor(t *topic, set *settings, path string) *wire.Error {
	if err := d.readStructure(); err != nil {
		return err
	}
	if err := checkAttributes(d.attrs, path); err != nil {
		return err
	}
	if err := checkToken("MessageGroupId", d.group); err != nil {
		return err
	}
	if err := checkToken("MessageDeduplicationId", d.dedup); err != nil {
		return err
	}
	switch { // recorded: test_validations_for_fifo, test_publish_batch_exceptions
	case !t.fifo && d.dedup != nil:
		return invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is " +
			"not valid for this topic type")
	case t.fifo && d.group == nil:
		return invalid("The MessageGroupId parameter is required for FIFO topics")
	case t.fifo && d.dedup == nil && !set.contentDedup():
		return invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId " +
			"provided explicitly")
	}
	return nil
}

// readStructure: with MessageStructure json the message is a JSON object, which has a string for "default", and
// perhaps for protocols. "Non-string values will cause the key to be ignored." (API_Publish; recorded:
// test_message_structure_json_exc, test_message_structure_json_to_sqs.) The page says that "Duplicate keys are not
// allowed"; recorded is that they are.
func (d *draft) readStructure() *wire.Error {
	if d.structure == "" {
		return nil
	}
	if d.structure != "json" {
		return invalid("MessageStructure") // "Valid value: json"
	}
	if d.text == nil {
		return missingMember("message")
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(*d.text), &object) != nil || object == nil {
		return invalid("Message Structure - JSON message body failed to parse")
	}
	d.texts = map[string]string{}
	for key, raw := range object {
		var text *string
		if json.Unmarshal(raw, &text) == nil && text != nil {
			d.texts[key] = *text
		}
	}
	if _, ok := d.texts["default"]; !ok {
		return invalid("Message Structure - No default entry in JSON message body")
	}
	return nil
}

// checkToken: up to 128 letters, digits and punctuation marks (API_Publish). Decided: the words are those of SQS.
func checkToken(parameter string, token *string) *wire.Error {
	if token == nil || fifo.IsToken(*token) {
		return nil
	}
	return invalid("%s Reason: %s can only include alphanumeric and punctuation characters. 1 to 128 in length.",
		parameter, parameter)
}
