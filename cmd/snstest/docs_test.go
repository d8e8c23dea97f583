package main

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

// What docs/testing.md tells newcomers to type is what the program takes, and the setup that it shows is the file.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	shop, err := os.ReadFile("testdata/shop.json")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n## Without the process: a server\n")
	if !ok {
		t.Fatal("the section about the server is not there")
	}
	if !strings.Contains(section, "```json\n"+string(shop)+"```") {
		t.Error("the setup of the page is not testdata/shop.json")
	}
	flags := regexp.MustCompile("(?m)^go run ./cmd/snstest (.*)$|^\\| `(-.*?)` \\||`(-addr 0.*?)`|^`go run ./cmd/snstest (-help)`")
	found := 0
	for _, match := range flags.FindAllStringSubmatch(section, -1) {
		found++
		line := strings.ReplaceAll(strings.Join(match[1:], ""), "cmd/snstest/testdata", "testdata")
		if strings.Contains(line, "`, `") { // names alone
			continue
		}
		o, err := readOptions(strings.Fields(line), io.Discard)
		if err != nil && !strings.Contains(err.Error(), "help requested") {
			t.Errorf("%s: %v", line, err)
		}
		if o != nil && strings.HasSuffix(o.setup, ".json") {
			if _, err := readSetup(o.setup); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	if found != 9 {
		t.Errorf("%d lines of flags were found, want 9", found)
	}
	for _, line := range []string{defaultAddr, "export AWS_ENDPOINT_URL=http://" + defaultAddr + " AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 " +
		"AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any\n", pagePath + "dump", pagePath + "graph"} {
		if !strings.Contains(section, line) {
			t.Errorf("the page does not say %q", line)
		}
	}
}
