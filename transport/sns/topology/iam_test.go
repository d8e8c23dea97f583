package topology_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/topology"
)

const key = "arn:aws:kms:us-east-1:" + account + ":key/1"

func encrypted(c *topology.Config) { c.Encryption.KMSKey = key }

// policies are those of a service, as they would be written into its deployment.
func policies(t *testing.T) (runtime, provisioning string) {
	t.Helper()
	p, err := topology.New(topology.Config{
		SNS: sns.New(sns.Options{Region: "us-east-1"}), SQS: sqs.New(sqs.Options{}), Account: account,
		Encryption: topology.Encryption{KMSKey: key},
	})
	if err != nil {
		t.Fatal(err)
	}
	channels, subs := wanted()
	runtime, err = p.RuntimePolicy(channels, subs)
	if err != nil {
		t.Fatal(err)
	}
	provisioning, err = p.ProvisioningPolicy(channels, subs)
	if err != nil {
		t.Fatal(err)
	}
	return runtime, provisioning
}

// TestLeastPrivilege: the policies suffice for the whole life of a service, and no action of them can be left out.
func TestLeastPrivilege(t *testing.T) {
	runtime, provisioning := policies(t)
	if err := live(t, runtime, provisioning); err != nil {
		t.Fatalf("with all actions: %v\n%s\n%s", err, runtime, provisioning)
	}
	for name, policy := range map[string]string{"run time": runtime, "provisioning": provisioning} {
		for _, action := range actions(t, policy) {
			if strings.HasPrefix(action, "kms:") {
				continue // snstest has no KMS
			}
			poorer := []string{runtime, provisioning}
			if name == "run time" {
				poorer[0] = without(t, policy, "", action)
			} else {
				poorer[1] = without(t, policy, "", action)
			}
			if err := live(t, poorer[0], poorer[1]); err == nil {
				t.Errorf("%s: %s is not needed", name, action)
			}
		}
	}
}

// TestNoStatementIsIdle: nor can an action be left out of one statement alone, but for those of a service's own queues
// which FramebusOrphans also has for all of its service's.
func TestNoStatementIsIdle(t *testing.T) {
	runtime, provisioning := policies(t)
	for _, sid := range []string{
		"FramebusPublish", "FramebusConsume", "FramebusDeadLetters", "FramebusDeadLetterTools", "FramebusRedrive",
	} {
		for _, action := range actionsOf(t, runtime, sid) {
			if err := live(t, without(t, runtime, sid, action), provisioning); err == nil {
				t.Errorf("%s is not needed in %s", action, sid)
			}
		}
	}
	for _, sid := range []string{
		"FramebusTopics", "FramebusSubscriptions", "FramebusQueues", "FramebusOrphans", "FramebusList", "FramebusPrune",
	} {
		for _, action := range actionsOf(t, provisioning, sid) {
			if sid == "FramebusQueues" && slices.Contains(actionsOf(t, provisioning, "FramebusOrphans"), action) {
				continue
			}
			if err := live(t, runtime, without(t, provisioning, sid, action)); err == nil {
				t.Errorf("%s is not needed in %s", action, sid)
			}
		}
	}
}

// live is the life of a service with two identities: it is provisioned, changes, publishes, consumes, handles
// dead letters, and is pruned.
func live(t *testing.T, runtime, provisioning string) (err error) {
	t.Helper()
	user := func(name, policy string) snstest.Caller {
		return snstest.Caller{ARN: "arn:aws:iam::" + account + ":user/" + name, Policies: []string{policy}}
	}
	config := snstest.Config{Callers: map[string]snstest.Caller{
		"root": {}, "provisioner": user("provisioner", provisioning), "service": user("service", runtime),
	}}
	inCloud(t, config, func(c *cloud) {
		// What others had made before: a topic and a queue without a key or tags, and a listener that is no more.
		_, fault := c.sns.CreateTopic(c.Context(), &sns.CreateTopicInput{Name: aws.String("Order")})
		c.must(fault)
		_, fault = c.sqs.CreateQueue(c.Context(), &sqs.CreateQueueInput{QueueName: aws.String("finance-Order")})
		c.must(fault)
		c.declare(sub("finance", "old", "Order"))
		ctx, cancel := context.WithTimeout(c.Context(), time.Hour)
		defer cancel()
		if err = c.provision(ctx); err == nil {
			err = c.serve(ctx)
		}
	})
	return err
}

// provision does all that a provisioner does.
func (c *cloud) provision(ctx context.Context) error {
	channels, subs := wanted()
	snsClient, sqsClient := c.as("provisioner")
	p := c.process(withAccount, encrypted, func(cfg *topology.Config) { cfg.SNS, cfg.SQS = snsClient, sqsClient })
	plan, err := p.Plan(ctx, channels, subs)
	if err != nil {
		return err
	}
	if err := p.Apply(ctx, plan, topology.ApplyOptions{Differences: true}); err != nil {
		return err
	}
	// The program changes: a filter, and a channel that is not wanted for a while.
	changed := slices.Clone(subs)
	changed[0].Actions = nil
	changed[1].Pattern = "Sales.Order"
	for _, s := range append(changed, subs...) {
		if _, err := p.Queue(ctx, s); err != nil {
			return err
		}
	}
	if plan, err = p.Plan(ctx, channels, subs); err != nil {
		return err
	}
	if len(plan.Of(topology.Orphaned)) == 0 {
		return errors.New("there are orphans, and the plan has none")
	}
	if err := p.Prune(ctx, plan, topology.PruneOptions{}); err != nil {
		return err
	}
	if plan, err = p.Plan(ctx, channels, subs); err == nil && !plan.Clean() {
		err = errors.New("the plan is not clean: " + plan.String())
	}
	return err
}

// serve does all that a service does at run time, dead letters included.
func (c *cloud) serve(ctx context.Context) error {
	channels, subs := wanted()
	snsClient, sqsClient := c.as("service")
	p := c.process(off, withAccount, func(cfg *topology.Config) { cfg.SNS, cfg.SQS = snsClient, sqsClient })
	for _, channel := range channels {
		arn, err := p.Topic(ctx, channel)
		if err != nil {
			return err
		}
		for range 2 {
			entry := snstypes.PublishBatchRequestEntry{Id: aws.String("1"), Message: aws.String(body(channel, "created"))}
			_, err := snsClient.PublishBatch(ctx, &sns.PublishBatchInput{
				TopicArn: &arn, PublishBatchRequestEntries: []snstypes.PublishBatchRequestEntry{entry},
			})
			if err != nil {
				return err
			}
		}
	}
	for _, s := range subs {
		if err := c.consume(ctx, p, sqsClient, s); err != nil {
			return fmt.Errorf("%s: %w", s.ID, err)
		}
	}
	return nil
}

// consume does what the consumer of one queue and the tools for its dead letters do.
func (c *cloud) consume(ctx context.Context, p *topology.Topology, client *sqs.Client, s transport.Subscription) error {
	q, err := p.Queue(ctx, s)
	if err != nil {
		return err
	}
	if again, err := p.Lookup(ctx, s.ID); err != nil || again != q {
		return errors.Join(err, errors.New("Lookup"))
	}
	for _, url := range []string{q.URL, q.DeadLetterURL} { // the depth
		_, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
		})
		if err != nil {
			return err
		}
	}
	for _, url := range []string{q.DeadLetterURL, q.URL} { // a dead letter, and one redriven
		_, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("moved")})
		if err != nil {
			return err
		}
	}
	for _, url := range []string{q.URL, q.DeadLetterURL} {
		out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
		if err != nil {
			return err
		}
		if len(out.Messages) == 0 {
			return errors.New("nothing to receive")
		}
		for i, m := range out.Messages {
			id := aws.String(fmt.Sprint(i))
			_, err := client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url,
				Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
					{Id: id, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 9},
				}})
			if err != nil {
				return err
			}
			_, err = client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &url,
				Entries: []types.DeleteMessageBatchRequestEntry{{Id: id, ReceiptHandle: m.ReceiptHandle}}})
			if err != nil {
				return err
			}
		}
	}
	_, err = client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &q.DeadLetterURL})
	return err
}

type policyDocument struct {
	Version   string
	Statement []map[string]any
}

func readDocument(t *testing.T, policy string) policyDocument {
	t.Helper()
	var d policyDocument
	if err := json.Unmarshal([]byte(policy), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// actionsOf are the actions of a statement, or of all if sid is empty.
func actionsOf(t *testing.T, policy, sid string) []string {
	t.Helper()
	var list []string
	for _, s := range readDocument(t, policy).Statement {
		if sid == "" || s["Sid"] == sid {
			for _, a := range s["Action"].([]any) {
				list = append(list, a.(string))
			}
		}
	}
	if len(list) == 0 {
		t.Fatalf("no actions in %s", sid)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func actions(t *testing.T, policy string) []string { t.Helper(); return actionsOf(t, policy, "") }

// without is a policy without an action in a statement, or in all if sid is empty.
func without(t *testing.T, policy, sid, action string) string {
	t.Helper()
	d := readDocument(t, policy)
	for _, s := range d.Statement {
		if sid != "" && s["Sid"] != sid {
			continue
		}
		s["Action"] = slices.DeleteFunc(s["Action"].([]any), func(a any) bool { return a == action })
		if len(s["Action"].([]any)) == 0 {
			s["Action"] = "none:None"
		}
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The policies name exactly the resources, in the account, region and partition.
func TestPolicyResources(t *testing.T) {
	for region, prefix := range map[string]string{
		"eu-central-1": "arn:aws:", "cn-north-1": "arn:aws-cn:", "us-gov-west-1": "arn:aws-us-gov:",
	} {
		p, err := topology.New(topology.Config{
			SNS: sns.New(sns.Options{}), SQS: sqs.New(sqs.Options{}), Account: account, Region: region, Prefix: "test-",
			Encryption: topology.Encryption{KMSKey: "alias/mine"}, Service: "retired",
		})
		if err != nil {
			t.Fatal(err)
		}
		subs := []transport.Subscription{sub("finance", "Order", "Order"), sub("finance", "sales", "*.Order")}
		runtime, err := p.RuntimePolicy([]string{"Order", "Sales.*"}, subs)
		if err != nil {
			t.Fatal(err)
		}
		provisioning, err := p.ProvisioningPolicy([]string{"Order", "Sales.*"}, subs)
		if err != nil {
			t.Fatal(err)
		}
		of := func(service, name string) string { return prefix + service + ":" + region + ":" + account + ":" + name }
		for policy, want := range map[string]map[string][]string{
			runtime: {
				"FramebusPublish":     {of("sns", "test-Order"), of("sns", "test-Sales-*")},
				"FramebusConsume":     {of("sqs", "test-finance-Order"), of("sqs", "test-finance-sales")},
				"FramebusDeadLetters": {of("sqs", "test-finance-Order-dlq"), of("sqs", "test-finance-sales-dlq")},
				"FramebusKey":         {of("kms", "key/*")},
			},
			provisioning: {
				"FramebusTopics": {
					of("sns", "test-*-Order"), of("sns", "test-*-Order-x??????????"), of("sns", "test-Order"),
					of("sns", "test-Sales-*"), of("sns", "test-framebus-listeners"),
				},
				"FramebusPrune": {of("sqs", "test-finance-*"), of("sqs", "test-retired-*")},
			},
		} {
			for _, s := range readDocument(t, policy).Statement {
				if list, ok := want[s["Sid"].(string)]; ok && fmt.Sprint(s["Resource"]) != fmt.Sprint(list) {
					t.Errorf("%s is about %v, want %v", s["Sid"], s["Resource"], list)
				}
				if s["Sid"] == "FramebusKey" && !strings.Contains(fmt.Sprint(s["Condition"]), "kms:ResourceAliases:alias/mine") {
					t.Errorf("the key's condition is %v", s["Condition"])
				}
			}
		}
	}
}

func TestPolicyErrors(t *testing.T) {
	p, err := topology.New(topology.Config{SNS: sns.New(sns.Options{}), SQS: sqs.New(sqs.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	channels, subs := wanted()
	bad := sub("finance", "Order", "Order")
	bad.MaxReceives = 2000
	for what, write := range map[string]func() (string, error){
		"account and region": func() (string, error) { return p.RuntimePolicy(channels, subs) },
		"Config.Account":     func() (string, error) { return p.ProvisioningPolicy(channels, subs) },
		"channel pattern":    func() (string, error) { return p.RuntimePolicy([]string{"a?"}, nil) },
		"finance/Order":      func() (string, error) { return p.ProvisioningPolicy(nil, []transport.Subscription{bad}) },
	} {
		if text, err := write(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want an error with %s, got %s, %v", what, text, err)
		}
	}
}
