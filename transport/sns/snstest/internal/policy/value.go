package policy

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

func numberTest(holds func(order int) bool) func(string, rules) test {
	return func(policy string, _ rules) test {
		want, ok := parseNumber(policy)
		if !ok {
			return never
		}
		return func(value string, _ lookup) bool {
			got, ok := parseNumber(value)
			return ok && holds(cmp.Compare(got, want))
		}
	}
}

// parseNumber: an integer or a decimal (elements_condition_operators, "Numeric"), in JSON's notation. ParseFloat
// takes infinities, hexadecimal and underscores besides.
func parseNumber(s string) (float64, bool) {
	if strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789.+-eE", r) }) >= 0 {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func dateTest(holds func(order int) bool) func(string, rules) test {
	return func(policy string, _ rules) test {
		want, ok := parseDate(policy)
		if !ok {
			return never
		}
		return func(value string, _ lookup) bool {
			got, ok := parseDate(value)
			return ok && holds(got.Compare(want))
		}
	}
}

// parseDate: one of the W3C's forms of ISO 8601, www.w3.org/TR/NOTE-datetime, or seconds of Unix time
// (elements_condition_operators, "Date"). Four digits are a year, which is a form of the first.
func parseDate(s string) (time.Time, bool) {
	for _, layout := range [...]string{
		"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", time.RFC3339, // which takes fractions too
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(seconds, 0), err == nil
}

// addressTest: a range in CIDR notation, or an address, which is the range of itself
// (elements_condition_operators, "IP address"). The page has /32 as the prefix that is left out, and does not
// say that it is another one in IPv6; /32 there would be more addresses than the Internet had, so it is /128.
// Bits behind the prefix are ignored (policy checks, "Improve IP range").
func addressTest(policy string, _ rules) test {
	want, ok := parseRange(policy)
	if !ok {
		return never
	}
	return func(value string, _ lookup) bool {
		got, err := netip.ParseAddr(value)
		return err == nil && want.Contains(got.Unmap())
	}
}

func parseRange(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}
