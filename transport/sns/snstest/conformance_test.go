package snstest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/snstest/internal/conformance"
)

// The suite runs in bubbles, where waiting costs nothing.
func TestConformance(t *testing.T) {
	cases := append(conformance.SQS(), conformance.SNS()...)
	names := map[string]bool{}
	for _, c := range cases {
		if names[c.Name] || c.Rule == "" || c.Page == "" {
			t.Errorf("%s: the name is taken, or a rule or page is missing", c.Name)
		}
		names[c.Name] = true
	}
	conformance.Run(t, cases, inMemory, synctest.Test)
	t.Logf("%d cases", len(cases))
}

// What waits for nothing runs over a real network as well.
func TestConformanceOverLoopback(t *testing.T) {
	outside := func(t *testing.T, do func(*testing.T)) { do(t) }
	conformance.Run(t, append(conformance.SQS(), conformance.SNS()...), func(t *testing.T) conformance.Target {
		srv, target := start(t)
		url, err := srv.Listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		target.Endpoint, target.HTTP = url, &http.Client{Transport: snstest.OwnBody(transport)}
		target.MaxWait, target.Sleep = time.Nanosecond, func(time.Duration) {}
		return target
	}, outside)
}

// inMemory is the server of a bubble.
func inMemory(t *testing.T) conformance.Target {
	_, target := start(t)
	target.Sleep = time.Sleep
	return target
}

// start starts a server with a caller in each of two accounts.
func start(t *testing.T) (*snstest.Server, conformance.Target) {
	srv := snstest.Start(t, snstest.Config{Callers: map[string]snstest.Caller{
		"one": {}, "two": {Account: "111111111111"},
	}})
	return srv, conformance.Target{
		Endpoint: srv.Endpoint(), HTTP: srv.HTTPClient(), Region: "us-east-1",
		Keys: [2]string{"one", "two"}, Accounts: [2]string{"000000000000", "111111111111"},
	}
}
