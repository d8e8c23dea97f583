package event_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/framebus/framebus/event"
)

// wireFormat returns docs/wire.md.
func wireFormat(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/wire.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// TestWireSamples reads every sample of docs/wire.md.
func TestWireSamples(t *testing.T) {
	blocks := regexp.MustCompile("(?ms)^ *```json\n(.*?)^ *```$").FindAllStringSubmatch(wireFormat(t), -1)
	if len(blocks) < 8 {
		t.Fatalf("found %d samples", len(blocks))
	}
	for _, block := range blocks {
		sample := block[1]
		env, err := event.Decode([]byte(sample), event.Received{ID: "msg-1", Channel: "Order"})
		if err != nil {
			t.Errorf("%s: %v", sample, err)
			continue
		}
		checkTyped(t, env)
		if env.Source == "" { // a form that does not say
			env.Source = "docs"
		}
		checkRoundTrip(t, env)
	}
}

// TestWireErrors reads the table of errors of docs/wire.md.
func TestWireErrors(t *testing.T) {
	_, section, _ := strings.Cut(wireFormat(t), "\n## Errors\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := regexp.MustCompile("(?m)^\\| `(.*?)` \\| `(.*?)` \\|$").FindAllStringSubmatch(section, -1)
	if len(rows) < 8 {
		t.Fatalf("found %d rows", len(rows))
	}
	for _, row := range rows {
		env, err := event.Decode([]byte(row[1]), event.Received{})
		if err == nil || err.Error() != row[2] {
			t.Errorf("%s: got %+v, %v; want %s", row[1], env, err, row[2])
		}
	}
}

// TestWireMembers: the table of members of docs/wire.md has every one, and every one of them is written.
func TestWireMembers(t *testing.T) {
	page := wireFormat(t)
	env := event.Envelope{
		ID: "1", Source: "s", Channel: "Order", Action: event.Created, Key: "42", Time: eight,
		CorrelationID: "c1", CausationID: "c2", Extensions: map[string]string{"dataschema": "urn:x"},
		ContentType: event.ContentTypeJSON,
	}
	var docs string
	for _, payload := range []any{1, []byte{1}} {
		if err := env.EncodeData(payload); err != nil {
			t.Fatal(err)
		}
		doc, err := env.Encode()
		if err != nil {
			t.Fatal(err)
		}
		docs += string(doc)
	}
	listed := make(map[string]bool)
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\| .* \\| (yes|no) \\| ").FindAllStringSubmatch(page, -1) {
		listed[row[1]] = true
		if !strings.Contains(docs, `"`+row[1]+`":`) {
			t.Errorf("%s is listed and not written: %s", row[1], docs)
		}
	}
	for _, m := range regexp.MustCompile(`[{,]"([a-z0-9_]+)":`).FindAllStringSubmatch(docs, -1) {
		if !listed[m[1]] && m[1] != "dataschema" {
			t.Errorf("%s is written and not listed", m[1])
		}
	}
}
