package snstest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/access"
	"github.com/framebus/framebus/transport/sns/snstest/internal/journal"
	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
	"github.com/framebus/framebus/transport/sns/snstest/internal/policy"
	"github.com/framebus/framebus/transport/sns/snstest/internal/sns"
	"github.com/framebus/framebus/transport/sns/snstest/internal/sqs"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// Server is the AWS of a test. It is an http.Handler. Made by [New] or [Start].
type Server struct {
	config  Config
	callers map[string]wire.Caller
	sqs     *sqs.Service
	sns     *sns.Service
	handler *wire.Handler
	hook    atomic.Pointer[func(context.Context, Call) Fault]
	counts  counts
	network network
	journal *journal.Journal // nil: nothing is kept
}

// New makes a server with nothing in it, or with what Config.Store has. The error says what is wrong with the
// configuration: accounts, and the policies of callers; or with what is stored.
func New(c Config) (*Server, error) {
	c.Account = cmp.Or(c.Account, "000000000000")
	c.Region = cmp.Or(c.Region, "us-east-1")
	if c.Clock == nil {
		c.Clock = time.Now
	}
	s := &Server{config: c, callers: map[string]wire.Caller{}}
	s.SetHook(c.Hook)
	checker := &access.Checker{Identity: map[string][]*policy.Document{}, Enforce: c.EnforcePolicies, Now: c.Clock}
	var errs []error
	if !names.IsAccount(c.Account) {
		errs = append(errs, fmt.Errorf("snstest: Config.Account: %q is not twelve digits", c.Account))
	}
	for key, caller := range c.Callers {
		errs = append(errs, s.addCaller(key, caller, checker))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if c.Store != nil {
		s.journal = journal.New(c.Store.Save)
	}
	s.sqs = sqs.New(sqs.Config{
		Journal: s.journal, Now: c.Clock, Access: checker, Seed: c.Seed,
		InFlight: c.Limits.InFlight, DeleteInterval: c.Limits.DeleteInterval, PurgeInterval: c.Limits.PurgeInterval,
		Reorder: c.Disorder.Reorder, Duplicates: c.Disorder.Duplicates, EmptyPolls: c.Disorder.EmptyPolls,
		Consistency: c.Disorder.Consistency,
	})
	s.sns = sns.New(sns.Config{
		Journal: s.journal, Now: c.Clock, Access: checker, Queues: s.sqs, Seed: c.Seed,
		Reorder: c.Disorder.Reorder, Duplicates: c.Disorder.Duplicates, Consistency: c.Disorder.Consistency,
	})
	s.handler = &wire.Handler{
		Services: []*wire.Service{s.sqs.Wire(), s.sns.Wire()}, Identify: s.identify, Region: c.Region,
		Intercept: s.intercept, Done: s.counts.add,
	}
	if c.Store != nil {
		s.handler.Settle = s.settle
		if err := s.restore(); err != nil {
			return nil, fmt.Errorf("snstest: restore: %w", err)
		}
	}
	return s, nil
}

// Start makes a server for a test, which ends with it. There is at most one Config. Inside a testing/synctest
// bubble, that is where it lives.
func Start(t testing.TB, config ...Config) *Server {
	t.Helper()
	c := Config{}
	if len(config) > 0 {
		c = config[0]
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("snstest: close: %v", err)
		}
	})
	return s
}

// ServeHTTP implements http.Handler. To cut a connection it panics with http.ErrAbortHandler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// CatchUp has the server look at its clock: what has become ready is handed to those who wait for it. It is for
// a Config.Clock that is moved by hand; with others the server notices by itself.
func (s *Server) CatchUp() { s.sqs.CatchUp() }

// EndPolls answers the long polls that wait, with nothing, and every later one at once: before a server is shut down.
func (s *Server) EndPolls() { s.sqs.EndPolls() }

func (s *Server) addCaller(key string, c Caller, checker *access.Checker) error {
	account := cmp.Or(c.Account, s.config.Account)
	root := "arn:aws:iam::" + account + ":root"
	who := wire.Caller{AccessKey: key, Account: account, ARN: cmp.Or(c.ARN, root), UserID: c.UserID}
	if !names.IsAccount(account) {
		return fmt.Errorf("snstest: Config.Callers[%q].Account: %q is not twelve digits", key, account)
	}
	if fields := strings.SplitN(who.ARN, ":", 6); len(fields) != 6 || fields[4] != account {
		return fmt.Errorf("snstest: Config.Callers[%q].ARN: %q is not of account %s", key, who.ARN, account)
	}
	if who.UserID == "" {
		who.UserID = account
		if who.ARN != root {
			who.UserID = "AIDA" + strings.ToUpper(strings.ReplaceAll(wire.NewID(), "-", ""))[:17]
		}
	}
	for i, text := range c.Policies {
		d, err := policy.Parse(policy.Identity, text)
		if err != nil {
			return fmt.Errorf("snstest: Config.Callers[%q].Policies[%d]: %w", key, i, err)
		}
		checker.Identity[key] = append(checker.Identity[key], d)
	}
	s.callers[key] = who
	return nil
}

func (s *Server) identify(key string) (wire.Caller, bool) {
	if len(s.config.Callers) == 0 {
		return wire.Caller{
			AccessKey: key, Account: s.config.Account, ARN: "arn:aws:iam::" + s.config.Account + ":root",
			UserID: s.config.Account,
		}, true
	}
	c, ok := s.callers[key]
	return c, ok
}
