package archtest

// check is one rule of the house: it returns what it finds wrong.
type check struct {
	name string
	find func(*tree, *rules) []string
}

// checks returns all rules.
func checks() []check {
	return []check{
		{"rooms", checkRooms},
		{"arrows", checkArrows},
		{"dependencies", checkDependencies},
		{"modules", checkModules},
		{"length", checkLength},
		{"names", checkNames},
		{"init", checkInit},
		{"package doc", checkPackageDoc},
		{"sleep", checkSleep},
		{"texts", checkTexts},
	}
}
