// Package wire speaks the protocols of AWS's messaging services: it reads requests into typed inputs, finds out
// who calls, and writes typed outputs and errors.
//
//   - AWS JSON 1.0, which SQS speaks since 2023: SQSDeveloperGuide/sqs-making-api-requests-json.html, and for
//     its errors the x-amzn-query-error header of sqs-json-api-responses.html.
//   - AWS Query with answers in XML, which SNS and older clients of SQS speak:
//     SQSDeveloperGuide/sqs-making-api-requests-xml.html, sns/latest/api/CommonParameters.html.
//
// A [Service] is a table of [Operation] values made by [Op] from functions of typed inputs and outputs, whose
// struct tags say how each protocol names a member:
//
//	json:"QueueUrl"              the member in JSON; the same in Query unless said otherwise
//	query:"AttributeName"        a list or map in Query: AttributeName.1, AttributeName.2
//	query:"Tags.member"          the same, for a list that is not flattened: Tags.member.1
//	query:"Attribute,Name,Value" a map: Attribute.1.Name, Attribute.1.Value
//	wire:"required"              a request without it is answered with MissingParameter
//
// Inputs have members of the types string, *string, *int, []string, []byte, structs, and lists and maps of
// these. A pointer tells what is absent from what is zero. Outputs may have int64 and bool besides.
//
// The signature is read and not verified: anybody who runs this server in a test knows the secret anyway.
package wire
