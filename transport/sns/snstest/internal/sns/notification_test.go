package sns

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// The form of a notification is the one that AWS sends, byte for byte.
func TestObject(t *testing.T) {
	var o object
	o.member("Type", "Notification")
	o.member("Message", "a \"b\" \\ <&> é 😀\b\f\n\r\t\x01\x1f\u2028")
	const want = "{\n  \"Type\" : \"Notification\",\n" +
		"  \"Message\" : \"a \\\"b\\\" \\\\ <&> é 😀\\b\\f\\n\\r\\t\\u0001\\u001F\u2028\"\n}"
	if got := o.text(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// What is quoted is JSON, and reads as it was.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"", "a", "\"\\\x00\n\x7f", "é😀\u2028", "\\u0041"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("the protocol has refused it")
		}
		var got string
		if err := json.Unmarshal(quote(nil, s), &got); err != nil || got != s {
			t.Errorf("%q became %s, which reads %q, %v", s, quote(nil, s), got, err)
		}
	})
}

// FuzzStructure holds that a message of its own for each protocol is read or refused, and has a default.
func FuzzStructure(f *testing.F) {
	for _, seed := range []string{`{"default":"a"}`, `{"default":null}`, `{"default":"a","sqs":1}`, `null`, `[]`, `{`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := &draft{text: &text, structure: "json"}
		if err := d.readStructure(); err != nil {
			if !strings.HasPrefix(err.Message, "Invalid parameter: Message Structure - ") {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if _, ok := d.texts["default"]; !ok || !json.Valid([]byte(text)) {
			t.Errorf("%q was taken as %v", text, d.texts)
		}
	})
}

func FuzzDeliveryPolicy(f *testing.F) {
	for _, seed := range []string{
		"", `{"http":{}}`, `{"http":{"defaultHealthyRetryPolicy":{"numRetries":1}}}`, `{"http":null}`, `null`, `{"http":{"x":1}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kept, fault := topicDelivery(text)
		if fault != "" {
			return
		}
		if again, fault := topicDelivery(kept); fault != "" || again != kept {
			t.Errorf("%q is kept as %q, which is kept as %q, %s", text, kept, again, fault)
		}
		if !json.Valid([]byte(effectiveDelivery(kept))) {
			t.Errorf("%q has the effect of %q", text, effectiveDelivery(kept))
		}
	})
}

func TestEventual(t *testing.T) {
	var e eventual[string]
	e.now = "a"
	e.set("b", 0, 10)
	e.set("c", 5, 15)
	for at, want := range map[int64]string{0: "a", 9: "a", 10: "b", 14: "b", 15: "c", 99: "c"} {
		if got := e.at(at); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
	}
	if e.latest() != "c" {
		t.Errorf("the latest is %s", e.latest())
	}
	e.set("d", 20, 20)
	if e.at(20) != "d" || e.latest() != "d" || len(e.next) != 0 {
		t.Errorf("got %+v", e)
	}
}
