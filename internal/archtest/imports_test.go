package archtest

import "testing"

func TestRooms(t *testing.T) {
	finds(t, checkRooms, files{"attic/a.go": "package attic\n"}, "attic: no package may be here")
	finds(t, checkRooms, files{"core/attic/a.go": "package attic\n"}, "core/attic: no package may be here")
	finds(t, checkRooms, files{"house.go": "package house\n", "later/a_test.go": "package later\n"})
	finds(t, checkRooms, files{"docs/a.go": "package docs\n"}, "docs: no package may be here")
	finds(t, checkRooms, files{"attic/notes.txt": "old\n"}, "attic: this directory belongs to no package")
	finds(t, checkRooms, files{"core/go.mod": "module example.com/core\n"}, "core/go.mod: no module may be here")
}

func TestArrows(t *testing.T) {
	const arrow = "package p\n\nimport _ \"example.com/house/"
	finds(t, checkArrows, files{"leaf/a.go": arrow + "core\"\n"}, "leaf/a.go:3: leaf may not import core:")
	finds(t, checkArrows, files{"leaf/a.go": arrow + "later\"\n"}, "leaf may not import later")
	finds(t, checkArrows, files{"core/a.go": arrow[:len(arrow)-1] + "\"\n"}, "core may not import .:")
	finds(t, checkArrows, files{"core/a.go": "//go:build plan9\n\n" + arrow + "core/broker\"\n"},
		"core may not import core/broker")
	finds(t, checkArrows, files{"core/a_test.go": arrow + "core/broker\"\n", "leaf/b_test.go": arrow + "core\"\n"},
		"a test of leaf may not import core")
	finds(t, checkArrows, files{"attic/a.go": arrow + "leaf\"\n"}, "attic may not import leaf")
	finds(t, checkArrows, files{"cmd/tool/sub/a.go": arrow + "core/broker\"\n"})
}

func TestDependencies(t *testing.T) {
	const foreign = "package p\n\nimport _ \"example.com/"
	finds(t, checkDependencies, files{"core/a.go": foreign + "dep/z\"\n"}, "core/a.go:3: core may not import example.com/dep/z")
	finds(t, checkDependencies, files{"leaf/a.go": foreign + "dep/y\"\n"}, "leaf may not import example.com/dep/y")
	finds(t, checkDependencies, files{"leaf/a.go": foreign + "dep/sub/x\"\n"}, "leaf may not import example.com/dep/sub/x")
	finds(t, checkDependencies, files{"core/b_test.go": foreign + "dep/sub/x\"\n"}, "core may not import example.com/dep/sub/x")
	// What only tests use is no dependency of the code.
	finds(t, checkDependencies, files{"core/core.go": "package core\n"},
		"dependencies lets core import example.com/dep/y, which it does not")
	finds(t, checkDependencies, files{"leaf/leaf_test.go": ""}, "testDependencies lets leaf import example.com/dep/sub/...")
	finds(t, checkDependencies, files{"later/a.go": "package later\n"}, "dependencies lets later import example.com/dep/y")
}
