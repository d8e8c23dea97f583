package sns

import (
	"encoding/base64"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// pageSize: "Each call returns a limited list of topics, up to 100" (API_ListTopics, API_ListSubscriptions,
// API_ListSubscriptionsByTopic).
const pageSize = 100

const tokenPrefix = "after "

// pageOf returns one page of items, which are in the order of their IDs, and the token of the next. The token is
// base64 (recorded: test_list_subscriptions_by_topic_pagination).
func pageOf[T any](items []T, token string, id func(T) string) (page []T, next string, err *wire.Error) {
	after := ""
	if token != "" {
		raw, bad := base64.StdEncoding.DecodeString(token)
		rest, ok := strings.CutPrefix(string(raw), tokenPrefix)
		if bad != nil || !ok {
			return nil, "", invalid("NextToken")
		}
		after = rest
	}
	for _, item := range items {
		if id(item) <= after {
			continue
		}
		if len(page) == pageSize {
			return page, base64.StdEncoding.EncodeToString([]byte(tokenPrefix + id(page[pageSize-1]))), nil
		}
		page = append(page, item)
	}
	return page, "", nil
}
