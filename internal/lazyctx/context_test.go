package lazyctx_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/internal/lazyctx"
)

var (
	errCause = errors.New("the cause")
	errLate  = errors.New("too late")
)

type key struct{}

// pair is a lazy context, and the one of package context that it is to be like.
type pair struct {
	lazy   context.Context //nolint:containedctx // it is about contexts
	model  context.Context //nolint:containedctx // it is about contexts
	cancel func(cause error)
	end    func()
}

func newPair(parent context.Context, timeout time.Duration) pair {
	if timeout > 0 {
		lazy := lazyctx.WithTimeout(parent, timeout, errLate)
		inner, stop := context.WithTimeoutCause(parent, timeout, errLate)
		model, cancel := context.WithCancelCause(inner)
		return pair{lazy, model, func(cause error) { lazy.Cancel(cause); cancel(cause); stop() },
			func() { lazy.End(); cancel(nil); stop() }}
	}
	lazy := new(lazyctx.Context)
	lazy.Init(parent)
	model, cancel := context.WithCancelCause(parent)
	return pair{lazy, model, func(cause error) { lazy.Cancel(cause); cancel(cause) }, func() { lazy.End(); cancel(nil) }}
}

// Whatever is asked first, of whatever has happened, a lazy context answers as the real one.
func TestLikeTheRealOne(t *testing.T) {
	happenings := map[string]func(p pair, stop context.CancelCauseFunc){
		"nothing":             func(pair, context.CancelCauseFunc) {},
		"cancelled":           func(p pair, _ context.CancelCauseFunc) { p.cancel(errCause) },
		"cancelled, no cause": func(p pair, _ context.CancelCauseFunc) { p.cancel(nil) },
		"cancelled twice":     func(p pair, _ context.CancelCauseFunc) { p.cancel(errCause); p.cancel(errLate) },
		"ended":               func(p pair, _ context.CancelCauseFunc) { p.end() },
		"ended, cancelled":    func(p pair, _ context.CancelCauseFunc) { p.end(); p.cancel(errCause) },
		"cancelled, ended":    func(p pair, _ context.CancelCauseFunc) { p.cancel(errCause); p.end() },
		"the parent ended":    func(_ pair, stop context.CancelCauseFunc) { stop(errCause) },
		"ended, parent ended": func(p pair, stop context.CancelCauseFunc) { p.end(); stop(errCause) },
		"parent ended, ended": func(p pair, stop context.CancelCauseFunc) { stop(errCause); p.end() },
		"late":                func(pair, context.CancelCauseFunc) { pause(time.Minute) },
		"ended, late":         func(p pair, _ context.CancelCauseFunc) { p.end(); pause(time.Minute) },
	}
	questions := map[string]func(ctx context.Context) any{
		"Err":   func(ctx context.Context) any { return ctx.Err() },
		"Cause": func(ctx context.Context) any { return context.Cause(ctx) },
		"Done": func(ctx context.Context) any {
			select {
			case <-ctx.Done():
				return true
			default:
				return false
			}
		},
		"Deadline": func(ctx context.Context) any { at, ok := ctx.Deadline(); return [2]any{at, ok} },
		"Value":    func(ctx context.Context) any { return ctx.Value(key{}) },
		"a child's Cause": func(ctx context.Context) any {
			child, cancel := context.WithCancel(ctx)
			defer cancel()
			return context.Cause(child)
		},
		"a child's Err":             func(ctx context.Context) any { return context.WithValue(ctx, key{}, 2).Err() },
		"Err of one without cancel": func(ctx context.Context) any { return context.WithoutCancel(ctx).Err() },
	}
	for happening, happen := range happenings {
		for first, ask := range questions {
			for _, timeout := range []time.Duration{0, time.Second} {
				synctest.Test(t, func(t *testing.T) {
					parent, stop := context.WithCancelCause(context.WithValue(t.Context(), key{}, 1))
					defer stop(nil)
					p := newPair(parent, timeout)
					defer p.end()
					happen(p, stop)
					synctest.Wait()
					if got, want := ask(p.lazy), ask(p.model); got != want {
						t.Errorf("%s, timeout %s: %s is %v, want %v", happening, timeout, first, got, want)
					}
					for second, ask := range questions {
						if got, want := ask(p.lazy), ask(p.model); got != want {
							t.Errorf("%s, timeout %s: after %s, %s is %v, want %v", happening, timeout, first, second, got, want)
						}
					}
				})
			}
		}
	}
}

// pause waits in a bubble.
func pause(d time.Duration) { time.Sleep(d) }

// Children end with it, with its cause, and no goroutine watches for that.
func TestChildren(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := new(lazyctx.Context)
		ctx.Init(t.Context())
		child, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		stopped := false
		context.AfterFunc(ctx, func() { stopped = true })
		ctx.Cancel(errCause)
		synctest.Wait()
		if !errors.Is(child.Err(), context.Canceled) || !errors.Is(context.Cause(child), errCause) || !stopped {
			t.Errorf("the child ended with %v, cause %v, AfterFunc %t", child.Err(), context.Cause(child), stopped)
		}
	})
}

func TestDeadlineWakesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := lazyctx.WithTimeout(t.Context(), time.Minute, errLate)
		defer ctx.End()
		start := time.Now()
		<-ctx.Done()
		if took := time.Since(start); took != time.Minute || !errors.Is(ctx.Err(), context.DeadlineExceeded) || !errors.Is(context.Cause(ctx), errLate) {
			t.Errorf("ended after %s with %v, cause %v", took, ctx.Err(), context.Cause(ctx))
		}
	})
}

// However making, cancelling and ending meet, who waits is woken.
func TestConcurrentUse(t *testing.T) {
	for i := range 2000 {
		ctx := lazyctx.WithTimeout(context.Background(), time.Hour, errLate)
		var wg sync.WaitGroup
		wg.Go(func() { <-ctx.Done() })
		wg.Go(func() {
			child, cancel := context.WithCancel(ctx)
			defer cancel()
			<-child.Done()
		})
		if i%2 == 0 {
			wg.Go(ctx.End)
		}
		if i%3 == 0 {
			wg.Go(func() { ctx.Cancel(errCause) })
		}
		ctx.End()
		wg.Wait()
		if !errors.Is(ctx.Err(), context.Canceled) {
			t.Fatalf("ended with %v", ctx.Err())
		}
	}
}

func TestCostsNothingUnused(t *testing.T) {
	parent := context.WithValue(t.Context(), key{}, 1)
	var sink error
	if n := testing.AllocsPerRun(100, func() {
		ctx := lazyctx.WithTimeout(parent, time.Minute, errLate)
		sink = errors.Join(sink, ctx.Err())
		_ = ctx.Value(key{})
		ctx.End()
	}); n > 1 {
		t.Errorf("%v allocations, want 1", n)
	}
	_ = sink
}
