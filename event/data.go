package event

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"mime"
	"strings"
	"unicode/utf8"
)

// EncodeData sets the envelope's payload to v: []byte travels as binary, json.RawMessage as the JSON it
// is (checked), and anything else as encoding/json writes it. The error is an [*EncodeError] on "data".
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
		if err := checkJSON(v); err != nil {
			return env.encodeError("data", err.Error())
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

// DecodeData decodes the payload into the value that dst points to, by the rules of [As].
func (env *Envelope) DecodeData(dst any) error {
	switch dst := dst.(type) {
	case *json.RawMessage:
		*dst = env.rawData()
		return nil
	case *[]byte:
		if b, ok := env.bytesData(); ok {
			*dst = b
			return nil
		}
	}
	data := env.Data
	if env.Binary != nil {
		data = env.rawData()
	}
	if len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, dst); err != nil {
		return dataError(err)
	}
	return nil
}

// rawData returns a copy of the payload as JSON.
func (env *Envelope) rawData() json.RawMessage {
	if env.Binary == nil {
		return bytes.Clone(env.Data)
	}
	out := make([]byte, 0, base64.StdEncoding.EncodedLen(len(env.Binary))+2)
	out = append(out, '"')
	out = base64.StdEncoding.AppendEncode(out, env.Binary)
	return append(out, '"')
}

// bytesData returns a copy of the payload as bytes, where it is bytes: binary data, or the text of a JSON
// string under a content type that is not JSON (CloudEvents JSON format 1.0, section 3.1).
func (env *Envelope) bytesData() ([]byte, bool) {
	if env.Binary != nil {
		return append([]byte{}, env.Binary...), true
	}
	if len(env.Data) > 0 && env.Data[0] == '"' && !isJSON(env.ContentType) {
		if s, ok := unquote(env.Data); ok {
			return []byte(s), true
		}
	}
	return nil, false
}

// isJSON says whether a content type declares JSON data: none at all, */json, or */*+json.
func isJSON(contentType string) bool {
	if contentType == "" || contentType == ContentTypeJSON {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasSuffix(media, "/json") || strings.HasSuffix(media, "+json"))
}

// checkJSON says what keeps doc from being one JSON value in UTF-8, as a [*DecodeError], or returns nil.
func checkJSON(doc []byte) error {
	if !utf8.Valid(doc) {
		return &DecodeError{Offset: invalidUTF8(doc), Reason: "invalid UTF-8"}
	}
	if json.Valid(doc) {
		return nil
	}
	var syntax *json.SyntaxError
	var any json.RawMessage
	if err := json.Unmarshal(doc, &any); errors.As(err, &syntax) {
		return &DecodeError{Offset: int(syntax.Offset), Reason: "not JSON: " + syntax.Error(), Err: err}
	}
	return &DecodeError{Reason: "not JSON"}
}

// invalidUTF8 returns the offset of the first byte of doc that is not UTF-8.
func invalidUTF8(doc []byte) int {
	for i := 0; i < len(doc); {
		r, n := utf8.DecodeRune(doc[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(doc)
}

func dataError(err error) error {
	e := &DecodeError{Field: "data", Reason: err.Error(), Err: err}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		e.Offset = int(mismatch.Offset)
		if mismatch.Field != "" {
			e.Field = "data." + mismatch.Field
		}
	}
	return e
}
