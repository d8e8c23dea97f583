package bus

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// Publish publishes an event on a channel. data travels as encoding/json writes it; []byte travels as
// binary, and json.RawMessage as it is.
//
// It returns nil only when the broker has the event. The error of an event that cannot be published is
// found before anything is sent: a bad channel ("*" is one) or action, data that is no JSON, or a
// document above event.MaxSize. Any other error means that the broker may have the event, or not. It keeps
// ctx's deadline. In a handler, publish with the handler's ctx: it carries the correlation on.
func (b *Bus) Publish(ctx context.Context, channel string, action Action, data any, opts ...PublishOption) error {
	p := b.publication()
	defer b.done(p)
	m, err := b.message(ctx, p, channel, action, data, opts)
	if err == nil {
		err = b.tr.Publish(ctx, m)
	}
	if err != nil {
		return fmt.Errorf("bus: publish %s.%s: %w", channel, action, err)
	}
	return nil
}

// message builds what the transport takes, in p.
func (b *Bus) message(
	ctx context.Context, p *publication, channel string, action Action, data any, opts []PublishOption,
) (*transport.Message, error) {
	env := &p.env
	env.Source, env.Channel, env.Action = b.cfg.Service, channel, action
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("an option is nil")
		}
		if err := opt(p); err != nil {
			return nil, err
		}
	}
	if err := env.EncodeData(data); err != nil {
		return nil, err
	}
	if env.Time.IsZero() {
		env.Time = time.Now().Truncate(time.Microsecond) // what databases keep
	}
	if env.ID == "" {
		id, err := uuid.NewV7FromReader(p.random)
		if err != nil {
			return nil, fmt.Errorf("making an id: %w", err)
		}
		env.ID = id.String()
	}
	cause := event.CauseFrom(ctx)
	env.CausationID = cause.EventID
	if env.CorrelationID == "" {
		env.CorrelationID = cause.CorrelationID
	}
	if env.CorrelationID == "" { // the first event of its story names it
		env.CorrelationID = env.ID
	}
	body, err := env.AppendEncode(p.message.Body[:0])
	if err != nil {
		return nil, err
	}
	p.message = transport.Message{
		ID: env.ID, Channel: channel, Action: action, Key: env.Key, Source: env.Source, Body: body,
	}
	return &p.message, nil
}

// publication is an event on its way to be published. Its memory serves again: a transport keeps nothing of a
// message when Publish has returned.
type publication struct {
	env     event.Envelope
	message transport.Message
	random  *bufio.Reader // of crypto/rand, for IDs: a call for each would be a tenth of a publish
}

func (b *Bus) publication() *publication {
	if p, ok := b.published.Get().(*publication); ok {
		return p
	}
	return &publication{random: bufio.NewReaderSize(rand.Reader, 256)}
}

// maxKeptBody is the largest body, in bytes, whose memory is kept for another.
const maxKeptBody = 16 << 10

func (b *Bus) done(p *publication) {
	body := p.message.Body
	if cap(body) > maxKeptBody {
		return
	}
	*p = publication{message: transport.Message{Body: body[:0]}, random: p.random}
	b.published.Put(p)
}

// PublishOption changes one event before it is published.
type PublishOption func(*publication) error

// Key is the identity of what the event is about. Listeners that are [Ordered] keep the order of the events
// of one channel and key. k is a string, an integer, or anything with String or MarshalText, such as a
// UUID; another type is an error of Publish.
func Key[K comparable](k K) PublishOption {
	return func(p *publication) error {
		text, err := keyText(k)
		p.env.Key = text
		return err
	}
}

func keyText(k any) (string, error) {
	switch k := k.(type) {
	case string:
		return k, nil
	case int:
		return strconv.Itoa(k), nil
	case encoding.TextMarshaler:
		text, err := k.MarshalText()
		if err != nil {
			return "", fmt.Errorf("key: %w", err)
		}
		return string(text), nil
	case fmt.Stringer:
		return k.String(), nil
	}
	switch v := reflect.ValueOf(k); {
	case v.Kind() == reflect.String:
		return v.String(), nil
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10), nil
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10), nil
	}
	return "", fmt.Errorf("key: a %T does not identify anything: it must be a string, an integer, or have String or MarshalText", k)
}

// ID sets the event's ID, which is a new UUIDv7 otherwise. Publishing the same event again with the same
// ID lets receivers see the duplicate.
func ID(id string) PublishOption {
	return func(p *publication) error {
		if id == "" {
			return errors.New("ID: is empty")
		}
		p.env.ID = id
		return nil
	}
}

// Time sets when the event happened, which is now otherwise.
func Time(t time.Time) PublishOption {
	return func(p *publication) error {
		p.env.Time = t
		return nil
	}
}

// CorrelationID sets the event's CorrelationID: to that of a request, say. Otherwise it is that of the
// event whose handler publishes, or else the event's own ID.
func CorrelationID(id string) PublishOption {
	return func(p *publication) error {
		p.env.CorrelationID = id
		return nil
	}
}

// Extension adds an attribute to the event. The name is lower-case letters and digits.
func Extension(name, value string) PublishOption {
	return func(p *publication) error {
		if p.env.Extensions == nil {
			p.env.Extensions = make(map[string]string, 1)
		}
		p.env.Extensions[name] = value
		return nil
	}
}
