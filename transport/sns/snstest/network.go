package snstest

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
)

// network is how clients reach the server: through pipes in memory, and through sockets if asked.
type network struct {
	mu      sync.Mutex
	pipes   *pipes
	client  *http.Client
	servers []*http.Server
}

// endpoint is the address of the server in memory. The name is one that no resolver has (RFC 6761).
const endpoint = "http://snstest.invalid"

// Endpoint is the URL to give to clients that use [Server.HTTPClient]: their BaseEndpoint. Queue URLs start with
// it.
func (s *Server) Endpoint() string { return endpoint }

// HTTPClient returns the client whose connections, whatever their address, lead to the server. It is the same
// each time, and closed by [Server.Close].
func (s *Server) HTTPClient() *http.Client {
	n := &s.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.client != nil {
		return n.client
	}
	n.pipes = &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	n.serve(s, n.pipes)
	n.client = &http.Client{Transport: ownBody{&http.Transport{
		DialContext:         n.pipes.dial,
		DialTLSContext:      n.pipes.dial, // for clients who insist on https
		MaxIdleConnsPerHost: 64,
	}}}
	return n.client
}

// Listen serves an address as well, "127.0.0.1:0" for one that is free, and returns the URL to give to clients.
// It is not for bubbles, which a network does not belong to.
//
// In Go prefer [Server.HTTPClient]. With a client of its own the SDK can lose an answer of more than 4 KiB, once
// in a great many, when a server answers as fast as this one; it then asks again, and what it was given before is
// in flight. HTTPClient's transport prevents that, and [OwnBody] does for a client of your own.
func (s *Server) Listen(address string) (url string, err error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	n := &s.network
	n.mu.Lock()
	defer n.mu.Unlock()
	n.serve(s, l)
	return "http://" + l.Addr().String(), nil
}

func (n *network) serve(h http.Handler, l net.Listener) {
	// What is said of connections that are cut on purpose is said to nobody.
	server := &http.Server{Handler: h, ErrorLog: log.New(discard{}, "", 0)} //nolint:gosec,forbidigo // for tests; http wants it
	n.servers = append(n.servers, server)
	go func() { _ = server.Serve(l) }() // ends by Close
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// Close ends all connections and listeners. Requests that are under way end without an answer. The error is that of
// a Config.Store that could not save.
func (s *Server) Close() error {
	n := &s.network
	n.mu.Lock()
	defer n.mu.Unlock()
	var errs []error
	for _, server := range n.servers {
		errs = append(errs, server.Close())
	}
	n.servers = nil
	if n.client != nil {
		n.client.CloseIdleConnections()
	}
	if s.journal != nil {
		errs = append(errs, s.journal.Sync())
	}
	return errors.Join(errs...)
}

// pipes is a net.Listener whose connections are made by its dial.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return address{} }

type address struct{}

func (address) Network() string { return "pipe" }
func (address) String() string  { return "snstest" }
