// Command bench measures framebus's memory transport and its peers on the same work in one run.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

func main() {
	w := work{body: body(), publishers: 8, duration: time.Second}
	ctx := context.Background()
	for _, f := range []func(context.Context, work, int) ([]figure, error){throughput, latency} {
		figures, err := f(ctx, w, 5)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		for _, f := range figures {
			fmt.Println(f)
		}
	}
}

// body is 1 KiB, and JSON so that our bus takes it as it is.
func body() []byte {
	b := make([]byte, 1024)
	for i := range b {
		b[i] = 'x'
	}
	b[0], b[len(b)-1] = '"', '"'
	return b
}
