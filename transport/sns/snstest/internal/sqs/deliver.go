package sqs

// Delivery is a message that another service of AWS sends to a queue.
type Delivery struct {
	// Service is the service's principal: "sns.amazonaws.com".
	Service string
	// Source is the ARN of what sends it, which aws:SourceArn is compared with: that of a topic.
	Source string
	// Queue is the ARN of the queue.
	Queue string
	// Body is the message.
	Body string
	// Attributes are the message's, at most [MaxAttributes].
	Attributes map[string]Attribute
	// GroupID is the message group; empty if there is none. FIFO queues need one.
	GroupID string
	// DedupID is the deduplication ID, for FIFO queues; empty if there is none.
	DedupID string
	// TraceHeader is the X-Ray trace header; empty if there is none.
	TraceHeader string
	// SenderID is what the message says of its sender.
	SenderID string
}

// Deliver sends a message on behalf of a service, if the queue's policy allows the service to do so. It does all
// that SendMessage does. The error is a [wire.Error]: what SQS would have answered the service.
func (s *Service) Deliver(d Delivery) (messageID string, err error) {
	k, ok := parseARN(d.Queue)
	if !ok {
		return "", queueDoesNotExist()
	}
	q, missing := s.see(k)
	if missing != nil {
		return "", missing
	}
	if err := s.config.Access.CheckService(d.Service, d.Source, Name+":SendMessage", q.arn, q.policy()); err != nil {
		return "", err
	}
	m := &draft{body: d.Body, attrs: d.Attributes, sender: d.SenderID}
	if d.GroupID != "" {
		m.group = &d.GroupID
	}
	if d.DedupID != "" && q.fifo {
		m.dedup = &d.DedupID
	}
	if d.TraceHeader != "" {
		m.system = map[string]Attribute{traceHeader: {DataType: "String", StringValue: &d.TraceHeader}}
	}
	fault := m.check()
	if fault == nil {
		var r receipt
		if r, fault = q.send(m); fault == nil {
			return r.id, nil
		}
	}
	return "", fault
}

// Exists says whether there is a queue with an ARN, and whether it is a FIFO queue.
func (s *Service) Exists(arn string) (exists, fifo bool) {
	k, ok := parseARN(arn)
	if !ok {
		return false, false
	}
	q, err := s.see(k)
	return err == nil, err == nil && q.fifo
}
