package shop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/event"
)

// Message is what a line of input says: what happened to which model.
type Message struct {
	Channel string
	Action  bus.Action
	ID      ID
	// Data is the model as it came, fields unknown to this program included. It aliases the line.
	Data json.RawMessage
}

// Parse reads a FRAME message, {"channel":"Order","action":"created","data":{"id":"1"}}, or any other form
// that the bus itself decodes. Its error says which field is wrong and why, and reads well behind "line 17: ".
func Parse(line []byte) (Message, error) {
	env, err := event.Decode(line, event.Received{})
	if err != nil {
		return Message{}, explain(err)
	}
	m := Message{Channel: env.Channel, Action: env.Action, Data: env.Data}
	model := newModel(m.Channel)
	if model == nil {
		return Message{}, fmt.Errorf("channel: %q is none of Customer, Part, Order, OrderItem", m.Channel)
	}
	switch m.Action {
	case bus.Created, bus.Updated, bus.Deleted:
	default:
		return Message{}, fmt.Errorf("action: %q is none of created, updated, deleted", m.Action)
	}
	switch {
	case env.Binary != nil:
		return Message{}, errors.New("data: is binary, not an object")
	case len(m.Data) == 0:
		return Message{}, errors.New("data: is missing")
	case m.Data[0] != '{':
		return Message{}, errors.New("data: is not an object")
	}
	if err := checkNames(m.Data); err != nil {
		return Message{}, err
	}
	if err := env.DecodeData(model); err != nil {
		return Message{}, explain(err)
	}
	m.ID = model.identity()
	return m, m.ID.check()
}

// maxID is the length of the longest ID in bytes: well below event.MaxKey, as other apps derive theirs from it.
const maxID = 200

// check says what keeps an ID from identifying a model on the bus.
func (id ID) check() error {
	switch {
	case id == "":
		return errors.New("data.id: is missing")
	case strings.TrimSpace(string(id)) == "":
		return errors.New("data.id: is blank")
	case len(id) > maxID:
		return fmt.Errorf("data.id: is %d bytes long, the limit is %d", len(id), maxID)
	case strings.ContainsFunc(string(id), unicode.IsControl):
		return fmt.Errorf("data.id: %q holds a control character", id)
	}
	return nil
}

// checkNames says whether two fields of a model have one name. encoding/json would take the last one, and
// case aside; another reader might take another.
func checkNames(object json.RawMessage) error {
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil { // the opening brace
		return fmt.Errorf("data: %w", err)
	}
	seen := make(map[string]bool)
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return fmt.Errorf("data: %w", err)
		}
		name, _ := token.(string)
		folded := strings.ToLower(strings.ToUpper(name)) // both, for the few letters with two lower cases
		if seen[folded] {
			return fmt.Errorf("data.%s: appears twice", name)
		}
		seen[folded] = true
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return fmt.Errorf("data: %w", err)
		}
	}
	return nil
}

// explain says in plain words what the bus has found wrong.
func explain(err error) error {
	wrong, ok := errors.AsType[*event.DecodeError](err)
	if !ok {
		return err
	}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: is %s, not %s", wrong.Field, article(mismatch.Value), kind(mismatch.Type))
	}
	if wrong.Field == "" || strings.HasPrefix(wrong.Reason, wrong.Field+" ") {
		return errors.New(wrong.Reason)
	}
	return fmt.Errorf("%s: %s", wrong.Field, wrong.Reason)
}

// article puts one before encoding/json's word for a kind of value.
func article(value string) string {
	switch value {
	case "object", "array":
		return "an " + value
	case "string", "number", "bool":
		return "a " + value
	}
	return value
}

func kind(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[ID]():
		return "a string or an integer"
	case reflect.TypeFor[Decimal]():
		return "a decimal such as 12.50"
	}
	return "a " + t.Kind().String()
}
