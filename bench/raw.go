package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// serverRates is how many requests a second emulators answer to a client that costs next to nothing: it writes the same
// SendMessage again and again, on 16 connections. What the SDK's is beside it, is the SDK.
func serverRates(ctx context.Context, o options) ([]figure, error) {
	var entrants []entrant[float64]
	for _, e := range emulators() {
		entrants = append(entrants, entrant[float64]{e.name, func(ctx context.Context) (float64, error) {
			return rawRate(ctx, e, o.duration)
		}})
	}
	outcomes, err := turns(ctx, o.runs, entrants)
	if err != nil {
		return nil, err
	}
	return compare(measure{"snstest_server", "requests/s", true}, outcomes, func(r float64) float64 { return r }), nil
}

func rawRate(ctx context.Context, e emulator, d time.Duration) (_ float64, err error) {
	url, stop, err := e.start(ctx)
	if err != nil {
		return 0, err
	}
	connections := &http.Transport{}
	defer func() {
		connections.CloseIdleConnections()
		err = errors.Join(err, stop())
	}()
	s, err := openShop(ctx, url, connections)
	if err != nil {
		return 0, err
	}
	request := sendRequest(strings.TrimPrefix(url, "http://"), s.queue)
	var total atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, 16)
	start := time.Now()
	for i := range errs {
		all.Go(func() { errs[i] = rawSend(ctx, url, request, start.Add(d), &total) })
	}
	all.Wait()
	return float64(total.Load()) / time.Since(start).Seconds(), errors.Join(errs...)
}

// sendRequest is a SendMessage as the SDK writes it, signed with what no emulator looks at.
func sendRequest(host, queue string) []byte {
	body := fmt.Sprintf(`{"QueueUrl":%q,"MessageBody":%q}`, queue, asked)
	return fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-amz-json-1.0\r\n"+
		"X-Amz-Target: AmazonSQS.SendMessage\r\nX-Amz-Date: 20261125T000000Z\r\n"+
		"Authorization: AWS4-HMAC-SHA256 Credential=any/20261125/us-east-1/sqs/aws4_request, "+
		"SignedHeaders=host;x-amz-date, Signature=%064d\r\nContent-Length: %d\r\n\r\n%s", host, 0, len(body), body)
}

// rawSend sends the request on one connection until the end, and counts the answers.
func rawSend(ctx context.Context, url string, request []byte, end time.Time, total *atomic.Int64) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for time.Now().Before(end) {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, answer.Body)
		if answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("answered with %s", answer.Status)
		}
		if err != nil {
			return err
		}
		total.Add(1)
	}
	return nil
}
