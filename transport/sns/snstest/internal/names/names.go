// Package names is how AWS names accounts, topics, queues and other resources.
package names

import "strings"

// ARN returns the name of a service's resource.
func ARN(service, region, account, resource string) string {
	return "arn:" + Partition(region) + ":" + service + ":" + region + ":" + account + ":" + resource
}

// Root returns the name of an account's root user, as a region's policies have it.
func Root(region, account string) string {
	return "arn:" + Partition(region) + ":iam::" + account + ":root"
}

// Partition returns the partition that a region is in: IAM/latest/UserGuide/reference-arns.html.
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// FIFOSuffix ends the names of FIFO topics and FIFO queues, and no others.
const FIFOSuffix = ".fifo"

// IsName says whether s is letters, digits, hyphens and underscores, as the names of topics and queues are but for their
// suffix.
func IsName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

// IsAccount says whether s is the twelve digits of an account.
func IsAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }
