package router

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// unreadyAfter is how long a listener's broker may be out of reach before the router is not ready: one
// failed call is not news.
const unreadyAfter = 5 * time.Second

// Live returns nil from New until Run has returned, and then an error that says that it has, and why. It is
// the liveness question: an error means that only a restart helps.
func (r *Router) Live() error {
	if state := r.state.Load(); state != nil {
		return errors.New("router: " + *state)
	}
	return nil
}

// Check returns nil while the router receives: Run has opened every subscription, does not drain, and
// no listener has failed to receive for more than five seconds. It is the readiness question; its
// error says what is not ready, of all listeners joined.
func (r *Router) Check() error {
	if err := r.Live(); err != nil {
		return err
	}
	select {
	case <-r.draining:
		return errors.New("router: draining")
	default:
	}
	select {
	case <-r.ready:
	default:
		return errors.New("router: not running yet")
	}
	var errs []error
	for _, l := range r.table.listeners {
		errs = append(errs, l.intake.check())
	}
	return errors.Join(errs...)
}

// Health answers GET /livez and GET /readyz: 200 and {"status":"ok"}, or 503 and {"status":"...","error":
// "..."}. Mount it where the orchestrator's probes look:
//
//	mux.Handle("GET /livez", r.Health())
//	mux.Handle("GET /readyz", r.Health())
func (r *Router) Health() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /livez", probe(r.Live))
	mux.Handle("GET /readyz", probe(r.Check))
	return mux
}

func probe(ask func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer := struct {
			Status string `json:"status"`
			Error  string `json:"error,omitempty"`
		}{Status: "ok"}
		code := http.StatusOK
		if err := ask(); err != nil {
			answer.Status, answer.Error = "unavailable", err.Error()
			code = http.StatusServiceUnavailable
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(answer) // the prober has gone: nobody is left to tell
	})
}
