package conformance

import (
	"slices"
	"strings"
)

// sortCases puts cases that were made from a map into an order.
func sortCases(cases []Case) {
	slices.SortStableFunc(cases, func(a, b Case) int { return strings.Compare(a.Name, b.Name) })
}
