package archtest

import (
	"os"
	"testing"
)

// TestHouse holds the checkout that this file is in to the rules.
func TestHouse(t *testing.T) {
	r, err := parseRules()
	if err != nil {
		t.Fatal(err)
	}
	house, err := load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			for _, f := range c.find(house, r) {
				t.Error(f)
			}
		})
	}
}
