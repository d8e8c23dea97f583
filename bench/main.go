// Command bench measures framebus and its peers on the same work in one run. README.md says what and how.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"time"
)

func main() {
	// An interrupt ends the run by its context, so that what a system has opened is closed.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run is the command with its arguments. It prints figures as soon as they are measured, and writes the report
// in the end.
func run(ctx context.Context, args []string, out io.Writer) error {
	o := options{queued: 1_000_000}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "measure only the figures whose name matches this `regexp`; writes nothing unless -out is set")
	flags.IntVar(&o.runs, "runs", 5, "the medians are of `n` runs")
	flags.DurationVar(&o.duration, "duration", time.Second, "each system publishes for so long in each run")
	dir := flags.String("out", ".", "write RESULTS.md and results.svg to this `directory`; empty for nowhere")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("bench: -only: %w", err)
	}
	if o.runs < 1 || o.duration <= 0 {
		return errors.New("bench: -runs and -duration must be more than 0")
	}
	chosen := false
	flags.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "out" })
	if *only != "" && !chosen { // a part does not replace the whole
		*dir = ""
	}

	r := report{options: o, date: time.Now()}
	for _, e := range experiments() {
		if !slices.ContainsFunc(e.figures, wanted.MatchString) {
			continue
		}
		figures, err := e.run(ctx, o)
		if err != nil {
			return err
		}
		for _, f := range figures {
			if wanted.MatchString(f.name) {
				fmt.Fprintln(out, f)
				r.figures = append(r.figures, f)
			}
		}
	}
	if *dir == "" {
		return nil
	}
	r.machine, r.versions = thisMachine(ctx), theseVersions(ctx)
	return r.write(*dir)
}
