package secondopinion

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// The clients are those of Debian 12, which pins them. Others can be tried by these environment variables.
const (
	pythonVariable = "SNSTEST_PYTHON" // defaults to Debian's
	cliVariable    = "SNSTEST_AWS"    // likewise
	debianPython   = "/usr/bin/python3"
	debianCLI      = "/usr/bin/aws"
)

// An old client in another language. Debian 12's botocore is from before SQS spoke JSON.
func TestIntegrationBoto3(t *testing.T) {
	python := program(t, pythonVariable, debianPython)
	if err := exec.CommandContext(t.Context(), python, "-c", "import boto3").Run(); err != nil {
		absent(t, python+" has no boto3")
	}
	out := walk(t, exec.CommandContext(t.Context(), python, "testdata/clients/walk.py", listen(t)))
	if os.Getenv(pythonVariable) == "" {
		if want := "sqs application/x-www-form-urlencoded sns application/x-www-form-urlencoded"; !strings.Contains(out, want) {
			t.Errorf("it spoke %q, want %q: the Query protocol of SQS was not tested", out, want)
		}
	}
}

// A client that is told by a shell what to do.
func TestIntegrationAWSCLI(t *testing.T) {
	cli := program(t, cliVariable, debianCLI)
	sh := program(t, "", "/bin/sh")
	c := exec.CommandContext(t.Context(), sh, "testdata/clients/walk.sh", cli, listen(t))
	c.Env = []string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + t.TempDir(), "LC_ALL=C.UTF-8",
		"AWS_ACCESS_KEY_ID=one", "AWS_SECRET_ACCESS_KEY=secret", "AWS_DEFAULT_REGION=us-east-1", "AWS_PAGER=",
	}
	walk(t, c)
}

// program returns the path of a program that is there.
func program(t *testing.T, variable, path string) string {
	t.Helper()
	if other := os.Getenv(variable); variable != "" && other != "" {
		path = other
	}
	if _, err := exec.LookPath(path); err != nil {
		absent(t, path+" is not there")
	}
	return path
}

// listen starts a server with a caller in each of two accounts.
func listen(t *testing.T) (url string) {
	t.Helper()
	srv := snstest.Start(t, snstest.Config{Callers: map[string]snstest.Caller{
		"one": {}, "two": {Account: "111111111111"},
	}})
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// walk runs a client to its end.
func walk(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	c.WaitDelay = time.Second // after the test's context has ended
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	return string(out)
}
