// Command snstest is Amazon SNS and Amazon SQS on this machine, for programs of any language: package
// transport/sns/snstest as a server.
//
//	go run ./cmd/snstest                      on 127.0.0.1:4100, with nothing in it
//	go run ./cmd/snstest -setup FILE          with the topics, queues, subscriptions and messages of a file
//	go run ./cmd/snstest -db FILE             keeps what it holds, whatever ends it
//	go run ./cmd/snstest -duplicates 0.1 ...  as nasty as AWS documents that it can be; -help lists the rest
//
// It prints one line, for a shell to evaluate, by which the SDKs and the command-line tool of AWS find it. Everything
// else is logged to standard error. A browser sees what it holds at the same address.
//
// SIGINT or SIGTERM ends it: those who wait in long polls are answered, and with -db all is on disk; a second one ends
// it at once. It exits with 0 then, 1 if something went wrong while it served, and 2 if it could not begin.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
)

// Exit codes.
const (
	exitOK    = 0
	exitWrong = 1
	exitUsage = 2
)

func main() {
	ctx, stop := untilSignal(context.Background())
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command is main with its surroundings as arguments. It returns the exit code.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := readOptions(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintln(stderr, "snstest:", err)
		return exitUsage
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	p, err := begin(ctx, o, log)
	if err != nil {
		fmt.Fprintln(stderr, "snstest:", err)
		return exitUsage
	}
	fmt.Fprintln(stdout, p.exports())
	if err := p.serve(ctx); err != nil {
		fmt.Fprintln(stderr, "snstest:", err)
		return exitWrong
	}
	return exitOK
}
