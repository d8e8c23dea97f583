#!/bin/sh
# Installs what the second opinions need: testdata/install.sh <directory>. The emulators go into the directory, in the
# versions of testdata/emulators/package-lock.json, and boto3 and the AWS CLI are the packages of the Debian release. What
# cannot be had is said in one line, and is an error under CI=true only; the tests skip it then, or fail, likewise.
set -eu
here=$(dirname "$0")
into=$1

lacking() {
	echo "second opinions: $1"
	[ "${CI:-}" != true ] || exit 1
}

lock=$here/emulators/package-lock.json
if ! command -v npm >/dev/null; then
	lacking "npm is not there, so no emulators"
elif ! cmp -s "$lock" "$into/installed.json"; then
	mkdir -p "$into"
	cp "$here/emulators/package.json" "$lock" "$into"
	# The Node that one of them wants is among the packages, so npm's own may be older.
	if npm ci --prefix "$into" --ignore-scripts --no-audit --no-fund --loglevel=error; then
		cp "$lock" "$into/installed.json"
	else
		lacking "npm ci failed, so no emulators"
	fi
fi

if /usr/bin/python3 -c 'import boto3' 2>/dev/null && [ -x /usr/bin/aws ]; then
	:
elif ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
	lacking "boto3 and the AWS CLI are not there, and apt-get cannot be used to install them"
else
	install() {
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-boto3 awscli >"$into/apt.log" 2>&1
	}
	mkdir -p "$into"
	install || { apt-get update -qq && install; } || lacking "apt-get failed: see $into/apt.log"
fi
