package archtest

import (
	"strings"
	"testing"
)

func TestLength(t *testing.T) {
	lines := func(n int) string { return "package core\n" + strings.Repeat("\n", n-1) }
	finds(t, checkLength, files{"core/a.go": lines(maxLines), "core/b_test.go": lines(maxLines + 1)},
		"core/b_test.go: 501 lines, at most 500")
}

func TestNames(t *testing.T) {
	finds(t, checkNames, files{"core/util/a.go": "package clever\n"}, "core/util/a.go:1: name package core/util for")
	finds(t, checkNames, files{"core/a_test.go": "package common_test\n"}, "name package core for")
	finds(t, checkNames, files{"core/a_test.go": "package core_test\n"})
}

func TestInit(t *testing.T) {
	finds(t, checkInit, files{
		"core/a.go":      "package core\n\ntype T int\n\nfunc (T) init() {}\n",
		"core/a_test.go": "package core\n\nfunc init() {}\n",
	}, "core/a_test.go:3: no init functions")
}

func TestPackageDoc(t *testing.T) {
	finds(t, checkPackageDoc, files{"later/a.go": "package later\n"}, "later: no file has a package comment")
	finds(t, checkPackageDoc, files{"core/z.go": "// Package core, again.\npackage core\n"},
		"core/z.go: another package comment is in core/core.go")
	finds(t, checkPackageDoc, files{"later/a.go": "// Later it is.\npackage later\n"}, `later/a.go:1: the package comment starts with "Package later"`)
	finds(t, checkPackageDoc, files{"later/a.go": "// Copyright.\n\n//go:build linux\n\npackage later\n"}, "later: no file")
	finds(t, checkPackageDoc, files{"later/a_test.go": "package later\n"})
}
