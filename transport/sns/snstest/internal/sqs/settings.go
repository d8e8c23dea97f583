package sqs

import (
	"strconv"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/policy"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// settings are the attributes of a queue that can be set. They are not changed, but replaced.
type settings struct {
	delay      int // seconds
	maxSize    int // bytes
	retention  int // seconds
	wait       int // seconds
	visibility int // seconds

	policyText string
	policy     *policy.Document
	redrive    *redrivePolicy
	allow      *redriveAllowPolicy

	managedSSE bool
	kmsKey     string
	kmsReuse   int // seconds

	fifo         bool
	contentDedup bool
	groupScope   bool // DeduplicationScope is messageGroup
	perGroup     bool // FifoThroughputLimit is perMessageGroupId
}

const (
	// maxMessageSize: 1 MiB a message and a batch, since August 2025 (API_SendMessage, API_SendMessageBatch).
	maxMessageSize = 1 << 20
	maxVisibility  = 43200 // 12 hours (sqs-visibility-timeout)
	maxDelay       = 900   // 15 minutes (sqs-delay-queues)
)

// defaults: API_CreateQueue has them all. That SSE-SQS is on is in sqs-configure-sqs-sse-queue.
func defaults(fifo bool) *settings {
	return &settings{
		maxSize: maxMessageSize, retention: 345600, visibility: 30, managedSSE: true, kmsReuse: 300, fifo: fifo,
	}
}

// attribute is one attribute of queues that can be set: API_SetQueueAttributes.
type attribute struct {
	name string
	// get returns the value, and false if the queue shows no such attribute.
	get func(*settings) (string, bool)
	set func(*settings, string) *wire.Error
	// fifo attributes are those of FIFO queues alone.
	fifo bool
}

func attributes() []attribute {
	return []attribute{
		number("DelaySeconds", 0, maxDelay, func(s *settings) *int { return &s.delay }),
		number("MaximumMessageSize", 1024, maxMessageSize, func(s *settings) *int { return &s.maxSize }),
		number("MessageRetentionPeriod", 60, 1209600, func(s *settings) *int { return &s.retention }),
		number("ReceiveMessageWaitTimeSeconds", 0, maxWait, func(s *settings) *int { return &s.wait }),
		number("VisibilityTimeout", 0, maxVisibility, func(s *settings) *int { return &s.visibility }),
		policyAttribute(),
		redriveAttribute(),
		redriveAllowAttribute(),
		kmsKeyAttribute(),
		kmsReuseAttribute(),
		managedSSEAttribute(),
		flag("FifoQueue", func(s *settings) *bool { return &s.fifo }),
		flag("ContentBasedDeduplication", func(s *settings) *bool { return &s.contentDedup }),
		choice("DeduplicationScope", "queue", "messageGroup", func(s *settings) *bool { return &s.groupScope }),
		choice("FifoThroughputLimit", "perQueue", "perMessageGroupId", func(s *settings) *bool { return &s.perGroup }),
	}
}

// readOnly are the attributes that SQS computes: API_GetQueueAttributes.
func readOnly() []string {
	return []string{
		"QueueArn", "CreatedTimestamp", "LastModifiedTimestamp", "ApproximateNumberOfMessages",
		"ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
	}
}

func number(name string, least, most int, of func(*settings) *int) attribute {
	return attribute{
		name: name,
		get:  func(s *settings) (string, bool) { return strconv.Itoa(*of(s)), true },
		set: func(s *settings, text string) *wire.Error {
			n, err := strconv.Atoi(text)
			if err != nil || n < least || n > most {
				return invalidAttributeValue(name, "")
			}
			*of(s) = n
			return nil
		},
	}
}

// readBool takes "True" for true: the recorded tests have FifoQueue "True".
func readBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

func flag(name string, of func(*settings) *bool) attribute {
	return attribute{
		name: name, fifo: true,
		get: func(s *settings) (string, bool) { return strconv.FormatBool(*of(s)), s.fifo },
		set: func(s *settings, text string) *wire.Error {
			value, ok := readBool(text)
			if !ok {
				return invalidAttributeValue(name, "")
			}
			*of(s) = value
			return nil
		},
	}
}

func choice(name, no, yes string, of func(*settings) *bool) attribute {
	return attribute{
		name: name, fifo: true,
		get: func(s *settings) (string, bool) {
			if *of(s) {
				return yes, s.fifo
			}
			return no, s.fifo
		},
		set: func(s *settings, text string) *wire.Error {
			if text != no && text != yes {
				return invalidAttributeValue(name, "")
			}
			*of(s) = text == yes
			return nil
		},
	}
}

func policyAttribute() attribute {
	return attribute{
		name: "Policy",
		get:  func(s *settings) (string, bool) { return s.policyText, s.policyText != "" },
		set: func(s *settings, text string) *wire.Error {
			if text == "" { // recorded: test_set_empty_queue_policy
				s.policyText, s.policy = "", nil
				return nil
			}
			document, err := policy.Parse(policy.Queue, text)
			if err != nil {
				return invalidAttributeValue("Policy", err.Error())
			}
			s.policyText, s.policy = text, document
			return nil
		},
	}
}

// kmsKeyAttribute: to set a key turns SSE-SQS off (recorded: test_set_queue_attributes_default_values).
func kmsKeyAttribute() attribute {
	return attribute{
		name: "KmsMasterKeyId",
		get:  func(s *settings) (string, bool) { return s.kmsKey, s.kmsKey != "" },
		set: func(s *settings, text string) *wire.Error {
			if len(text) > 2048 { // the length of KeyId in kms/latest/APIReference/API_DescribeKey.html
				return invalidAttributeValue("KmsMasterKeyId", "")
			}
			s.kmsKey = text
			if text != "" {
				s.managedSSE = false
			}
			return nil
		},
	}
}

func kmsReuseAttribute() attribute {
	a := number("KmsDataKeyReusePeriodSeconds", 60, 86400, func(s *settings) *int { return &s.kmsReuse })
	shown := a.get
	a.get = func(s *settings) (string, bool) {
		value, _ := shown(s)
		return value, s.kmsKey != "" // recorded: test_sse_queue_attributes
	}
	return a
}

func managedSSEAttribute() attribute {
	return attribute{
		name: "SqsManagedSseEnabled",
		get:  func(s *settings) (string, bool) { return strconv.FormatBool(s.managedSSE), true },
		set: func(s *settings, text string) *wire.Error {
			value, ok := readBool(text)
			if !ok {
				return invalidAttributeValue("SqsManagedSseEnabled", "")
			}
			s.managedSSE = value
			return nil
		},
	}
}
