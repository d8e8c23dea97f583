package wire

import (
	"context"
	"reflect"
)

// Service is one of AWS's services, as its protocols show it.
type Service struct {
	// Name is the service's name in the scope of a signature: "sqs".
	Name string
	// Version is the value of the Query parameter Version: "2012-11-05".
	Version string
	// Namespace is that of the XML: "http://queue.amazonaws.com/doc/2012-11-05/".
	Namespace string
	// Target is the prefix of X-Amz-Target: "AmazonSQS". Empty: the service does not speak JSON.
	Target string
	// Shapes is the namespace of the names of errors in JSON: "com.amazonaws.sqs".
	Shapes string
	// ErrorDetail says that errors in XML have an empty Detail element.
	ErrorDetail bool
	// Operations are what the service can do, by name.
	Operations map[string]*Operation
	// AtPath finds out, for the Query protocol, whether a request to a path other than / may be for an
	// action. Nil: the path does not matter.
	AtPath func(action string) bool
}

// Operation is one action of a service. Made by [Op].
type Operation struct {
	name   string
	in     *plan
	out    *plan // nil: the answer has no members
	invoke func(ctx context.Context, c *Call, in reflect.Value) (any, error)
}

// None is the output of operations that answer with nothing.
type None struct{}

// Op makes an operation of a function. In and Out are structs tagged as the package comment says.
func Op[In, Out any](name string, do func(context.Context, *Call, *In) (*Out, error)) *Operation {
	op := &Operation{name: name, in: planOf(reflect.TypeFor[In]())}
	if out := planOf(reflect.TypeFor[Out]()); len(out.fields) > 0 {
		op.out = out
	}
	op.invoke = func(ctx context.Context, c *Call, in reflect.Value) (any, error) {
		out, err := do(ctx, c, in.Addr().Interface().(*In))
		if err != nil {
			return nil, err
		}
		return out, nil
	}
	return op
}

// Table makes the table of a service's operations.
func Table(ops ...*Operation) map[string]*Operation {
	table := make(map[string]*Operation, len(ops))
	for _, op := range ops {
		table[op.name] = op
	}
	return table
}

// Taker is an output that takes something out of the service, and can put it back. It is told when the answer
// could not be delivered, because the client has gone.
type Taker interface {
	Undo()
}
