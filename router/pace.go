package router

import "time"

// pace is how long a crew takes for one delivery. By it a crew of quick handlers receives ahead: what a worker
// handles in a moment can as well wait in its hand for that moment.
type pace struct {
	each time.Duration // 0 as long as it is not known
}

const (
	// moment is for how long a delivery may wait in a hand, by what the ones before it took. Others that could
	// handle it at once, in another process, lose no more than this.
	moment = 100 * time.Microsecond
	// maxAhead is how many a worker receives ahead at most.
	maxAhead = 32
)

// note takes note that n deliveries took some time. A slow one counts at once, and quick ones are believed when
// they go on. Where time stands still, in a testing/synctest bubble, no handler is known to be quick.
func (p *pace) note(took time.Duration, n int) {
	each := took / time.Duration(n)
	switch {
	case each <= 0 || each >= moment:
		p.each = moment
	case p.each == 0:
		p.each = moment / 2
	case each > p.each:
		p.each = each
	default:
		p.each -= (p.each - each) / 4
	}
}

// quick says whether more than one is handled in a moment.
func (p *pace) quick() bool { return p.ahead() > 1 }

// ahead returns how many deliveries are handled in a moment.
func (p *pace) ahead() int {
	if p.each == 0 || p.each > moment/2 {
		return 0
	}
	return min(int(moment/p.each), maxAhead)
}
