# Walks through the life of a queue and a topic with the AWS CLI: sh walk.sh <aws> <endpoint>. Each command is a process
# that takes most of a second, so the walk is short; walk.py is the long one.
set -eu
cli=$1
endpoint=$2

aws() { "$cli" --endpoint-url "$endpoint" --output text "$@"; }

# same <what> <got> <want>
same() {
	if [ "$2" != "$3" ]; then
		echo "$1: got '$2', want '$3'" >&2
		exit 1
	fi
}

# refused <code> <command...>
refused() {
	code=$1
	shift
	if out=$(aws "$@" 2>&1); then
		echo "$* was not refused, want $code" >&2
		exit 1
	fi
	case $out in
	*"($code)"*) ;;
	*)
		echo "$*: got '$out', want $code" >&2
		exit 1
		;;
	esac
}

url=$(aws sqs create-queue --queue-name cli --attributes VisibilityTimeout=0 --query QueueUrl)
same "queue URL" "$url" "$endpoint/000000000000/cli"
arn=$(aws sqs get-queue-attributes --queue-url "$url" --attribute-names QueueArn --query Attributes.QueueArn)
same "queue ARN" "$arn" "arn:aws:sqs:us-east-1:000000000000:cli"

aws sqs send-message --queue-url "$url" --message-body 'Grüße & <more>' --query MessageId >/dev/null
set -- $(aws sqs receive-message --queue-url "$url" --query 'Messages[0].[ReceiptHandle,Body]')
handle=$1
shift
same "message" "$*" 'Grüße & <more>'
aws sqs delete-message --queue-url "$url" --receipt-handle "$handle"
same "nothing left" "$(aws sqs receive-message --queue-url "$url" --query 'length(Messages || `[]`)')" 0
refused ReceiptHandleIsInvalid sqs delete-message --queue-url "$url" --receipt-handle garbage

topic=$(aws sns create-topic --name cli --query TopicArn)
same "topic ARN" "$topic" "arn:aws:sns:us-east-1:000000000000:cli"
policy='{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"sns.amazonaws.com\"},'
policy=$policy'\"Action\":\"sqs:SendMessage\",\"Resource\":\"'$arn'\"}]}'
aws sqs set-queue-attributes --queue-url "$url" --attributes "{\"Policy\":\"$policy\"}"
aws sns subscribe --topic-arn "$topic" --protocol sqs --notification-endpoint "$arn" \
	--attributes '{"RawMessageDelivery":"true","FilterPolicy":"{\"kind\":[\"created\"]}"}' >/dev/null
for kind in created deleted; do
	aws sns publish --topic-arn "$topic" --message "an order was $kind" \
		--message-attributes "{\"kind\":{\"DataType\":\"String\",\"StringValue\":\"$kind\"}}" >/dev/null
done
same "filtered" "$(aws sqs receive-message --queue-url "$url" --max-number-of-messages 10 --query 'Messages[].Body')" \
	"an order was created"
aws sqs delete-queue --queue-url "$url"
refused AWS.SimpleQueueService.NonExistentQueue sqs send-message --queue-url "$url" --message-body late
aws sns delete-topic --topic-arn "$topic"
refused NotFound sns get-topic-attributes --topic-arn "$topic"
"$cli" --version
