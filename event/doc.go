// Package event holds what travels on the bus: [Event], its [Action], and the wire format.
//
// One event is one JSON document that is at once a CloudEvents 1.0 structured-mode event and a FRAME
// message, so that a CloudEvents SDK, a FRAME worker and framebus read the same bytes:
//
//	{"specversion":"1.0","id":"0193...","source":"finance","type":"Order.created","subject":"42",
//	 "time":"2026-11-23T08:00:00.123456Z","datacontenttype":"application/json",
//	 "channel":"Order","action":"created","data":{...}}
//
// [Envelope] is that document with its data undecoded; [Envelope.Encode] and [Decode] convert it. [Of] and
// [As] convert between an Envelope and a typed [Event]. docs/wire.md states the format to other programs.
//
// Writing is strict and reading is not: what Encode writes keeps every rule of CloudEvents and the limits of
// the brokers, while Decode takes what others write as long as it can mean one thing only.
//
// The package is a leaf: it imports the standard library alone, and everything else of framebus may import
// it. All its functions are safe for concurrent use; its types are plain values and are not.
package event
