package archtest

import "testing"

// The fixtures are broken up, so that this file passes.
func TestTexts(t *testing.T) {
	const host, home = "golang" + ".org", "/ho" + "me/dev"
	finds(t, checkTexts, files{"docs/a.md": "Fetch\nhttps://proxy." + host + "/x\n"},
		"docs/a.md:2: proxy.golang"+".org is a registry's host name")
	finds(t, checkTexts, files{"core/testdata/package-lock.json": `{"resolved": "https://registry.npmjs` + `.org/x"}`},
		"core/testdata/package-lock.json:1: registry.npmjs")
	for _, path := range []string{
		home + "/src", "see `" + home + "`", "file://" + home, "(/Us" + "ers/dev)", `"/ro` + `ot/go"`, `C:\Us` + `ers\dev`,
	} {
		finds(t, checkTexts, files{"a.txt": path + "\n"}, "is a path of one machine")
	}
	finds(t, checkTexts, files{
		"a.txt": "pkg.go.dev golang.org/x/time https://example.com/home/dev a/root/b /homes/x /usr/local /tmp/orders.db\n",
		"a.bin": "\x00" + home + "/src\n",
	})
}
