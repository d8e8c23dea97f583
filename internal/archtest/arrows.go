package archtest

// arrows are the packages of the module and what the code of each may import of the module's own. A package
// that is not here may not be; "..." on the left stands for the packages below, on the right for any.
const arrows = `
.                        ->
event                    ->
transport                -> event, internal/lazyctx
transport/transporttest  -> transport, event
transport/memory         -> transport, event
transport/sns            -> transport, event, transport/sns/topology, transport/sns/internal/...
transport/sns/internal/... ->
transport/sns/topology   -> transport, event
transport/sns/snstest    -> transport/sns/snstest/internal/...
transport/sns/snstest/internal/...  -> transport/sns/snstest/internal/...
transport/sql            -> transport, event
transport/adapter        -> transport, event
middleware               -> transport, event, internal/lazyctx
middleware/otelmw        -> middleware, event
middleware/prommw        -> middleware, event
router                   -> transport, middleware, event
bus                      -> router, middleware, transport, event
bus/bustest              -> bus, transport/memory, transport, event
outbox                   -> event, transport
inbox                    -> event, transport
model                    -> outbox, event
console                  -> bus, outbox
cmd/framebus             -> ...
cmd/snstest              -> transport/sns/snstest
examples/...             -> ...
internal/archtest        ->
internal/lazyctx         ->
`

// testArrows are what test files may import besides, and why. Every test may import its own package.
const testArrows = `
transport                -> transport/memory         # its bridge to Watermill needs a broker
transport/transporttest  -> transport/memory         # the suite is proved on a transport that passes
transport/memory         -> transport/transporttest  # the conformance suite
transport/sns            -> transport/transporttest, transport/sns/snstest, bus  # the suite, a server for it, and what a service does with it
transport/sns/topology   -> transport/sns/snstest    # an account to make it in
transport/sns/snstest/internal/secondopinion -> transport/sns/snstest  # a server for clients by others, and the control of the emulators
transport/sql            -> transport/transporttest  # the conformance suite
transport/adapter        -> transport/transporttest  # the conformance suite
middleware               -> transport/memory         # deliveries come from a broker
router                   -> transport/memory         # a broker to route from
bus                      -> transport/memory         # a broker to run on
bus/bustest              -> middleware               # what protects a listener from its faults
`

// dependencies are the packages outside of the module and the standard library that code may import, which
// packages may, and why it is worth its place in a user's build.
const dependencies = `
github.com/ThreeDotsLabs/watermill               <- router                     # the logger that its router demands
github.com/ThreeDotsLabs/watermill/message       <- transport, transport/transporttest, middleware, router, bus, bus/bustest  # its handlers fit ours
github.com/ThreeDotsLabs/watermill/pubsub/tests  <- transport/transporttest    # its universal suite is part of ours
github.com/google/uuid                           <- bus                        # ids are UUIDv7
golang.org/x/time/rate                           <- middleware                 # the throttle's token bucket
github.com/ThreeDotsLabs/watermill-aws/...       <- transport/sns/topology     # its conventions for topics, subscriptions and policies
github.com/aws/aws-sdk-go-v2/aws/...             <- transport/sns, transport/sns/topology  # AWS by its own SDK, whose rules say which errors pass
github.com/aws/aws-sdk-go-v2/aws                 <- transport/sns/snstest/internal/conformance, examples/orders  # the suite that drives servers by the real SDK, which only tests import; an example without an account
github.com/aws/aws-sdk-go-v2/config              <- transport/sns              # the account and region of the environment
github.com/aws/aws-sdk-go-v2/credentials         <- transport/sns/snstest/internal/conformance, examples/orders  # the same; and those of nobody, for an example without an account
github.com/aws/aws-sdk-go-v2/service/sns/...     <- transport/sns, transport/sns/topology, transport/sns/snstest/internal/conformance  # the same
github.com/aws/aws-sdk-go-v2/service/sqs/...     <- transport/sns, transport/sns/topology, transport/sns/snstest/internal/conformance  # the same
github.com/aws/smithy-go/...                     <- transport/sns/topology, transport/sns/snstest/internal/conformance  # the errors of the SDK
modernc.org/sqlite                               <- cmd/snstest                # a file that outlasts kill -9, without a C compiler
`

// testDependencies are what test files may import besides.
const testDependencies = `
github.com/cloudevents/sdk-go/v2/...                         <- event            # conformance: each reads what the other writes
github.com/ThreeDotsLabs/watermill/message/router/middleware <- middleware, bus  # tests run every middleware that Watermill ships
github.com/sony/gobreaker                                    <- middleware, bus  # the settings of Watermill's circuit breaker
github.com/aws/aws-sdk-go-v2/...                             <- transport/sns, transport/sns/snstest, transport/sns/topology, cmd/snstest  # the server is tested by the real SDK
github.com/ThreeDotsLabs/watermill                           <- transport/sns, transport/sns/topology, transport/sns/snstest  # a publisher of watermill-aws wants its logger
github.com/ThreeDotsLabs/watermill/message                   <- transport/sns, transport/sns/topology, transport/sns/snstest  # what it publishes
github.com/ThreeDotsLabs/watermill-aws/...                   <- transport/sns, transport/sns/snstest  # it works on the server as it is
github.com/ThreeDotsLabs/watermill/pubsub/tests              <- transport/sns/snstest  # with Watermill's universal suite
github.com/aws/smithy-go                                     <- transport/sns/snstest  # the errors of the SDK
`

// modules are the directories below the root that are modules of their own, and why. The arrows do not
// reach into them.
const modules = `
bench  # the peers that we measure against never enter a user's dependency graph
`

// folders are the directories that hold something else than packages.
const folders = `
.ci    # what a pull request must pass
docs   # prose for users, and docs/decisions.md
`
