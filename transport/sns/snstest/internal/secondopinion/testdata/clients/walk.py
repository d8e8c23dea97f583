"""Walks through the life of queues and topics with boto3, at the server of the first argument.

Every step says what it expects. The first that is disappointed ends the walk with an exception. At the end stands which
protocols were spoken, for the test to see that both sides of the server were met.
"""

import contextlib
import json
import sys

import boto3
import botocore
from botocore.config import Config

ENDPOINT = sys.argv[1]
spoken = {"sqs": set(), "sns": set()}


def client(service, key="one", region="us-east-1"):
    made = boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=30),
    )

    def note(request, **_):
        kind = request.headers["Content-Type"]
        spoken[service].add((kind.decode() if isinstance(kind, bytes) else kind).partition(";")[0])

    made.meta.events.register("before-send." + service, note)
    return made


sqs = client("sqs")
sns = client("sns")


def same(got, want, what="got"):
    assert got == want, f"{what}: {got!r}, want {want!r}"


@contextlib.contextmanager
def refused(code, status, exception=None):
    """Expects a ClientError with a code and a status, of an exact class where the model has one."""
    try:
        yield
    except botocore.exceptions.ClientError as e:
        same(e.response["Error"]["Code"], code, "code")
        same(e.response["ResponseMetadata"]["HTTPStatusCode"], status, "status")
        if exception is not None:
            same(type(e), exception, "class")
        assert e.response["Error"]["Message"], "an error has a message"
        assert e.response["ResponseMetadata"]["RequestId"], "an error has a request ID"
        return
    raise AssertionError(f"nothing was refused, want {code}")


def receive(url, **options):
    options = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"], **options}
    return sqs.receive_message(QueueUrl=url, **options).get("Messages", [])


def bodies(url, **options):
    return [m["Body"] for m in receive(url, **options)]


def attribute(url, name):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name]).get("Attributes", {}).get(name)


def arn(url):
    return attribute(url, "QueueArn")


def letting_in(url, topic):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn(url),
                    "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
                }
            ],
        }
    )


def subscribed(topic, name, attributes=None, **queue):
    url = sqs.create_queue(QueueName=name, Attributes=queue)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": letting_in(url, topic)})
    made = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn(url), Attributes=attributes or {}, ReturnSubscriptionArn=True
    )
    return url, made["SubscriptionArn"]


def queues():
    url = sqs.create_queue(QueueName="life", Attributes={"DelaySeconds": "0"}, tags={"team": "finance"})["QueueUrl"]
    same(url, ENDPOINT + "/000000000000/life", "URL")
    same(sqs.create_queue(QueueName="life", Attributes={"DelaySeconds": "0"})["QueueUrl"], url, "URL, again")
    with refused("QueueAlreadyExists", 400, sqs.exceptions.QueueNameExists):
        sqs.create_queue(QueueName="life", Attributes={"DelaySeconds": "5"})
    same(sqs.get_queue_url(QueueName="life")["QueueUrl"], url, "URL by name")
    same(arn(url), "arn:aws:sqs:us-east-1:000000000000:life", "ARN")
    everything = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    same(everything["VisibilityTimeout"], "30", "visibility timeout")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "0"})
    same(attribute(url, "VisibilityTimeout"), "0", "visibility timeout, changed")
    same(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"team": "finance"}, "tags")
    sqs.tag_queue(QueueUrl=url, Tags={"cost": "low"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["team"])
    same(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"cost": "low"}, "tags, changed")
    sqs.delete_queue(QueueUrl=url)
    missing = "AWS.SimpleQueueService.NonExistentQueue"
    with refused(missing, 400, sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl=url, MessageBody="too late")
    with refused(missing, 400, sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="life")
    with refused("AWS.SimpleQueueService.QueueDeletedRecently", 400, sqs.exceptions.QueueDeletedRecently):
        sqs.create_queue(QueueName="life")


def messages():
    url = sqs.create_queue(QueueName="messages")["QueueUrl"]
    body = "Grüße, 世界 🎁 <&> \"'\t\n"
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody=body,
        MessageAttributes={
            "text": {"DataType": "String", "StringValue": "ü"},
            "count": {"DataType": "Number.int", "StringValue": "42"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        },
    )  # botocore checks the digests of what it sent
    (got,) = receive(url, WaitTimeSeconds=2)
    same(got["MessageId"], sent["MessageId"], "ID")
    same(got["Body"], body, "body")
    same(got["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"], "digest")
    same(got["MessageAttributes"]["bytes"]["BinaryValue"], b"\x00\xff", "binary attribute")
    same(got["Attributes"]["ApproximateReceiveCount"], "1", "receive count")
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    (got,) = receive(url)
    same(got["Attributes"]["ApproximateReceiveCount"], "2", "receive count, again")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    same(receive(url), [], "messages, after the delete")
    with refused("ReceiptHandleIsInvalid", 404, sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="garbage")
    with refused("InvalidMessageContents", 400, sqs.exceptions.InvalidMessageContents):
        sqs.send_message(QueueUrl=url, MessageBody="\ufffe")
    with refused("InvalidParameterValue", 400):
        sqs.send_message(QueueUrl=url, MessageBody="x" * (1024 * 1024 + 1))
    with refused("InvalidParameterValue", 400):
        receive(url, MaxNumberOfMessages=11)
    with refused("InvalidAttributeName", 400, sqs.exceptions.InvalidAttributeName):
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Colour"])
    sqs.send_message(QueueUrl=url, MessageBody="purged")
    sqs.purge_queue(QueueUrl=url)
    same(receive(url), [], "messages, after the purge")
    with refused("AWS.SimpleQueueService.PurgeQueueInProgress", 403, sqs.exceptions.PurgeQueueInProgress):
        sqs.purge_queue(QueueUrl=url)


def batches():
    url = sqs.create_queue(QueueName="batches")["QueueUrl"]
    out = sqs.send_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "good", "MessageBody": "a", "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "1"}}},
            {"Id": "bad", "MessageBody": "\x01"},
            {"Id": "late", "MessageBody": "b", "DelaySeconds": 900},
        ],
    )
    same([e["Id"] for e in out["Successful"]], ["good", "late"], "taken")
    same([(e["Id"], e["Code"], e["SenderFault"]) for e in out["Failed"]], [("bad", "InvalidMessageContents", True)])
    same(attribute(url, "ApproximateNumberOfMessagesDelayed"), "1", "delayed")
    (got,) = receive(url)
    handles = [{"Id": "real", "ReceiptHandle": got["ReceiptHandle"]}, {"Id": "made-up", "ReceiptHandle": "garbage"}]
    hidden = sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[{**h, "VisibilityTimeout": 60} for h in handles]
    )
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=handles)
    for out in (hidden, deleted):
        same([e["Id"] for e in out["Successful"]], ["real"], "successes")
        same([(e["Id"], e["Code"]) for e in out["Failed"]], [("made-up", "ReceiptHandleIsInvalid")], "failures")
    prefix = "AWS.SimpleQueueService."
    with refused(prefix + "TooManyEntriesInBatchRequest", 400, sqs.exceptions.TooManyEntriesInBatchRequest):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": "a"} for i in range(11)])
    with refused(prefix + "BatchEntryIdsNotDistinct", 400, sqs.exceptions.BatchEntryIdsNotDistinct):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "same", "MessageBody": "a"}] * 2)
    with refused(prefix + "EmptyBatchRequest", 400, sqs.exceptions.EmptyBatchRequest):
        sqs.send_message_batch(QueueUrl=url, Entries=[])
    with refused(prefix + "BatchRequestTooLong", 400, sqs.exceptions.BatchRequestTooLong):
        sqs.send_message_batch(
            QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": "x" * 600_000} for i in range(2)]
        )


def fifo():
    with refused("InvalidParameterValue", 400):
        sqs.create_queue(QueueName="no-suffix", Attributes={"FifoQueue": "true"})
    url = sqs.create_queue(QueueName="line.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    send = lambda body, group, dedup: sqs.send_message(  # noqa: E731
        QueueUrl=url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=dedup
    )
    first, twice = send("a1", "a", "1"), send("a1", "a", "1")
    same(twice["MessageId"], first["MessageId"], "ID of the duplicate")
    second = send("a2", "a", "2")
    assert int(second["SequenceNumber"]) > int(first["SequenceNumber"]), "sequence numbers grow"
    send("b1", "b", "3")
    (got,) = receive(url, MaxNumberOfMessages=1)
    same((got["Body"], got["Attributes"]["MessageGroupId"]), ("a1", "a"), "first")
    same(bodies(url), ["b1"], "while the group is held")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    same(bodies(url), ["a2"], "after the delete")
    with refused("MissingParameter", 400):
        sqs.send_message(QueueUrl=url, MessageBody="no group", MessageDeduplicationId="4")
    with refused("InvalidParameterValue", 400):
        sqs.send_message(QueueUrl=url, MessageBody="no deduplication", MessageGroupId="a")


def dead_letters():
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    url = sqs.create_queue(
        QueueName="alive",
        Attributes={
            "VisibilityTimeout": "0",
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 2}),
        },
    )["QueueUrl"]
    sources = sqs.list_dead_letter_source_queues(QueueUrl=dead)
    same(sources["queueUrls"], [url], "sources")
    sent = sqs.send_message(QueueUrl=url, MessageBody="poison")
    same([bodies(url) for _ in range(3)], [["poison"], ["poison"], []], "three receives")
    (got,) = receive(dead)
    same(got["MessageId"], sent["MessageId"], "ID of the dead letter")
    if hasattr(sqs, "start_message_move_task"):  # Debian 12's is older than it
        sqs.change_message_visibility(QueueUrl=dead, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
        sqs.start_message_move_task(SourceArn=arn(dead))
        same(bodies(url, WaitTimeSeconds=5), ["poison"], "redriven")


def topics():
    topic = sns.create_topic(Name="Order", Attributes={"DisplayName": "Orders"}, Tags=[{"Key": "a", "Value": "b"}])
    topic = topic["TopicArn"]
    same(topic, "arn:aws:sns:us-east-1:000000000000:Order", "ARN")
    same(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"], "Orders", "name to show")
    same(sns.list_tags_for_resource(ResourceArn=topic)["Tags"], [{"Key": "a", "Value": "b"}], "tags")
    wrapped, _ = subscribed(topic, "wrapped")
    raw, subscription = subscribed(topic, "raw", {"RawMessageDelivery": "true"})
    shut = sqs.create_queue(QueueName="shut")["QueueUrl"]  # has no policy that lets the topic in
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn(shut))
    published = sns.publish(
        TopicArn=topic,
        Message="Grüße",
        Subject="a subject",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "created"}},
    )
    (got,) = receive(wrapped)
    note = json.loads(got["Body"])
    same((note["Type"], note["MessageId"], note["Message"]), ("Notification", published["MessageId"], "Grüße"))
    same((note["Subject"], note["TopicArn"]), ("a subject", topic), "subject and topic")
    same(note["MessageAttributes"], {"kind": {"Type": "String", "Value": "created"}}, "attributes")
    (got,) = receive(raw)
    same((got["Body"], got["MessageAttributes"]["kind"]["StringValue"]), ("Grüße", "created"), "raw")
    same(receive(shut), [], "at a queue that is shut")
    sns.publish(TargetArn=topic, Message=json.dumps({"default": "d", "sqs": "s"}), MessageStructure="json")
    same(bodies(raw), ["s"], "by protocol")
    out = sns.publish_batch(
        TopicArn=topic,
        PublishBatchRequestEntries=[
            {"Id": "good", "Message": "1"},
            {"Id": "bad", "Message": ""},
            {"Id": "fine", "Message": "2"},
        ],
    )
    same([e["Id"] for e in out["Successful"]], ["good", "fine"], "taken")
    same([(e["Id"], e["Code"], e["SenderFault"]) for e in out["Failed"]], [("bad", "InvalidParameter", True)])
    same(bodies(raw), ["1", "2"], "of the batch")
    sns.unsubscribe(SubscriptionArn=subscription)
    sns.publish(TopicArn=topic, Message="unheard")
    same(receive(raw), [], "after Unsubscribe")
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)
    with refused("NotFound", 404, sns.exceptions.NotFoundException):
        sns.publish(TopicArn=topic, Message="too late")
    with refused("InvalidParameter", 400, sns.exceptions.InvalidParameterException):
        sns.create_topic(Name="not a name")
    with refused("InvalidParameter", 400, sns.exceptions.InvalidParameterException):
        sns.publish(TopicArn=sns.create_topic(Name="long")["TopicArn"], Message="x" * (256 * 1024 + 1))


def filters():
    topic = sns.create_topic(Name="filtered")["TopicArn"]
    policy = {"kind": ["created", {"prefix": "up"}], "price": [{"numeric": [">", 10, "<=", 20]}]}
    some, subscription = subscribed(
        topic, "some", {"RawMessageDelivery": "true", "FilterPolicy": json.dumps(policy)}
    )
    inside, _ = subscribed(
        topic,
        "inside",
        {
            "RawMessageDelivery": "true",
            "FilterPolicyScope": "MessageBody",
            "FilterPolicy": json.dumps({"order": {"id": [{"exists": True}]}}),
        },
    )

    def publish(message, kind, price):
        sns.publish(
            TopicArn=topic,
            Message=message,
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": kind},
                "price": {"DataType": "Number", "StringValue": price},
            },
        )

    publish("yes", "created", "20")
    publish("dear", "created", "20.5")
    publish('{"order":{"id":7}}', "updated", "15")
    publish("other", "deleted", "15")
    same(bodies(some), ["yes", '{"order":{"id":7}}'], "by attributes")
    same(bodies(inside), ['{"order":{"id":7}}'], "by body")
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue='{"kind":["deleted"]}'
    )
    publish("gone", "deleted", "1")
    same(bodies(some), ["gone"], "by the new policy")
    with refused("InvalidParameter", 400, sns.exceptions.InvalidParameterException):
        sns.set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue='{"kind":"no list"}'
        )


def fifo_topics():
    topic = sns.create_topic(
        Name="line.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    )["TopicArn"]
    url, _ = subscribed(topic, "of-topic.fifo", {"RawMessageDelivery": "true"}, FifoQueue="true")
    for body in ("1", "2", "2", "3"):
        sns.publish(TopicArn=topic, Message=body, MessageGroupId="g")
    same(bodies(url), ["1", "2", "3"], "in order and once")
    with refused("InvalidParameter", 400, sns.exceptions.InvalidParameterException):
        sns.publish(TopicArn=topic, Message="no group")


def paging():
    names = [f"page-{i}" for i in range(7)]
    urls = [sqs.create_queue(QueueName=n)["QueueUrl"] for n in names]
    pages = list(sqs.get_paginator("list_queues").paginate(QueueNamePrefix="page-", PaginationConfig={"PageSize": 3}))
    same([len(p["QueueUrls"]) for p in pages], [3, 3, 1], "pages of queues")
    same(sorted(u for p in pages for u in p["QueueUrls"]), sorted(urls), "queues")
    far = client("sns", region="eu-west-1")  # where there is no other topic
    made = {far.create_topic(Name=f"page-{i}")["TopicArn"] for i in range(101)}
    pages = [p["Topics"] for p in far.get_paginator("list_topics").paginate()]
    same([len(p) for p in pages], [100, 1], "pages of topics")
    same({t["TopicArn"] for p in pages for t in p}, made, "topics")
    topic = next(iter(made))
    for i in range(101):
        far.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:eu-west-1:000000000000:page-{i}")
    pages = [p["Subscriptions"] for p in far.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)]
    same([len(p) for p in pages], [100, 1], "pages of subscriptions")


def accounts():
    url = sqs.create_queue(QueueName="ours")["QueueUrl"]
    theirs = client("sqs", key="two")
    with refused("AccessDenied", 403):
        theirs.send_message(QueueUrl=url, MessageBody="from another account")
    sqs.add_permission(QueueUrl=url, Label="in", AWSAccountIds=["111111111111"], Actions=["SendMessage"])
    theirs.send_message(QueueUrl=url, MessageBody="from another account")
    same(bodies(url), ["from another account"], "what was let in")


STEPS = (queues, messages, batches, fifo, dead_letters, topics, filters, fifo_topics, paging, accounts)
for step in STEPS:
    try:
        step()
    except Exception:
        print("in the step", step.__name__, file=sys.stderr)
        raise
print(f"botocore {botocore.__version__} sqs {' '.join(sorted(spoken['sqs']))} sns {' '.join(sorted(spoken['sns']))}")
