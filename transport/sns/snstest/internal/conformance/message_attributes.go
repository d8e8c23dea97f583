package conformance

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func messageAttributeCases() []Case {
	page := "sqs-message-metadata"
	cases := []Case{
		{Name: "attributes/types", Page: page,
			Rule: "types are String, Number and Binary, with or without a custom label, and come back as they are",
			Do: func(t *T) {
				url := t.queue()
				sent := map[string][2]string{
					"s": {"String", "ü"}, "sl": {"String.json", "{}"}, "n": {"Number", "-12.5e3"},
					"nl": {"Number.int", "42"}, "b": {"Binary", "\x00\xff"}, "bl": {"Binary.png", "\x89"},
				}
				var options []func(*sqs.SendMessageInput)
				for name, a := range sent {
					options = append(options, withAttribute(name, a[0], a[1]))
				}
				t.send(url, "a", options...)
				got := map[string][2]string{}
				for name, a := range t.one(url).MessageAttributes {
					got[name] = [2]string{*a.DataType, aws.ToString(a.StringValue) + string(a.BinaryValue)}
				}
				t.equal("attributes", got, sent)
			}},
		{Name: "attributes/ten", Page: "quotas-messages",
			Rule: "a message can contain up to 10 attributes",
			Do: func(t *T) {
				url := t.queue()
				var options []func(*sqs.SendMessageInput)
				for i := range 10 {
					options = append(options, withAttribute(fmt.Sprint("a", i), "String", "v"))
				}
				t.send(url, "a", options...)
				_, err := t.trySend(url, "a", append(options, withAttribute("a10", "String", "v"))...)
				t.fails(err, invalidParameterValue)
			}},
		{Name: "attributes/name/letters", Page: "recorded: test_send_message_with_invalid_string_attributes",
			Rule: "letters of other alphabets are letters",
			Do:   func(t *T) { t.send(t.queue(), "a", withAttribute("attr.1øßä", "String", "v")) }},
		{Name: "attributes/name/256 characters", Page: page,
			Rule: "a name has up to 256 characters",
			Do: func(t *T) {
				t.send(t.queue(), "a", withAttribute(strings.Repeat("n", 256), "String", "v"))
			}},
		{Name: "attributes/list values", Page: "API_MessageAttributeValue",
			Rule: "lists of values are not implemented",
			Do: func(t *T) {
				_, err := t.trySend(t.queue(), "a", func(in *sqs.SendMessageInput) {
					in.MessageAttributes = map[string]types.MessageAttributeValue{
						"list": {DataType: aws.String("String"), StringListValues: []string{"a"}},
					}
				})
				t.fails(err, unsupported)
			}},
		{Name: "attributes/Binary with a string", Page: page,
			Rule: "an attribute has a value of its type",
			Do: func(t *T) {
				_, err := t.trySend(t.queue(), "a", func(in *sqs.SendMessageInput) {
					in.MessageAttributes = map[string]types.MessageAttributeValue{
						"b": {DataType: aws.String("Binary"), StringValue: aws.String("text")},
					}
				})
				t.fails(err, invalidParameterValue)
			}},
	}
	for _, a := range []struct{ what, name, kind, value, rule string }{
		{"name/empty", "", "String", "v", "a name is not empty"},
		{"name/257 characters", strings.Repeat("n", 257), "String", "v", "a name has up to 256 characters"},
		{"name/AWS.", "AWS.x", "String", "v", "a name does not start with AWS. or Amazon., in any case"},
		{"name/aWs.", "aWs.x", "String", "v", "a name does not start with AWS. or Amazon., in any case"},
		{"name/Amazon.", "AMAZON.x", "String", "v", "a name does not start with AWS. or Amazon., in any case"},
		{"name/period first", ".x", "String", "v", "a name does not start with a period"},
		{"name/period last", "x.", "String", "v", "a name does not end with a period"},
		{"name/two periods", "x..y", "String", "v", "a name has no periods in succession"},
		{"name/space", "x y", "String", "v", "a name has letters, digits, underscores, hyphens and periods"},
		{"name/section sign", "x§", "String", "v", "a name has letters, digits, underscores, hyphens and periods"},
		{"type/empty", "x", "", "v", "a type is not empty"},
		{"type/unknown", "x", "Invalid", "v", "a type is String, Number or Binary"},
		{"type/case", "x", "string", "v", "types are case-sensitive"},
		{"type/too long", "x", "Number." + strings.Repeat("l", 256), "1", "a type has up to 256 characters"},
		{"value/empty string", "x", "String", "", "a value is not empty"},
		{"value/empty binary", "x", "Binary", "", "a value is not empty"},
		{"value/control character", "x", "String", "a\x08", "string values have the characters of bodies"},
		{"value/no number", "x", "Number", "twelve", "a Number is a number"},
		{"value/39 digits", "x", "Number", strings.Repeat("9", 39), "a Number has up to 38 digits"},
		{"value/too great", "x", "Number", "1e127", "a Number is up to 10^126"},
	} {
		cases = append(cases, Case{Name: "attributes/" + a.what, Page: page, Rule: a.rule, Do: func(t *T) {
			_, err := t.trySend(t.queue(), "a", withAttribute(a.name, a.kind, a.value))
			t.fails(err, invalidParameterValue)
		}})
	}
	trace := "the one system attribute is AWSTraceHeader, a String with a correctly formatted X-Ray header"
	for _, a := range []struct{ what, name, kind, value string }{
		{"unknown", "SenderId", "String", "me"},
		{"type", "AWSTraceHeader", "Number", "1"},
		{"format", "AWSTraceHeader", "String", "nonsense"},
		{"root", "AWSTraceHeader", "String", "Root=1-5759e988;Sampled=1"},
	} {
		cases = append(cases, Case{Name: "system attributes/" + a.what, Page: "API_SendMessage", Rule: trace, Do: func(t *T) {
			_, err := t.trySend(t.queue(), "a", withSystem(a.name, a.kind, a.value))
			t.fails(err, invalidParameterValue)
		}})
	}
	return cases
}
