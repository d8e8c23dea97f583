// Command orders is the FRAME story as a program: a shop publishes what happens to its customers, parts and
// orders, and three apps listen. Finance invoices the orders, audit records everything, and mail confirms
// new orders through a server that fails now and then.
//
//	go run ./examples/orders                  the sample in testdata
//	go run ./examples/orders -input FILE      FRAME messages, one a line; - is standard input
//	go run ./examples/orders -quiet ...       the summary alone
//	go run ./examples/orders -transport sns   on SNS and SQS; with -local on such in this process
//
// It exits with 0 if all lines were taken, 1 if some were not or something went wrong, 2 if it could not
// begin, and 128 and the signal's number if it was told to stop: 130 after Ctrl-C.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/framebus/framebus/examples/orders/mail/server"
)

//go:embed testdata/orders.jsonl
var sample []byte

// Exit codes. One above 128 is that of a signal.
const (
	exitOK     = 0
	exitWrong  = 1
	exitUsage  = 2
	exitSignal = 128
)

func main() {
	ctx, stop := untilSignal(context.Background())
	code := command(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command is main with its surroundings as arguments. It returns the exit code.
func command(ctx context.Context, args []string, stdin *os.File, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("orders", flag.ContinueOnError)
	flags.SetOutput(stderr)
	name := flags.String("input", "", "`file` of FRAME messages, one a line; - is standard input, and the default a built-in sample")
	quiet := flags.Bool("quiet", false, "show the summary alone")
	via := flags.String("transport", "memory", "`transport` of the events: memory, or sns, which is where the environment says (AWS_ENDPOINT_URL)")
	local := flags.Bool("local", false, "with -transport sns: SNS and SQS in this process")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "orders: unexpected argument %q: the input is given by -input\n", flags.Arg(0))
		return exitUsage
	}
	tr, err := newTransport(ctx, *via, *local)
	if err != nil {
		fmt.Fprintln(stderr, "orders:", err)
		return exitUsage
	}
	defer tr.Close() //nolint:errcheck // all that there was to say is on the screen
	in, err := openInput(*name, stdin)
	if err != nil {
		fmt.Fprintln(stderr, "orders:", err)
		return exitUsage
	}
	defer in.Close()
	return run(ctx, &program{
		transport: tr, input: in, sender: server.Server{}, quiet: *quiet,
		screen: newScreen(stdout, stderr),
	})
}
