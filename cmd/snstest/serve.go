package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// patience is how long requests that are under way may take when the server ends, and headers may take to come.
const patience = 10 * time.Second

// program is a server that listens.
type program struct {
	options  *options
	log      *slog.Logger
	server   *snstest.Server
	listener net.Listener
	store    *database // nil without -db
	callers  []string
	patience time.Duration
}

// begin makes the server with all that it begins with. From then on it has its address; [program.serve] answers.
func begin(ctx context.Context, o *options, log *slog.Logger) (_ *program, err error) {
	p := &program{options: o, log: log, patience: patience}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	first, err := readSetup(o.setup)
	if err != nil {
		return nil, err
	}
	config := o.config
	config.Latency = 0 // what the setup does takes no time
	keys := setupKeys(config.Account, first.callers)
	config.Callers = withKeys(first.callers, keys)
	if o.db != "" {
		if p.store, err = openDatabase(ctx, o.db); err != nil {
			return nil, err
		}
		config.Store = p.store
	}
	if p.server, err = snstest.New(config); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(o.files(), ", "), err)
	}
	p.callers = sortedKeys(first.callers)
	if p.listener, err = net.Listen("tcp", o.addr); err != nil { //nolint:noctx // it takes no time
		return nil, err
	}
	if err := p.apply(ctx, first, keys); err != nil {
		return nil, err
	}
	p.server.ResetRequests()
	if o.config.Latency > 0 {
		p.server.SetHook(func(context.Context, snstest.Call) snstest.Fault { return snstest.Fault{Delay: o.config.Latency} })
	}
	return p, nil
}

// apply does what a setup says.
func (p *program) apply(ctx context.Context, first *setup, keys map[string]string) error {
	c := p.options.config
	a := &applier{
		endpoint: p.server.Endpoint(), http: p.server.HTTPClient(), account: c.Account, region: c.Region, keys: keys,
		lag: c.Disorder.Consistency, file: p.options.setup,
	}
	if p.store != nil {
		a.once = p.store
	}
	return a.apply(ctx, first)
}

// url is where clients of this machine find the server.
func (p *program) url() string {
	addr, ok := p.listener.Addr().(*net.TCPAddr)
	if !ok || !addr.IP.IsUnspecified() {
		return "http://" + p.listener.Addr().String()
	}
	return fmt.Sprintf("http://127.0.0.1:%d", addr.Port)
}

// exports is a line for a shell, after which AWS's SDKs and tools talk to the server. The key is one that it takes, so
// that none that opens a real account is sent to it, and none is needed.
func (p *program) exports() string {
	key := "any"
	if len(p.callers) > 0 {
		key = p.callers[0]
	}
	region := p.options.config.Region
	return fmt.Sprintf("export AWS_ENDPOINT_URL=%s AWS_REGION=%s AWS_DEFAULT_REGION=%s AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=any",
		p.url(), region, region, key)
}

// isExposed says whether others than this machine may reach the server.
func (p *program) isExposed() bool {
	addr, ok := p.listener.Addr().(*net.TCPAddr)
	return !ok || !addr.IP.IsLoopback()
}

// serve answers requests until ctx ends, and those that are under way then. The error is that of what failed before.
func (p *program) serve(ctx context.Context) error {
	p.log.Info("serving SNS and SQS", "url", p.url(), "page", p.url()+pagePath, "db", cmp.Or(p.options.db, "none"))
	if p.isExposed() {
		p.log.Warn("anybody who reaches this address can read and change everything: signatures are not verified",
			"address", p.listener.Addr().String())
	}
	server := &http.Server{
		Handler:           newSite(p.server, p.options, p.url()),
		ReadHeaderTimeout: patience,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(p.listener) }()
	var err error
	select {
	case <-ctx.Done():
		p.log.Info("ending; a second signal ends at once", "signal", context.Cause(ctx).Error())
	case err = <-ended:
	case err = <-p.store.failed():
	}
	p.server.EndPolls()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.patience)
	defer cancel()
	if server.Shutdown(grace) != nil { // the one error that there can be is that time is up
		p.log.Warn("requests that have not ended are cut", "after", p.patience)
		_ = server.Close() // they know
	}
	return errors.Join(err, p.close())
}

// close ends what there is of the program.
func (p *program) close() error {
	var errs []error
	if p.listener != nil {
		if err := p.listener.Close(); !errors.Is(err, net.ErrClosed) { // serving it closes it
			errs = append(errs, err)
		}
	}
	if p.server != nil {
		errs = append(errs, p.server.Close())
	}
	if p.store != nil {
		errs = append(errs, p.store.Close())
	}
	return errors.Join(errs...)
}
