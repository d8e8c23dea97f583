package filter

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestAgainstReference holds the matchers against the evaluator in reference_test.go on random policies and
// messages of a small grammar, which have much in common, so that many match.
func TestAgainstReference(t *testing.T) {
	const rounds = 20_000
	g := generator{rand.New(rand.NewPCG(7, 11))}
	counts := map[string]int{}
	for range rounds {
		nested := g.IntN(2) == 0
		policy, message := g.policy(nested, 0), g.object(nested, 0)
		text, body := encode(policy), encode(message)
		p, err := Parse(text, MessageBody)
		if err != nil {
			if !strings.Contains(err.Error(), "more than 5 keys") && !strings.Contains(err.Error(), "too complex") {
				t.Fatalf("Parse(%s): %v", text, err)
			}
			counts["refused"]++
			continue
		}
		want := passes(text, body)
		if got := p.MatchBody([]byte(body)); got != want {
			t.Fatalf("policy %s\nbody %s\ngot %v, want %v", text, body, got, want)
		}
		counts[fmt.Sprint("body ", want)]++
		if nested {
			continue
		}
		attributes, ok := asAttributes(message)
		if !ok {
			continue
		}
		if got := must(t, text, MessageAttributes).MatchAttributes(attributes); got != want {
			t.Fatalf("policy %s\nattributes %v\ngot %v, want %v", text, attributes, got, want)
		}
		counts[fmt.Sprint("attributes ", want)]++
	}
	for _, c := range []string{"body true", "body false", "attributes true", "attributes false"} {
		if counts[c] < rounds/50 {
			t.Errorf("%s: %d times of %d, too few to say much: %v", c, counts[c], rounds, counts)
		}
	}
}

func encode(v any) string {
	doc, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(doc)
}

// asAttributes is a flat body as attributes, if it can be.
func asAttributes(message map[string]any) (map[string]Attribute, bool) {
	all := map[string]Attribute{}
	for name, v := range message {
		switch v := v.(type) {
		case string:
			all[name] = Attribute{Type: "String", Value: v}
		case float64:
			all[name] = Attribute{Type: "Number", Value: encode(v)}
		case []any:
			all[name] = Attribute{Type: "String.Array", Value: encode(v)}
		default:
			return nil, false
		}
	}
	return all, true
}

type generator struct{ *rand.Rand }

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

// policy makes an object of a policy. The names in an "$or" are others than those around it: what holds for
// one key twice is not the reference's to know.
func (g generator) policy(nested bool, depth int) map[string]any {
	p := map[string]any{}
	for range 1 + g.IntN(2) {
		p[pick(g, "a", "b")] = g.rules()
	}
	if nested && depth < 2 && g.IntN(2) == 0 {
		p[pick(g, "a", "b", "n")] = g.policy(true, depth+1)
	}
	if g.IntN(3) == 0 {
		var alternatives []any
		for range 2 + g.IntN(2) {
			o := map[string]any{pick(g, "c", "d"): g.rules()}
			if g.IntN(3) == 0 {
				o[pick(g, "c", "d")] = g.rules()
			}
			alternatives = append(alternatives, o)
		}
		p["$or"] = alternatives
		if g.IntN(2) == 0 {
			delete(p, "a")
		}
	}
	return p
}

func (g generator) rules() []any {
	var list []any
	for range 1 + g.IntN(2) {
		list = append(list, g.rule())
	}
	return list
}

func (g generator) rule() any {
	s := pick(g, "x", "xy", "yx", "X")
	switch g.IntN(12) {
	case 0:
		return map[string]any{"prefix": s}
	case 1:
		return map[string]any{"suffix": s}
	case 2:
		return map[string]any{"wildcard": pick(g, "*", "x*", "*y", "x*y", "*x*", "*x*y*")}
	case 3:
		return map[string]any{"equals-ignore-case": s}
	case 4:
		return map[string]any{"exists": g.IntN(2) == 0}
	case 5:
		return map[string]any{"anything-but": pick[any](g, s, 1.5, []any{s, "y"}, []any{1, 2})}
	case 6:
		return map[string]any{"anything-but": map[string]any{pick(g, "prefix", "suffix", "wildcard"): s}}
	case 7:
		low := float64(g.IntN(4))
		return map[string]any{"numeric": pick(g, []any{"=", low}, []any{"<", low}, []any{"<=", low}, []any{">", low},
			[]any{">=", low}, []any{">", low, "<", low + 2}, []any{">=", low, "<=", low + 0.5})}
	case 8:
		return map[string]any{"cidr": pick(g, "10.0.0.0/24", "10.0.0.0/8", "::/1")}
	}
	return g.scalar()
}

func (g generator) scalar() any {
	return pick[any](g, "x", "xy", "yx", "X", "y", "", "10.0.0.9", "10.1.0.9", "::1", 0.0, 1.0, 1.5, 2.0, 3.0, true, false, nil)
}

// object makes an object of a body.
func (g generator) object(nested bool, depth int) map[string]any {
	o := map[string]any{}
	for range g.IntN(6) {
		o[pick(g, "a", "b", "c", "d", "n")] = g.value(nested, depth)
	}
	return o
}

func (g generator) value(nested bool, depth int) any {
	switch {
	case nested && depth < 2 && g.IntN(3) == 0:
		return g.object(true, depth+1)
	case depth < 3 && g.IntN(3) == 0:
		list := []any{}
		for range g.IntN(3) {
			if nested {
				list = append(list, g.value(true, depth+1))
			} else {
				list = append(list, g.scalar())
			}
		}
		return list
	}
	return g.scalar()
}

// TestReference: the reference knows the rules itself. Otherwise two could be wrong together.
func TestReference(t *testing.T) {
	body := map[string]any{"a": []any{map[string]any{"b": 1.0, "c": "x"}, map[string]any{"b": 2.0}}, "d": []any{}}
	got := choices(body, "")
	want := []map[string]any{{"a.b": 1.0, "a.c": "x"}, {"a.b": 2.0}}
	if !slices.EqualFunc(got, want, func(a, b map[string]any) bool { return maps.Equal(a, b) }) {
		t.Errorf("got the choices %v, want %v", got, want)
	}
	if !passes(`{"a":{"b":[1],"c":["x"]}}`, encode(body)) || passes(`{"a":{"b":[2],"c":["x"]}}`, encode(body)) ||
		passes(`{"d":[{"exists":false}]}`, encode(body)) || !passes(`{"$or":[{"e":[1]},{"a":{"b":[2]}}]}`, encode(body)) {
		t.Error("the reference breaks the rules that it is to hold others to")
	}
}
