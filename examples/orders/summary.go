package main

import "encoding/json"

// summary is what the program ends with.
type summary struct {
	Events      int `json:"events"`       // lines that were accepted
	Orders      int `json:"orders"`       // stored at the end
	Invoices    int `json:"invoices"`     // stored at the end, cancelled ones too
	Cancelled   int `json:"cancelled"`    // of them
	Audited     int `json:"audited"`      // events that audit has seen, those on "Invoice" too
	Retries     int `json:"retries"`      // failed runs of a handler that were tried again
	DeadLetters int `json:"dead_letters"` // events that a listener gave up
	Rejected    int `json:"rejected"`     // lines that were not accepted
}

func (s summary) String() string {
	text, _ := json.Marshal(s) // numbers always marshal
	return "summary: " + string(text)
}
