package memory_test

import (
	"testing"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
	"github.com/framebus/framebus/transport/transporttest"
)

func TestConformance(t *testing.T) {
	transporttest.Run(t, transporttest.Harness{
		New: func(testing.TB) func() transport.Transport {
			broker := memory.New()
			return func() transport.Transport { return broker.Connect() }
		},
		Bubble: true,
	})
}
