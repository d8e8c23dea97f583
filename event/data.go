package event

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"strings"
)

// EncodeData sets the envelope's payload to v, and its ContentType. []byte becomes Binary, a nil one an empty
// one; json.RawMessage becomes Data as it is, without the white space around it, a nil one null; anything
// else becomes Data as encoding/json writes it, nil as null. So an event made of a Go value always has a
// payload. The envelope keeps the bytes it is given and does not copy them.
//
// The error is an [*EncodeError] on "data", and leaves the envelope without a payload.
func (env *Envelope) EncodeData(v any) error {
	env.Data, env.Binary, env.ContentType = nil, nil, ""
	switch v := v.(type) {
	case []byte:
		if v == nil {
			v = []byte{}
		}
		env.Binary, env.ContentType = v, ContentTypeBinary
		return nil
	case json.RawMessage:
		if v == nil {
			v = json.RawMessage("null")
		}
		v = trimSpace(v)
		if err := env.checkData(v); err != nil {
			return err
		}
		env.Data, env.ContentType = v, ContentTypeJSON
		return nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return &EncodeError{Channel: env.Channel, Action: env.Action, Field: "data", Reason: err.Error(), Err: err}
	}
	env.Data, env.ContentType = data, ContentTypeJSON
	return nil
}

// checkData says what keeps data from being a member of the document.
func (env *Envelope) checkData(data []byte) error {
	if err := checkJSON(data, 1); err != nil {
		return env.encodeError("data", fmt.Sprintf("%s (offset %d)", err.Reason, err.Offset))
	}
	return nil
}

// DecodeData decodes the payload into the value that dst points to, by the rules of [As]. Nothing there
// aliases the payload. An absent payload leaves the value as it is.
//
// The error is a [*DecodeError], or a [*json.InvalidUnmarshalError] if dst is not a pointer.
func (env *Envelope) DecodeData(dst any) error {
	if bin, ok := dst.(*[]byte); ok {
		if b, ok := env.asBytes(); ok {
			*bin = b
			return nil
		}
	}
	data, err := env.asJSON()
	if err != nil || data == nil {
		return err
	}
	if raw, ok := dst.(*json.RawMessage); ok {
		*raw = bytes.Clone(data)
		return nil
	}
	return dataError(json.Unmarshal(data, dst))
}

// asJSON returns the payload as JSON, nil if it is absent. It may alias the payload.
func (env *Envelope) asJSON() ([]byte, error) {
	switch {
	case env.Binary == nil:
		return env.Data, nil
	case env.ContentType != "" && isJSON(env.ContentType):
		if err := checkJSON(env.Binary, 0); err != nil {
			err.Field = "data"
			return nil, err
		}
		return trimSpace(env.Binary), nil
	}
	out := make([]byte, 0, base64.StdEncoding.EncodedLen(len(env.Binary))+len(`""`))
	out = append(out, '"')
	out = base64.StdEncoding.AppendEncode(out, env.Binary)
	return append(out, '"'), nil
}

// asBytes returns a copy of the payload as bytes, where it is bytes: Binary, or the text of a JSON string under
// a content type that is not JSON (CloudEvents JSON format 1.0.2, section 3.1.2).
func (env *Envelope) asBytes() ([]byte, bool) {
	if env.Binary != nil {
		return append([]byte{}, env.Binary...), true
	}
	var text string
	if isJSON(env.ContentType) || json.Unmarshal(env.Data, &text) != nil {
		return nil, false
	}
	return []byte(text), true
}

// isJSON says whether a content type declares JSON data: none at all, */json, or */*+json (CloudEvents JSON
// format 1.0.2, section 3.1.1).
func isJSON(contentType string) bool {
	if contentType == "" || contentType == ContentTypeJSON {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasSuffix(media, "/json") || strings.HasSuffix(media, "+json"))
}

// dataError turns an error of encoding/json into a [DecodeError] that says where in the data.
func dataError(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*json.InvalidUnmarshalError](err); ok {
		return fmt.Errorf("event: decode data: %w", err)
	}
	e := &DecodeError{Field: "data", Reason: err.Error(), Err: err}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		e.Offset = int(mismatch.Offset)
		if mismatch.Field != "" {
			e.Field += "." + mismatch.Field
		}
	}
	return e
}
