package snstest

import (
	"fmt"
	"strings"
)

// Graph is who is told what: topics, their subscriptions, and the queues at the end of them.
type Graph struct {
	Topics []Node
}

// Node is a topic in a Graph.
type Node struct {
	// Topic is its ARN.
	Topic string
	Edges []Edge
}

// Edge is a subscription in a Graph.
type Edge struct {
	// Subscription is its ARN.
	Subscription string
	Protocol     string
	// Endpoint is where it leads: the ARN of a queue, if the protocol is sqs.
	Endpoint string
	// Missing says that there is no such queue.
	Missing bool
	// Pending says that the subscription is not confirmed.
	Pending bool
	// Raw is RawMessageDelivery.
	Raw bool
	// Filter is the filter policy, and Scope what it looks at. Both are empty without a filter.
	Filter, Scope string
	// DeadLetters is the ARN of the subscription's dead-letter queue; empty if there is none.
	DeadLetters string
}

// Graph returns the topics of all accounts and regions with what they lead to.
func (s *Server) Graph() Graph {
	var g Graph
	for _, t := range s.topics() {
		n := Node{Topic: t.ARN}
		for _, sub := range t.Subscriptions {
			e := Edge{
				Subscription: sub.ARN, Protocol: sub.Protocol, Endpoint: sub.Endpoint, Pending: sub.Pending,
				Raw: sub.Attributes["RawMessageDelivery"] == "true", Filter: sub.Attributes["FilterPolicy"],
				Scope: sub.Attributes["FilterPolicyScope"], DeadLetters: sub.DeadLetters,
			}
			if e.Protocol == "sqs" {
				exists, _ := s.sqs.Exists(e.Endpoint)
				e.Missing = !exists
			}
			n.Edges = append(n.Edges, e)
		}
		g.Topics = append(g.Topics, n)
	}
	return g
}

// String returns the graph as text: a topic on a line, and its subscriptions indented below.
//
//	arn:aws:sns:us-east-1:000000000000:Order
//	  -> arn:aws:sqs:us-east-1:000000000000:finance-Order (raw, filter on MessageBody {"action":["created"]})
func (g Graph) String() string {
	var b strings.Builder
	for _, n := range g.Topics {
		b.WriteString(n.Topic + "\n")
		for _, e := range n.Edges {
			b.WriteString("  -> " + e.where() + e.remarks() + "\n")
		}
	}
	return b.String()
}

func (e Edge) where() string {
	if e.Protocol == "sqs" {
		return e.Endpoint
	}
	return e.Protocol + " " + e.Endpoint
}

func (e Edge) remarks() string {
	var list []string
	if e.Pending {
		list = append(list, "pending")
	}
	if e.Missing {
		list = append(list, "no such queue")
	}
	if e.Raw {
		list = append(list, "raw")
	}
	if e.Filter != "" {
		list = append(list, "filter on "+e.Scope+" "+e.Filter)
	}
	if e.DeadLetters != "" {
		list = append(list, "dead letters to "+e.DeadLetters)
	}
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// DOT returns the graph in the language of Graphviz.
func (g Graph) DOT() string {
	var b strings.Builder
	b.WriteString("digraph snstest {\n  rankdir=LR\n")
	for _, n := range g.Topics {
		fmt.Fprintf(&b, "  %q [shape=box]\n", n.Topic)
		for _, e := range n.Edges {
			fmt.Fprintf(&b, "  %q -> %q [label=%q]\n", n.Topic, e.where(), strings.Trim(e.remarks(), " ()"))
			if e.DeadLetters != "" {
				fmt.Fprintf(&b, "  %q -> %q [style=dashed]\n", e.where(), e.DeadLetters)
			}
		}
	}
	b.WriteString("}\n")
	return b.String()
}
