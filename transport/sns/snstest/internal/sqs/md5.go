package sqs

import (
	"crypto/md5" //nolint:gosec // it is what the protocol has
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"strings"
)

// md5OfAttributes is the digest of message attributes: "Calculating the MD5 message digest for message
// attributes" in sqs-message-metadata. Empty if there are none.
func md5OfAttributes(attrs map[string]Attribute) string {
	if len(attrs) == 0 {
		return ""
	}
	h := md5.New() //nolint:gosec // it is what the protocol has
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		a := attrs[name]
		hashPart(h, []byte(name))
		hashPart(h, []byte(a.DataType))
		if strings.HasPrefix(a.DataType, "Binary") {
			h.Write([]byte{2})
			hashPart(h, a.BinaryValue)
		} else {
			h.Write([]byte{1})
			hashPart(h, []byte(*a.StringValue))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func hashPart(h hash.Hash, part []byte) {
	var length [4]byte
	binary.BigEndian.PutUint32(length[:], uint32(len(part))) //nolint:gosec // a message has at most 1 MiB
	h.Write(length[:])
	h.Write(part)
}
