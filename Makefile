# Go, make and a POSIX shell are all that this needs; race also needs a C compiler where Go's does, and integration
# installs what it can of Node's and Debian's packages.
# `make` lists the targets.

GO = go
# A test that hangs shows its goroutines after this time, not after Go's 10 minutes.
TEST = $(GO) test -timeout 4m
# Those that need no server, nothing that has to be installed, and no time.
UNIT = $(TEST) -skip '^TestIntegration'
LINT_VERSION = v2.15.0
LINT = .tools/golangci-lint-$(LINT_VERSION)/golangci-lint

# The packages whose statement coverage must be above COVER_BAR percent.
COVERED = event transport/memory router middleware bus
COVER_BAR = 90

# The directories of this module whose tests have a function with the name's beginning. bench is a module
# of its own.
dirs = find . -name '*_test.go' ! -path './bench/*' -exec grep -l '^func $(1)' {} + | sed 's|/[^/]*$$||' | sort -u

.DEFAULT_GOAL = help
.PHONY: help run test race integration soak lint bench cover

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## Run the example: orders, invoices and an audit on one bus
	$(GO) run ./examples/orders -input examples/orders/testdata/orders.jsonl

test: ## Vet and test everything; needs no server
	$(GO) vet ./...
	$(UNIT) ./...

race: ## Test everything under the race detector, but for what takes long and is not about races
	$(UNIT) -race -short ./...

integration: ## Run the tests that need servers; an absent one skips its tests, under CI=true it fails them
	@sh transport/sns/snstest/internal/secondopinion/testdata/install.sh .tools/secondopinion
	@dirs=$$($(call dirs,TestIntegration)); \
	if [ -z "$$dirs" ]; then echo "no test needs a server yet"; exit; fi; \
	set -x; $(TEST) -count=1 -parallel 8 -v -run '^TestIntegration' $$dirs

soak: ## What is tried at random, for minutes: a hundred clients of snstest, a thousand interleavings of topology
	INTERLEAVINGS=1000 $(TEST) -count=1 -run '^TestNoEventIsMissed' ./transport/sns/topology
	CROWD_TIME=60s $(TEST) -race -count=1 -v -run '^TestCrowd$$' ./transport/sns/snstest

lint: $(LINT) ## Run golangci-lint, and look whether go.mod is tidy
	$(LINT) run
	$(GO) mod tidy -diff

$(LINT):
	GOBIN="$(CURDIR)/$(@D)" $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

# For figures to keep, leave the machine alone meanwhile. They are in bench/RESULTS.md then.
bench: ## Compare with the peers, in about three minutes and 4 GB; downloads them at first
	cd bench && $(GO) run .

cover: ## Show statement coverage of the packages that have a bar, and fail where it is missed; the profile is cover.out
	@out=$$($(UNIT) -coverprofile=cover.out $(COVERED:%=./%)) || { echo "$$out"; exit 1; }; \
	echo "$$out" | awk -v module="$$($(GO) list -m)/" -v covered='$(COVERED)' -v bar=$(COVER_BAR) ' \
		index($$0, module) { \
			name = substr($$0, index($$0, module) + length(module)); sub(/[ \t].*/, "", name); \
			share = /coverage: [0-9]/ ? $$0 : ""; sub(/.*coverage: /, "", share); sub(/%.*/, "", share); \
			printf "%7s  %s\n", share == "" ? "-" : share " %", name; seen[name] = 1; shares[name] = share; \
		} \
		END { \
			n = split(covered, names, " "); \
			for (i = 1; i <= n; i++) if (names[i] in seen && shares[names[i]] + 0 <= bar) { \
				print "cover: " names[i] " must be above " bar " %"; failed = 1; \
			} \
			exit failed; \
		}'
