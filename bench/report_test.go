package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func aReport() report {
	throughput := measure{name: "memory_throughput", unit: "events/s", more: true}
	latency := measure{name: "memory_latency_p50", unit: "us"}
	typed := measure{name: "typed_throughput", unit: "events/s", more: true}
	ours := series{1234567, 1000000, 1300000}
	return report{
		options: options{runs: 3},
		date:    time.Date(2026, 11, 25, 8, 30, 0, 0, time.UTC),
		machine: machine{cpu: "A Processor", cores: 2, procs: 2, system: "linux/amd64 Linux 6", goVersion: "go1.26"},
		versions: []version{
			{"framebus", "0123abc"}, {"Watermill", "v1.5.1"},
		},
		figures: []figure{
			{throughput, "watermill", ours, series{200000.4}, bar{ratio: 5}},
			{throughput, "channel", ours, series{5e6}, bar{}},
			{latency, "watermill", series{1.5}, series{3.8}, bar{ratio: 3}},
			{typed, "watermill_cqrs", series{90}, series{30}, bar{ratio: 3}},
		},
	}
}

func TestResults(t *testing.T) {
	dir := t.TempDir()
	if err := aReport().write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "RESULTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/RESULTS.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("RESULTS.md is not testdata/RESULTS.md but\n%s", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "results.svg")); err != nil {
		t.Error(err)
	}
	if err := aReport().write(filepath.Join(dir, "absent")); err == nil || !strings.HasPrefix(err.Error(), "bench: ") {
		t.Errorf("got %v for a directory that does not exist, want an error of bench", err)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.00", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234: "1,234", 999999.9: "1,000,000", 12345678: "12,345,678",
	} {
		if got := number(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
}

func TestChart(t *testing.T) {
	r := aReport()
	r.figures[3].peer = "a<b&c"
	svg := chart(r.groups())
	var texts []string
	in := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("it is no XML: %v\n%s", err, svg)
		}
		if text, ok := token.(xml.CharData); ok {
			texts = append(texts, string(text))
		}
	}
	all := strings.Join(texts, "\n")
	for _, want := range []string{"framebus", "watermill", "channel", "a<b&c", "1,234,567", "200,000", "5,000,000 (bar cut)", "90.0", "30.0"} {
		if !strings.Contains(all, "\n"+want+"\n") {
			t.Errorf("there is no %s in the chart:\n%s", want, svg)
		}
	}
}

// The machine and the versions are what the report needs to be worth anything.
func TestProvenance(t *testing.T) {
	m := thisMachine(t.Context())
	if m.cpu == "" || m.cores < 1 || m.procs < 1 || !strings.HasPrefix(m.goVersion, "go") || m.system == "" {
		t.Errorf("the machine is %+v", m)
	}
	versions := theseVersions(t.Context())
	if len(versions) != 5 {
		t.Errorf("the versions are %v, want ours and four", versions)
	}
	for _, v := range versions {
		if v.version == "" {
			t.Errorf("%s has no version", v.name)
		}
	}
}
