// Package archtest holds the rules of the house that a compiler does not, as one test over the whole
// checkout: which package may import which (arrows.go), what a file, a package and a test may not do, and
// that nothing in the tree belongs to one machine only.
//
// It reads the files as they are, whatever their build tags, with the standard library alone. Each rule is
// a function from the tree to its findings, in a file of its own, beside a test that breaks the rule.
package archtest
