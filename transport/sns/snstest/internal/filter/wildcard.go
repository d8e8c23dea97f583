package filter

import (
	"fmt"
	"strings"
)

// glob is a pattern of a wildcard: the texts between its stars. [strings]
type glob []string

// parseGlob reads a pattern, or says what is wrong with it. The guide has the star and how many there may be
// [strings, constraints]; that a backslash takes the meaning from a star and a backslash and nothing else, and
// that there are no two stars together, is [ruler]'s. It counts characters from the quote, which is 0.
func parseGlob(pattern string) (g glob, reason string) {
	var part strings.Builder
	runes := []rune(pattern)
	for i := 0; i < len(runes); i++ {
		switch c := runes[i]; {
		case c == '*' && i > 0 && part.Len() == 0:
			return nil, fmt.Sprintf("Consecutive wildcard characters at pos %d", i)
		case c == '*':
			g = append(g, part.String())
			part.Reset()
		case c == '\\' && (i+1 == len(runes) || runes[i+1] != '*' && runes[i+1] != '\\'):
			return nil, fmt.Sprintf("Invalid escape character at pos %d", i+1)
		case c == '\\':
			i++
			part.WriteRune(runes[i])
		default:
			part.WriteRune(c)
		}
	}
	if g = append(g, part.String()); g.stars() > maxWildcards { // the words are our own
		return nil, fmt.Sprintf("Too many wildcard characters in pattern: %d, at most %d", g.stars(), maxWildcards)
	}
	return g, ""
}

func (g glob) stars() int { return len(g) - 1 }

// match takes the first place for each text between the first and the last, which leaves the most for the
// rest; so it goes through s once.
func (g glob) match(s string) bool {
	if len(g) == 1 {
		return s == g[0]
	}
	last := g[len(g)-1]
	if len(s) < len(g[0])+len(last) || !strings.HasPrefix(s, g[0]) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(g[0]) : len(s)-len(last)]
	for _, part := range g[1 : len(g)-1] {
		_, after, found := strings.Cut(s, part)
		if !found {
			return false
		}
		s = after
	}
	return true
}

// wildcards counts how complex those of a key are. [constraints]
type wildcards struct {
	stars     int // points of the patterns
	patterns  int
	negations int // anything-buts
}

// add counts a pattern: 1 for a single star, and 3 for each of several.
func (w *wildcards) add(g glob) {
	w.patterns++
	if w.stars += g.stars(); g.stars() > 1 {
		w.stars += 2 * g.stars()
	}
}

// points is the sum of the patterns' points, an anything-but counting 1, times the number of patterns.
// [constraints] Decided: a key without a wildcard has none, as the limit is one on wildcards and a key may
// well have fifty anything-buts; and every value of a key with one is a pattern.
func (w *wildcards) points(values int) int {
	if w.patterns == 0 {
		return 0
	}
	return (w.stars + w.negations) * values
}
