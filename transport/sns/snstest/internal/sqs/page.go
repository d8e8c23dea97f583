package sqs

import (
	"encoding/base64"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// maxPage: "The response includes a maximum of 1,000 results" (API_ListQueues).
const maxPage = 1000

// page returns the URLs of one page of queues, which are in the order of their names, and the token of the next.
// "You must set MaxResults to receive a value for NextToken in the response."
func page(c *wire.Call, queues []*queue, limit *int, token string) (urls []string, next string, err *wire.Error) {
	size := maxPage
	if limit != nil {
		if *limit < 1 || *limit > maxPage {
			return nil, "", invalidValue(*limit, "MaxResults", "Must be between 1 and 1000, if provided.")
		}
		size = *limit
	}
	after := ""
	if token != "" {
		raw, err := base64.URLEncoding.DecodeString(token)
		after, _ = strings.CutPrefix(string(raw), tokenPrefix)
		if err != nil || !strings.HasPrefix(string(raw), tokenPrefix) {
			return nil, "", invalidValue(clip(token), "NextToken", "Invalid or expired next token.")
		}
	}
	last := ""
	for _, q := range queues {
		if q.arn <= after {
			continue
		}
		if len(urls) == size {
			if limit != nil {
				next = base64.URLEncoding.EncodeToString([]byte(tokenPrefix + last))
			}
			break
		}
		urls, last = append(urls, q.key.url(c)), q.arn
	}
	return urls, next, nil
}

const tokenPrefix = "after "
