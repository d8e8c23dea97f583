package filter

import (
	"encoding/json"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"
)

// This file evaluates policies as the guide tells it, without a thought for time: it makes every choice of
// array elements and looks whether the policy's logic holds in one. It shares no code with the package, not
// even ways: maps instead of a reader, regular expressions for wildcards, floats, net for netip, the policy as
// it is written instead of branches. Its input is what generator makes, and is right.

// passes says whether body passes policy.
func passes(policy, body string) bool {
	var p, b map[string]any
	if json.Unmarshal([]byte(policy), &p) != nil || json.Unmarshal([]byte(body), &b) != nil {
		panic("the generator made no JSON")
	}
	if len(b) == 0 {
		return false
	}
	keys := map[string]bool{}
	known(b, "", keys)
	for _, choice := range choices(b, "") {
		if holds(p, "", choice, keys) {
			return true
		}
	}
	return false
}

func under(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// known collects the keys that have a value or an empty array.
func known(v any, path string, keys map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			known(member, under(path, name), keys)
		}
	case []any:
		if len(v) == 0 {
			keys[path] = true
		}
		for _, element := range v {
			known(element, path, keys)
		}
	default:
		keys[path] = true
	}
}

// choices returns the scalars of v by their key, for each way to choose one element of every array.
func choices(v any, path string) []map[string]any {
	switch v := v.(type) {
	case map[string]any:
		all := []map[string]any{{}}
		for name, member := range v {
			var more []map[string]any
			for _, choice := range choices(member, under(path, name)) {
				for _, before := range all {
					joined := map[string]any{}
					for _, m := range []map[string]any{before, choice} {
						maps.Copy(joined, m)
					}
					more = append(more, joined)
				}
			}
			all = more
		}
		return all
	case []any:
		var all []map[string]any
		for _, element := range v {
			all = append(all, choices(element, path)...)
		}
		if len(v) == 0 {
			all = append(all, map[string]any{})
		}
		return all
	}
	return []map[string]any{{path: v}}
}

// holds says whether the logic of a policy's object holds for a choice.
func holds(policy map[string]any, path string, choice map[string]any, keys map[string]bool) bool {
	for name, v := range policy {
		held := false
		list, isList := v.([]any)
		switch {
		case name == "$or":
			for _, alternative := range list {
				held = held || holds(alternative.(map[string]any), path, choice, keys)
			}
		case isList:
			value, found := choice[under(path, name)]
			for _, rule := range list {
				if r, ok := rule.(map[string]any); ok && r["exists"] == false {
					held = held || !keys[under(path, name)]
				} else {
					held = held || found && takes(rule, value)
				}
			}
		default:
			held = holds(v.(map[string]any), under(path, name), choice, keys)
		}
		if !held {
			return false
		}
	}
	return true
}

// takes says whether a rule takes a value.
func takes(rule, value any) bool {
	r, ok := rule.(map[string]any)
	if !ok {
		return rule == value
	}
	s, isString := value.(string)
	for operator, operand := range r {
		switch operator {
		case "exists":
			return value != nil && value != ""
		case "anything-but":
			list, ok := operand.([]any)
			if !ok {
				return !takes(operand, value)
			}
			return !slices.Contains(list, value)
		case "numeric":
			n, isNumber := value.(float64)
			return isNumber && inRange(operand.([]any), n)
		}
		if !isString {
			return false
		}
		want := operand.(string)
		switch operator {
		case "prefix":
			return len(s) >= len(want) && s[:len(want)] == want
		case "suffix":
			return len(s) >= len(want) && s[len(s)-len(want):] == want
		case "equals-ignore-case":
			return strings.EqualFold(s, want)
		case "wildcard":
			pattern := strings.ReplaceAll(regexp.QuoteMeta(want), `\*`, `.*`)
			return regexp.MustCompile(`(?s)\A` + pattern + `\z`).MatchString(s)
		case "cidr":
			ip := net.ParseIP(s)
			_, network, err := net.ParseCIDR(want)
			return err == nil && ip != nil && network.Contains(ip)
		}
	}
	panic("the generator made another rule")
}

func inRange(terms []any, n float64) bool {
	for ; len(terms) > 0; terms = terms[2:] {
		operand := terms[1].(float64)
		ok := map[any]bool{"=": n == operand, "<": n < operand, "<=": n <= operand, ">": n > operand, ">=": n >= operand}
		if !ok[terms[0]] {
			return false
		}
	}
	return true
}
