package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
)

// machine is where the figures are from.
type machine struct {
	cpu       string
	cores     int
	procs     int // GOMAXPROCS
	system    string
	goVersion string
}

func thisMachine(ctx context.Context) machine {
	return machine{
		cpu: cpuModel(), cores: runtime.NumCPU(), procs: runtime.GOMAXPROCS(0),
		system:    strings.TrimSpace(runtime.GOOS + "/" + runtime.GOARCH + " " + output(ctx, "uname", "-sr")),
		goVersion: runtime.Version(),
	}
}

// cpuModel is what Linux calls the processor; elsewhere it is unknown.
func cpuModel() string {
	info, _ := os.ReadFile("/proc/cpuinfo") // none is no model
	for line := range bytes.Lines(info) {
		if name, model, ok := bytes.Cut(line, []byte(":")); ok && string(bytes.TrimSpace(name)) == "model name" {
			return string(bytes.TrimSpace(model))
		}
	}
	return "unknown"
}

// version is what was measured.
type version struct{ name, version string }

// theseVersions are our commit, and of the peers what is built in.
func theseVersions(ctx context.Context) []version {
	versions := []version{{"framebus", "unknown"}}
	if v := output(ctx, "git", "describe", "--always", "--dirty", "--tags"); v != "" {
		versions[0].version = v
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return versions
	}
	peers := map[string]string{
		"github.com/ThreeDotsLabs/watermill": "Watermill",
		"gocloud.dev":                        "gocloud.dev (mempubsub)",
		"github.com/nats-io/nats-server/v2":  "nats-server (JetStream)",
		"github.com/nats-io/nats.go":         "nats.go",
	}
	for _, m := range info.Deps {
		if name := peers[m.Path]; name != "" {
			versions = append(versions, version{name, m.Version})
		}
	}
	return versions
}

// output of a command, empty if it is not there or fails: then the report has less to say.
func output(ctx context.Context, name string, args ...string) string {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
