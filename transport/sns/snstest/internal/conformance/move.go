package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func moveCases() []Case {
	return []Case{
		{Name: "StartMessageMoveTask/back to the source", Page: "API_StartMessageMoveTask", Waits: time.Second,
			Rule: "without a destination, messages go back to their respective source queues",
			Do: func(t *T) {
				a, dlq := t.pipe(1)
				b := t.queue("RedrivePolicy", redrive(t.arn(dlq), 1))
				t.bury(a, "a1", "a2")
				t.bury(b, "b1")
				_, err := t.move(t.arn(dlq), "", 0)
				t.must(err)
				t.sleep(time.Second)
				t.has(a, "a1 a2")
				t.has(b, "b1")
				t.equal("dead letters", t.counts(dlq), "0 0 0")
			}},
		{Name: "StartMessageMoveTask/destination", Page: "recorded: test_basic_move_task_workflow", Waits: time.Second,
			Rule: "with a destination, messages go there, and the task is completed without a handle",
			Do: func(t *T) {
				url, dlq := t.pipe(1)
				to := t.queue()
				t.bury(url, "a", "b")
				_, err := t.move(t.arn(dlq), t.arn(to), 0)
				t.must(err)
				t.sleep(time.Second)
				t.has(to, "a b")
				task := t.tasks(t.arn(dlq), 1)[0]
				t.equal("Status", *task.Status, "COMPLETED")
				t.equal("moved", task.ApproximateNumberOfMessagesMoved, int64(2))
				t.equal("to move", aws.ToInt64(task.ApproximateNumberOfMessagesToMove), int64(2))
				t.equal("DestinationArn", aws.ToString(task.DestinationArn), t.arn(to))
				t.equal("TaskHandle", task.TaskHandle, (*string)(nil))
			}},
		{Name: "StartMessageMoveTask/new message", Page: "sqs-configure-dead-letter-queue-redrive", Waits: time.Second,
			Rule: "redriven messages are new: another ID and time, and no receives",
			Do: func(t *T) {
				url, dlq := t.pipe(1)
				sent := t.send(url, "a")
				t.must(t.hide(url, t.one(url), 0))
				t.has(url, "")
				_, err := t.move(t.arn(dlq), "", 0)
				t.must(err)
				t.sleep(time.Second)
				m := t.one(url)
				if *m.MessageId == *sent.MessageId {
					t.Error("the message has its old ID")
				}
				t.equal("ApproximateReceiveCount", m.Attributes["ApproximateReceiveCount"], "1")
				t.equal("DeadLetterQueueSourceArn", m.Attributes["DeadLetterQueueSourceArn"], "")
			}},
		{Name: "StartMessageMoveTask/rate", Page: "recorded: test_move_task_with_throughput_limit", Waits: 4 * time.Second,
			Rule: "so many messages are moved in a second",
			Do: func(t *T) {
				url, dlq := t.pipe(1)
				to := t.queue()
				t.bury(url, "a", "b", "c", "d")
				_, err := t.move(t.arn(dlq), t.arn(to), 1)
				t.must(err)
				t.sleep(1500 * time.Millisecond)
				t.equal("moved", t.counts(to), "2 0 0")
				task := t.tasks(t.arn(dlq), 1)[0]
				t.equal("Status", *task.Status, "RUNNING")
				t.equal("rate", aws.ToInt32(task.MaxNumberOfMessagesPerSecond), int32(1))
				t.sleep(2500 * time.Millisecond)
				t.equal("moved", t.counts(to), "4 0 0")
			}},
		{Name: "StartMessageMoveTask/one at a time", Page: "recorded: test_start_multiple_move_tasks",
			Rule: "only one active task is supported per queue",
			Do: func(t *T) {
				url, dlq := t.pipe(1)
				t.bury(url, "a", "b")
				_, err := t.move(t.arn(dlq), "", 1)
				t.must(err)
				_, err = t.move(t.arn(dlq), "", 1)
				t.fails(err, invalidParameterValue)
			}},
		{Name: "StartMessageMoveTask/no dead-letter queue", Page: "recorded: test_source_needs_redrive_policy",
			Rule: "the source must be the dead-letter queue of a queue",
			Do: func(t *T) {
				_, err := t.move(t.arn(t.queue()), "", 0)
				t.fails(err, invalidParameterValue)
			}},
		{Name: "StartMessageMoveTask/missing source", Page: "API_StartMessageMoveTask",
			Rule: "a source that does not exist is ResourceNotFoundException",
			Do: func(t *T) {
				_, err := t.move(t.arn(t.queue())+"x", "", 0)
				t.fails(err, notFound)
			}},
		{Name: "StartMessageMoveTask/missing destination", Page: "recorded: test_destination_needs_to_exist",
			Rule: "a destination that does not exist is ResourceNotFoundException",
			Do: func(t *T) {
				_, dlq := t.pipe(1)
				_, err := t.move(t.arn(dlq), t.arn(dlq)+"x", 0)
				t.fails(err, notFound)
			}},
		{Name: "StartMessageMoveTask/rate/501", Page: "API_StartMessageMoveTask",
			Rule: "the maximum is 500 messages per second",
			Do: func(t *T) {
				_, dlq := t.pipe(1)
				_, err := t.move(t.arn(dlq), "", 501)
				t.fails(err, invalidParameterValue)
			}},
		{Name: "StartMessageMoveTask/destination deleted", Page: "recorded: test_move_task_delete_destination_queue_while_running", Waits: 3 * time.Second,
			Rule: "a task whose destination is deleted fails, and the rest stays",
			Do: func(t *T) {
				url, dlq := t.pipe(1)
				to := t.queue()
				t.bury(url, "a", "b", "c")
				_, err := t.move(t.arn(dlq), t.arn(to), 1)
				t.must(err)
				t.sleep(500 * time.Millisecond)
				_, err = t.sqs.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &to})
				t.must(err)
				t.sleep(2500 * time.Millisecond)
				task := t.tasks(t.arn(dlq), 1)[0]
				t.equal("Status", *task.Status, "FAILED")
				t.equal("FailureReason", aws.ToString(task.FailureReason), "AWS.SimpleQueueService.NonExistentQueue")
				t.equal("dead letters", t.counts(dlq), "2 0 0")
			}},
		{Name: "CancelMessageMoveTask", Page: "recorded: test_move_task_cancel", Waits: 3 * time.Second,
			Rule: "a cancelled task moves no more, and what was moved stays moved",
			Do: func(t *T) {
				url, dlq := t.pipe(1)
				t.bury(url, "a", "b", "c")
				handle, err := t.move(t.arn(dlq), "", 1)
				t.must(err)
				t.sleep(500 * time.Millisecond)
				t.equal("handle", aws.ToString(t.tasks(t.arn(dlq), 1)[0].TaskHandle), handle)
				out, err := t.sqs.CancelMessageMoveTask(t.Context(), &sqs.CancelMessageMoveTaskInput{TaskHandle: &handle})
				t.must(err)
				t.equal("moved", out.ApproximateNumberOfMessagesMoved, int64(1))
				t.sleep(2500 * time.Millisecond)
				t.equal("Status", *t.tasks(t.arn(dlq), 1)[0].Status, "CANCELLED")
				t.equal("dead letters", t.counts(dlq), "2 0 0")
				t.equal("source", t.counts(url), "1 0 0")
			}},
		{Name: "CancelMessageMoveTask/completed", Page: "API_CancelMessageMoveTask", Waits: time.Second,
			Rule: "a task can only be cancelled while it is RUNNING",
			Do: func(t *T) {
				_, dlq := t.pipe(1)
				handle, err := t.move(t.arn(dlq), "", 0)
				t.must(err)
				t.sleep(time.Second)
				_, err = t.sqs.CancelMessageMoveTask(t.Context(), &sqs.CancelMessageMoveTaskInput{TaskHandle: &handle})
				t.fails(err, invalidParameterValue)
			}},
		{Name: "CancelMessageMoveTask/garbage", Page: "recorded: test_cancel_with_invalid_task_handle",
			Rule: "a handle is one that StartMessageMoveTask gave",
			Do: func(t *T) {
				_, err := t.sqs.CancelMessageMoveTask(t.Context(), &sqs.CancelMessageMoveTaskInput{TaskHandle: aws.String("foobar")})
				t.fails(err, invalidParameterValue)
			}},
		{Name: "ListMessageMoveTasks/latest first", Page: "API_ListMessageMoveTasks", Waits: 3 * time.Second,
			Rule: "the most recent task comes first, and alone by default",
			Do: func(t *T) {
				_, dlq := t.pipe(1)
				to := t.queue()
				for _, destination := range []string{"", t.arn(to)} {
					_, err := t.move(t.arn(dlq), destination, 0)
					t.must(err)
					t.sleep(time.Second)
				}
				out, err := t.sqs.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: aws.String(t.arn(dlq))})
				t.must(err)
				t.equal("tasks", len(out.Results), 1)
				t.equal("DestinationArn", aws.ToString(out.Results[0].DestinationArn), t.arn(to))
				t.equal("tasks", len(t.tasks(t.arn(dlq), 10)), 2)
			}},
		{Name: "ListMessageMoveTasks/11", Page: "API_ListMessageMoveTasks",
			Rule: "the upper limit is 10",
			Do: func(t *T) {
				arn := t.arn(t.queue())
				_, err := t.sqs.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: &arn, MaxResults: aws.Int32(11)})
				t.fails(err, invalidParameterValue)
			}},
	}
}
