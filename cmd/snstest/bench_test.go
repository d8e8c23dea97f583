package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// BenchmarkSend sends messages of 1 KiB from many goroutines, to a server in memory and to one with a database, which
// saves what comes at the same time in one transaction. Compare: the difference is the price of -db.
func BenchmarkSend(b *testing.B) {
	for _, name := range []string{"memory", "database"} {
		b.Run(name, func(b *testing.B) {
			var config snstest.Config
			if name == "database" {
				d, err := openDatabase(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() {
					if err := d.Close(); err != nil {
						b.Error(err)
					}
				})
				config.Store = d
			}
			srv := snstest.Start(b, config)
			send := func(action, body string) int {
				r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/x-amz-json-1.0")
				r.Header.Set("X-Amz-Target", "AmazonSQS."+action)
				r.Header.Set("X-Amz-Date", "20000101T000000Z")
				r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=any/20000101/us-east-1/sqs/aws4_request, "+
					"SignedHeaders=host, Signature="+strings.Repeat("0", 64))
				w := httptest.NewRecorder()
				srv.ServeHTTP(w, r)
				return w.Code
			}
			if code := send("CreateQueue", `{"QueueName":"q"}`); code != http.StatusOK {
				b.Fatalf("status %d", code)
			}
			message := `{"QueueUrl":"http://127.0.0.1/000000000000/q","MessageBody":"` + strings.Repeat("a", 1024) + `"}`
			b.SetParallelism(32)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if code := send("SendMessage", message); code != http.StatusOK {
						b.Errorf("status %d", code)
					}
				}
			})
		})
	}
}
