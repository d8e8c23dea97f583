package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// options are the flags.
type options struct {
	addr   string
	hosts  []string
	db     string
	setup  string
	config snstest.Config
}

const defaultAddr = "127.0.0.1:4100"

// readOptions reads and checks the flags. Usage goes to stderr.
func readOptions(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("snstest", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.addr, "addr", defaultAddr, "where to listen; port 0 is one that is free. Others than a loopback address "+
		"let other machines in")
	f.Func("hosts", "`names`, with commas between, by which clients may call the server, beside addresses and localhost", func(s string) error {
		o.hosts = append(o.hosts, strings.Split(s, ",")...)
		return nil
	})
	f.StringVar(&o.db, "db", "", "keep everything in this SQLite `file`, and go on from it")
	f.StringVar(&o.setup, "setup", "", "begin with the callers, topics, queues and subscriptions of this JSON `file`, and send "+
		"its messages")
	f.StringVar(&o.config.Account, "account", "000000000000", "the account of callers who are in no other")
	f.StringVar(&o.config.Region, "region", "us-east-1", "the region of requests that are not signed; all are served")
	f.BoolVar(&o.config.EnforcePolicies, "enforce-policies", false, "evaluate policies for all callers; -setup has "+
		"the callers then")
	f.DurationVar(&o.config.Latency, "latency", 0, "how long every request takes before it has an effect")
	f.Uint64Var(&o.config.Seed, "seed", 0, "the seed of all chance")
	f.BoolVar(&o.config.Disorder.Reorder, "reorder", false, "hand out the messages of standard queues in any order")
	f.Float64Var(&o.config.Disorder.Duplicates, "duplicates", 0, "how likely a message of a standard queue or topic comes "+
		"twice, from 0 to 1")
	f.Float64Var(&o.config.Disorder.EmptyPolls, "empty-polls", 0, "how likely a short poll finds nothing, from 0 to 1")
	f.DurationVar(&o.config.Disorder.Consistency, "consistency", 0, "how long it takes until a change of queues, topics and "+
		"subscriptions is seen")
	f.IntVar(&o.config.Limits.InFlight, "in-flight", 0, "how many messages of a queue can be in flight; 0 is AWS's 120,000")
	f.DurationVar(&o.config.Limits.DeleteInterval, "delete-interval", 0, "how long the name of a deleted queue cannot be "+
		"used again; 0 is AWS's 60s, -1s no time")
	f.DurationVar(&o.config.Limits.PurgeInterval, "purge-interval", 0, "how long a queue cannot be purged again; 0 is AWS's "+
		"60s, -1s no time")
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(stderr, "usage: snstest [flags]\n\nAmazon SNS and SQS on this machine.")
		f.SetOutput(stderr)
		f.PrintDefaults()
		return nil, err
	}
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q: everything is said by flags", f.Arg(0))
	}
	if err != nil {
		return nil, fmt.Errorf("%w (snstest -help lists the flags)", err)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	return o, nil
}

func (o *options) check() error {
	if _, _, err := net.SplitHostPort(o.addr); err != nil {
		return fmt.Errorf("-addr: %w", err)
	}
	if strings.HasPrefix(o.addr, ":") {
		return fmt.Errorf("-addr %s is every address of this machine: say 127.0.0.1%[1]s, or 0.0.0.0%[1]s if you mean it", o.addr)
	}
	if a := o.config.Account; !isAccount(a) {
		return fmt.Errorf("-account: %q is not twelve digits", a)
	}
	if r := o.config.Region; r == "" || strings.Trim(r, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("-region: %q is no name of a region", r) // the line for shells has it
	}
	for _, name := range o.hosts {
		if name == "" || strings.ContainsAny(name, ":/ ") {
			return fmt.Errorf("-hosts: %q is no name of a host", name)
		}
	}
	for name, p := range map[string]float64{
		"duplicates": o.config.Disorder.Duplicates, "empty-polls": o.config.Disorder.EmptyPolls,
	} {
		if !(p >= 0 && p <= 1) { // and not a NaN
			return fmt.Errorf("-%s: %v is not from 0 to 1", name, p)
		}
	}
	switch {
	case o.config.Limits.InFlight < 0:
		return fmt.Errorf("-in-flight: %d is negative", o.config.Limits.InFlight)
	case o.config.Latency < 0:
		return fmt.Errorf("-latency: %s is negative", o.config.Latency)
	case o.config.Disorder.Consistency < 0:
		return fmt.Errorf("-consistency: %s is negative", o.config.Disorder.Consistency)
	}
	return nil
}

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// files are what a server is made from, of which it may refuse callers or records.
func (o *options) files() []string {
	var out []string
	if o.setup != "" {
		out = append(out, "-setup "+o.setup)
	}
	if o.db != "" {
		out = append(out, "-db "+o.db)
	}
	return out
}
