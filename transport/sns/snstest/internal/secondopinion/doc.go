// Package secondopinion holds snstest against others who know SQS and SNS: emulators that answer the same conformance
// cases, and clients in other languages. It has no users; what is in it is for its tests.
//
// testdata/disagreements.tsv has a line for every case in which an emulator does something else than the case says that
// AWS does, and for what settles it. The table is never untrue: a case that begins to fail or to pass fails the test.
package secondopinion
