package policy

import (
	"errors"
	"strings"
	"testing"
)

// grammar: the shapes that it has, of each kind.
func TestAccepted(t *testing.T) {
	for name, tt := range map[string]struct {
		kind     Kind
		document string
	}{
		"one statement without a list": {Identity,
			`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`},
		"a list, blocks in another order": {Identity,
			`{"Statement":[{"Resource":["*"],"Action":["sqs:*","sns:Get*"],"Effect":"Deny","Sid":"A1"},
			{"NotResource":"arn:aws:sqs:*:*:*","NotAction":"iam:?*","Effect":"Allow","Sid":"A2"}],"Version":"2012-10-17"}`},
		"an identity's empty Sids": {Identity,
			`{"Statement":[{"Sid":"","Effect":"Allow","Action":[],"Resource":[]},{"Sid":"","Effect":"Allow","Action":[],"Resource":[]}]}`},
		"a queue's, from 2008": {Queue,
			`{"Version":"2008-10-17","Id":"a policy","Statement":{"Sid":"with spaces, in SQS","Effect":"Allow",
			"Principal":{"AWS":"*"},"Action":"SQS:*","Resource":"arn:aws:sqs:eu-central-1:210987654321:orders"}}`},
		"a queue's without Resource": {Queue,
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage"}}`},
		"a queue's with all kinds of principals": {Queue,
			`{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["210987654321","arn:aws:iam::210987654321:root",
			"arn:aws:iam::210987654321:user/teams/ada","arn:aws:iam::210987654321:role/x",
			"arn:aws-cn:sts::210987654321:assumed-role/x/y","arn:aws:sts::210987654321:federated-user/z"],
			"Service":["sns.amazonaws.com","logs.eu-central-1.amazonaws.com"],
			"Federated":"cognito-identity.amazonaws.com"},"Action":"sqs:SendMessage"}}`},
		"a queue's without a principal in its list": {Queue,
			`{"Statement":{"Effect":"Allow","Principal":{"AWS":[]},"Action":"sqs:SendMessage"}}`},
		"a topic's": {Topic,
			`{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":"109876543210"},
			"Action":["sns:Publish","SNS:Subscribe","sns:*","sns:Get?opicAttributes"],"Resource":"` + topic + `"}]}`},
	} {
		if _, err := Parse(tt.kind, tt.document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each document is one edit away from one that is accepted.
func TestRefused(t *testing.T) {
	const identity = `{"Version":"2012-10-17","Statement":[{"Sid":"One","Effect":"Allow","Action":"sqs:*","Resource":"*"}]}`
	onQueue := `{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"One","Effect":"Allow",` +
		`"Principal":{"AWS":"210987654321"},"Action":"sqs:SendMessage","Resource":"` + queue + `"}]}`
	onTopic := strings.NewReplacer("sqs:SendMessage", "sns:Publish", queue, topic).Replace(onQueue)
	original := map[Kind]string{Identity: identity, Queue: onQueue, Topic: onTopic}
	for kind, document := range original {
		must(t, kind, document)
	}
	const s = "Statement[0]"
	const another = `}, {"Sid":"One","Effect":"Allow","Principal":"*","Action":"sqs:SendMessage"}]}`
	for _, tt := range []struct {
		kind            Kind
		old, to         string
		where, complain string
	}{
		// The document.
		{Queue, onQueue, `[]`, "", "is a list"},
		{Queue, onQueue, `{"Version":"2012-10-17"}`, "Statement", "missing"},
		{Queue, onQueue, `{"Statement":[]}`, "Statement", "empty"},
		{Queue, onQueue, `{"Statement":["x"]}`, s, "is a string"},
		{Queue, onQueue, `{"Statement":"x"}`, s, "is a string"},
		{Queue, `"Version"`, `"version"`, "version", "written Version"},
		{Queue, `"Version"`, `"Versions"`, "Versions", "no element"},
		{Queue, `"2012-10-17"`, `"2012-10-18"`, "Version", `"2012-10-18", and must be`},
		{Queue, `"2012-10-17"`, `20121017`, "Version", "a number"},
		{Queue, `"Id":"x"`, `"Id":1`, "Id", "a number"},
		{Identity, `"Statement"`, `"Id":"x","Statement"`, "Id", "no place"},
		// Sid and Effect.
		{Queue, `"One"`, `1`, s + ".Sid", "a number"},
		{Identity, `"One"`, `"One two"`, s + ".Sid", "letters and digits"},
		{Queue, `}]}`, another, "Statement[1].Sid", "another statement"},
		{Queue, `"Effect":"Allow",`, ``, s + ".Effect", "missing"},
		{Queue, `"Allow"`, `"allow"`, s + ".Effect", "must be Allow or Deny"},
		{Queue, `"Allow"`, `true`, s + ".Effect", "a Boolean"},
		{Queue, `"Effect"`, `"Efect"`, s + ".Efect", "no element"},
		// Action.
		{Queue, `"Action":"sqs:SendMessage",`, ``, s + ".Action", "missing"},
		{Queue, `"Action"`, `"NotAction":"sqs:*","Action"`, s, "both Action and NotAction"},
		{Queue, `"sqs:SendMessage"`, `"SendMessage"`, s + ".Action", "no action"},
		{Queue, `"sqs:SendMessage"`, `"sqs:"`, s + ".Action", "no action"},
		{Queue, `"sqs:SendMessage"`, `":SendMessage"`, s + ".Action", "no service"},
		{Queue, `"sqs:SendMessage"`, `"s*:SendMessage"`, s + ".Action", "no service"},
		{Queue, `"sqs:SendMessage"`, `"sqs:Send Message"`, s + ".Action", "no action"},
		{Queue, `"sqs:SendMessage"`, `"sqs:${aws:username}"`, s + ".Action", "no action"},
		{Queue, `"sqs:SendMessage"`, `["sqs:SendMessage",7]`, s + ".Action[1]", "a number"},
		{Queue, `"sqs:SendMessage"`, `7`, s + ".Action", "a number"},
		{Queue, `"sqs:SendMessage"`, `"sns:Publish"`, s + ".Action", "no action of SQS"},
		{Topic, `"sns:Publish"`, `"sqs:SendMessage"`, s + ".Action", "no action of SNS"},
		{Topic, `"sns:Publish"`, `"sns:CreateTopic"`, s + ".Action", "scope"},
		// Resource.
		{Identity, `,"Resource":"*"`, ``, s + ".Resource", "missing"},
		{Identity, `"Resource"`, `"NotResource":"*","Resource"`, s, "both Resource and NotResource"},
		{Identity, `"Resource":"*"`, `"Resource":{}`, s + ".Resource", "an object"},
		{Queue, queue, "orders", s + ".Resource", "no ARN"},
		{Queue, queue, "arn:aws:sqs:*:orders", s + ".Resource", "no ARN"},
		{Queue, queue, "urn:aws:sqs:a:b:c", s + ".Resource", "no ARN"},
		{Queue, "arn:aws:sqs", "arn:aws:s*", s + ".Resource", "no wildcard"},
		{Queue, "arn:aws:sqs", "arn:aws:", s + ".Resource", "no service"},
		{Queue, "eu-central-1", "${aws:region}", s + ".Resource", "before its fifth colon"},
		{Queue, "orders", "${aws:username", s + ".Resource", "closing brace"},
		{Topic, `,"Resource":"` + topic + `"`, ``, s + ".Resource", "missing"},
		{Topic, `"` + topic + `"`, `[]`, s + ".Resource", "one Resource"},
		{Topic, `"` + topic + `"`, `["` + topic + `","` + topic + `"]`, s + ".Resource", "one Resource"},
		{Topic, `"Resource"`, `"NotResource"`, s + ".NotResource", "one Resource"},
		// Principal.
		{Queue, `"Principal":{"AWS":"210987654321"},`, ``, s + ".Principal", "missing"},
		{Identity, `"Effect"`, `"Principal":"*","Effect"`, s + ".Principal", "no place"},
		{Identity, `"Effect"`, `"NotPrincipal":"*","Effect"`, s + ".NotPrincipal", "no place"},
		{Queue, `"Principal"`, `"NotPrincipal":"*","Principal"`, s, "both Principal and NotPrincipal"},
		{Queue, `"Principal"`, `"Principle"`, s + ".Principle", "no element"},
		{Queue, `{"AWS":"210987654321"}`, `"210987654321"`, s + ".Principal", "must be"},
		{Queue, `{"AWS":"210987654321"}`, `["*"]`, s + ".Principal", "a list"},
		{Queue, `"AWS"`, `"aws"`, s + ".Principal.aws", "no kind of principal"},
		{Queue, `"AWS"`, `"CanonicalUser"`, s + ".Principal.CanonicalUser", "of S3"},
		{Queue, `"AWS":"210987654321"`, `"AWS":210987654321`, s + ".Principal.AWS", "a number"},
		{Queue, `"210987654321"`, `"2109-8765-4321"`, s + ".Principal.AWS", "no principal"},
		{Queue, `"210987654321"`, `""`, s + ".Principal.AWS", "no principal"},
		{Queue, `"210987654321"`, `"sns.amazonaws.com"`, s + ".Principal.AWS", "no principal"},
		{Queue, `"210987654321"`, `"arn:aws:iam::210987654321:user/*"`, s + ".Principal.AWS", "wildcard"},
		{Queue, `"210987654321"`, `"arn:aws:iam::210987654321:group/g"`, s + ".Principal.AWS", "no principal"},
		{Queue, `"210987654321"`, `"arn:aws:iam::210987654321:user/"`, s + ".Principal.AWS", "no principal"},
		{Queue, `"210987654321"`, `"arn:aws:iam::7:root"`, s + ".Principal.AWS", "no principal"},
		{Queue, `"210987654321"`, `"arn:aws:sts::210987654321:assumed-role/r"`, s + ".Principal.AWS", "no principal"},
		{Queue, `"AWS":"210987654321"`, `"Service":"*"`, s + ".Principal.Service", "no service principal"},
		{Queue, `"AWS":"210987654321"`, `"Service":"sns"`, s + ".Principal.Service", "no service principal"},
		{Queue, `"AWS":"210987654321"`, `"Service":"SNS.amazonaws.com"`, s + ".Principal.Service", "lower case"},
		{Queue, `"AWS":"210987654321"`, `"Federated":"*"`, s + ".Principal.Federated", "identity provider"},
		{Topic, `{"AWS":"210987654321"}`, `{}`, s + ".Principal", "no principal"},
		{Topic, `"210987654321"`, `[]`, s + ".Principal", "no principal"},
	} {
		before := original[tt.kind]
		after := strings.Replace(before, tt.old, tt.to, 1)
		if after == before {
			t.Fatalf("%s is not in %s", tt.old, before)
		}
		refused(t, tt.kind, after, tt.where, tt.complain)
	}
}

// The JSON itself, and where its faults are.
func TestPositions(t *testing.T) {
	for _, tt := range []struct {
		document     string
		line, column int
		where, what  string
	}{
		{"", 1, 1, "", "ends before"},
		{"  {\n\"Statement\": [", 2, 15, "", "ends before"},
		{"{\n  \"Version\": nil\n}", 2, 14, "", "not JSON"},
		{"{\"Id\":\"a\",}", 1, 11, "", "not JSON"},
		{"{\"Id\":\"a\"]", 1, 10, "", "not JSON"},
		{"{1:2}", 1, 2, "", "not JSON"},
		{"{}\n  {}", 2, 3, "", "more after the end"},
		{"{} ,", 1, 4, "", "more after the end"},
		{"{\"Id\":\"ä\"}\xff", 1, 12, "", "not UTF-8"},
		{"{\n  \"Id\": \"a\",\n\t\"Id\": \"b\"}", 3, 2, "Id", "twice"},
		{"{\"Statement\":[{\"Effect\":\"Allow\"},\n {\"Effect\":\"Deny\",\"Effect\":\"Deny\"}]}", 2, 19, "Statement[1].Effect", "twice"},
		{"{\"Statement\":[\n{\n\"Effect\" : \"Maybe\"}]}", 3, 12, "Statement[0].Effect", "Allow or Deny"},
		{strings.Repeat("[", 20), 1, 17, "", "nests deeper"},
	} {
		_, err := Parse(Queue, tt.document)
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("Parse(%q) = %v, want an *Error", tt.document, err)
		}
		if e.Line != tt.line || e.Column != tt.column || e.Where != tt.where || !strings.Contains(e.What, tt.what) {
			t.Errorf("Parse(%q):\n got %v\nwant line %d, column %d: %s: ...%s...",
				tt.document, e, tt.line, tt.column, tt.where, tt.what)
		}
	}
	e := &Error{Line: 3, Column: 4, Where: "Version", What: "is odd"}
	if got, want := e.Error(), "policy: line 3, column 4: Version: is odd"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	long := strings.Repeat("ä", 100)
	if _, err := Parse(Queue, `{"`+long+`":1}`); err == nil || strings.Contains(err.Error(), long) {
		t.Errorf("an error must not repeat what is long: %v", err)
	}
}
