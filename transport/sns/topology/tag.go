package topology

import (
	"fmt"
	"strconv"
	"strings"
)

// Tags of ours. Their values are of the characters that SNS and SQS both take
// (docs.aws.amazon.com/sns/latest/api/API_Tag.html).
const (
	// tagChannel is the channel of a topic whose name does not tell it.
	tagChannel = "framebus:channel"
	// tagService and tagListener are the identity of the listener of a queue and of its dead-letter queue.
	tagService  = "framebus:service"
	tagListener = "framebus:listener"
	// tagDeclared is what Queue set of what a subscription says: by it a change of the program is told from one
	// by hand.
	tagDeclared = "framebus:declared"
)

const maxTagValue = 256

// tagged writes a text into tags: in characters that AWS takes, each other byte as = and two hexadecimal digits,
// and the rest of what is too long for one tag in further ones, "-2" and "-3".
func tagged(tags map[string]string, key, text string) {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; isNameRune(rune(c)) || strings.IndexByte("_.:/+@", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	value := b.String()
	for n := 1; n == 1 || value != ""; n++ {
		cut := min(len(value), maxTagValue)
		tags[tagKey(key, n)] = value[:cut]
		value = value[cut:]
	}
}

// untagged reads what tagged wrote; false if there is no such tag or it is of somebody else.
func untagged(tags map[string]string, key string) (string, bool) {
	value, ok := tags[key]
	if !ok {
		return "", false
	}
	for n := 2; ; n++ {
		more, ok := tags[tagKey(key, n)]
		if !ok {
			break
		}
		value += more
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '=' {
			b.WriteByte(value[i])
			continue
		}
		if i+2 >= len(value) {
			return "", false
		}
		c, err := strconv.ParseUint(value[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(c))
		i += 2
	}
	return b.String(), true
}

func tagKey(key string, n int) string {
	if n == 1 {
		return key
	}
	return key + "-" + strconv.Itoa(n)
}
