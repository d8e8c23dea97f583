// Package names writes Amazon resource names.
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
