package sqs

import (
	"encoding/base64"
	"encoding/binary"
)

// Receipt handles are opaque, and each receive of a message has its own (sqs-queue-message-identifiers). Here
// one says which queue it is from, which message, and which receive. The rest is a check, by which a handle
// that was not given out is known; it also makes handles long, as those of AWS are, who allows them 1,024
// characters: code that keeps them somewhere short is wrong.

const (
	handleBytes = 96 // 128 characters
	handleHead  = "\x01\x01\x01"
)

type handle struct {
	queue   uint64 // the queue's instance: one that is deleted and created again has another
	message uint64
	receive uint64
}

func (h handle) bytes(secret uint64) (out [handleBytes]byte) {
	copy(out[:], handleHead)
	at := len(handleHead)
	state := secret
	for _, n := range [...]uint64{h.queue, h.message, h.receive} {
		binary.BigEndian.PutUint64(out[at:], n)
		at += 8
		state = mix(state ^ n)
	}
	for at+8 <= handleBytes {
		state = mix(state)
		binary.BigEndian.PutUint64(out[at:], state)
		at += 8
	}
	return out
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (h handle) text(secret uint64) string {
	raw := h.bytes(secret)
	return base64.StdEncoding.EncodeToString(raw[:])
}

func readHandle(text string, secret uint64) (h handle, ok bool) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != handleBytes {
		return h, false
	}
	at := len(handleHead)
	h.queue = binary.BigEndian.Uint64(raw[at:])
	h.message = binary.BigEndian.Uint64(raw[at+8:])
	h.receive = binary.BigEndian.Uint64(raw[at+16:])
	return h, [handleBytes]byte(raw) == h.bytes(secret)
}
