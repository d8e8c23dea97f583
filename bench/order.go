package main

// order is what the typed systems publish and their listeners get: as small as events are, so that it is the
// system that costs and not the JSON.
type order struct {
	ID       int64  `json:"id"`
	Customer string `json:"customer"`
	Total    string `json:"total"`
	Currency string `json:"currency"`
	Items    int    `json:"items"`
	Paid     bool   `json:"paid"`
}

func anOrder() order {
	return order{ID: 42, Customer: "Ada Lovelace", Total: "440.00", Currency: "EUR", Items: 3, Paid: true}
}
