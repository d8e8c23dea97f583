package shop

// Customer who orders.
type Customer struct {
	ID      ID     `json:"id"`
	Company string `json:"company,omitempty"`
}

// Part that can be ordered.
type Part struct {
	ID       ID      `json:"id"`
	Name     string  `json:"name,omitempty"`
	Price    Decimal `json:"price,omitempty"`
	Quantity Decimal `json:"quantity,omitempty"` // in stock
}

// Order of a customer.
type Order struct {
	ID        ID      `json:"id"`
	Customer  ID      `json:"customer,omitempty"`
	OrderDate string  `json:"order_date,omitempty"`
	Total     Decimal `json:"total,omitempty"`
}

// OrderItem is one part in an order.
type OrderItem struct {
	ID       ID      `json:"id"`
	Order    ID      `json:"order,omitempty"`
	Part     ID      `json:"part,omitempty"`
	Price    Decimal `json:"price,omitempty"`
	Quantity Decimal `json:"quantity,omitempty"`
	Discount Decimal `json:"discount,omitempty"`
}

// model is any of them.
type model interface{ identity() ID }

func (m *Customer) identity() ID  { return m.ID }
func (m *Part) identity() ID      { return m.ID }
func (m *Order) identity() ID     { return m.ID }
func (m *OrderItem) identity() ID { return m.ID }

// newModel returns an empty model of the channel, nil if the channel carries none of this shop's.
func newModel(channel string) model {
	switch channel {
	case "Customer":
		return new(Customer)
	case "Part":
		return new(Part)
	case "Order":
		return new(Order)
	case "OrderItem":
		return new(OrderItem)
	}
	return nil
}
