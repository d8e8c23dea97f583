package topology_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// chance is randomness that many goroutines share.
type chance struct {
	mu sync.Mutex
	r  *rand.Rand
}

func (c *chance) upTo(d time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.r.Int64N(int64(d)))
}

// race is one interleaving of listeners to patterns and publishers who make a topic.
type race struct {
	*cloud
	chance *chance
	pace   time.Duration // about what a listener takes to get ready

	mu    sync.Mutex
	ready map[string]time.Time // queues
	sent  map[string]time.Time // messages, by when publishing began
	made  time.Time            // when the topic was
}

const racers = 2 // processes of either kind

func (r *race) listen(i int, pattern string) {
	r.sleep(r.chance.upTo(r.pace))
	q, err := r.process().Queue(r.Context(), sub("audit", fmt.Sprint(i), pattern))
	if err != nil {
		r.Error(err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ready[q.Name] = time.Now()
}

func (r *race) send(i int) {
	r.sleep(r.chance.upTo(2 * r.pace))
	arn, err := r.process().Topic(r.Context(), "Sales.Order")
	if err != nil {
		r.Error(err)
		return
	}
	r.mu.Lock()
	if r.made.IsZero() {
		r.made = time.Now()
	}
	r.mu.Unlock()
	for n := range 5 {
		text := fmt.Sprintf("%d of %d", n, i)
		r.mu.Lock()
		r.sent[text] = time.Now()
		r.mu.Unlock()
		if _, err := r.sns.Publish(r.Context(), &sns.PublishInput{TopicArn: &arn, Message: aws.String(text)}); err != nil {
			r.Error(err)
			return
		}
		r.sleep(r.chance.upTo(r.pace / 2))
	}
}

// owed returns how many messages were published after a listener was ready, and which of them it did not get.
func (r *race) owed() (n int, missed []string) {
	for queue, ready := range r.ready {
		got := r.bodies(queue)
		for text, at := range r.sent {
			if at.Before(ready) {
				continue
			}
			if n++; !slices.Contains(got, text) {
				missed = append(missed, queue+": "+text)
			}
		}
		slices.Sort(got)
		if twice := len(got) - len(slices.Compact(got)); twice > 0 {
			missed = append(missed, fmt.Sprintf("%s: %d twice", queue, twice))
		}
	}
	return n, missed
}

// TestNoEventIsMissed is interleavings of two listeners to patterns and two publishers of a channel that nobody
// has used before, with requests that take up to 50 ms each: a hundred of them, or INTERLEAVINGS.
func TestNoEventIsMissed(t *testing.T) {
	interleave(t, seeds(t, 100), 600*time.Millisecond, 0)
}

// TestNoEventIsMissedWhenAWSIsSlow is the same where what was done is seen two seconds later.
func TestNoEventIsMissedWhenAWSIsSlow(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long, and is not about races")
	}
	interleave(t, seeds(t, 100)/5, 16*time.Second, 2*time.Second)
}

func seeds(t *testing.T, n uint64) uint64 {
	t.Helper()
	if text := os.Getenv("INTERLEAVINGS"); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 32); err != nil {
			t.Fatal("INTERLEAVINGS:", err)
		}
	}
	return n
}

func interleave(t *testing.T, seeds uint64, pace, consistency time.Duration) {
	t.Helper()
	const crews = 4
	var sum tally
	t.Run("seeds", func(t *testing.T) {
		for crew := range uint64(crews) {
			t.Run(fmt.Sprint(crew), func(t *testing.T) {
				t.Parallel()
				for seed := crew; seed < seeds && !t.Failed(); seed += crews {
					once(t, seed, pace, consistency, &sum)
				}
			})
		}
	})
	t.Logf("%d interleavings: %d messages owed and delivered; the listener was ready last %d times, and first %d times",
		seeds, sum.owed, sum.foundTopic, sum.foundListener)
	n := int(seeds) //nolint:gosec // small
	if sum.foundTopic < n/10 || sum.foundListener < n/10 || sum.owed < 5*n {
		t.Error("the interleavings are not what they were to be")
	}
}

// tally counts over all interleavings.
type tally struct {
	mu                              sync.Mutex
	owed, foundTopic, foundListener int
}

func once(t *testing.T, seed uint64, pace, consistency time.Duration, sum *tally) {
	t.Helper()
	c := &chance{r: rand.New(rand.NewPCG(seed, 7))} //nolint:gosec // seeded on purpose
	hook := func(context.Context, snstest.Call) snstest.Fault {
		return snstest.Fault{Delay: c.upTo(50 * time.Millisecond)}
	}
	config := snstest.Config{Seed: seed, Hook: hook, Disorder: snstest.Disorder{Consistency: consistency}}
	inCloud(t, config, func(cl *cloud) {
		r := &race{cloud: cl, chance: c, pace: pace, ready: map[string]time.Time{}, sent: map[string]time.Time{}}
		var group sync.WaitGroup
		for i := range racers {
			group.Go(func() { r.listen(i, []string{"Sales.*", "*"}[i]) })
			group.Go(func() { r.send(i) })
		}
		group.Wait()
		owed, missed := r.owed()
		if len(missed) > 0 {
			cl.Errorf("seed %d: missed %q\n%s", seed, missed, cl.srv.Graph())
		}
		sum.add(owed, r)
	})
}

func (s *tally) add(owed int, r *race) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed += owed
	for _, ready := range r.ready {
		if ready.After(r.made) {
			s.foundTopic++
		} else {
			s.foundListener++
		}
	}
}
