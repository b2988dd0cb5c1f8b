"""Cases of the rules on the logs of web ACLs."""

from collections.abc import Sequence

from policy.graph import Resource
from tests.policy.cases.case import UNKNOWN_LIST, UNKNOWN_TEXT, Kind, cases_of, resource, without_none
from tests.policy.cases.web_acls import ACL, ACL_ARN, REGIONAL_ACL, acl

LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"

SILENT = "keeps no log"
REFUSED = "logs to a destination that AWS WAF refuses for its name"


def log_to(
    destinations: object, *sources: Resource, acl_arn: object = UNKNOWN_TEXT, of: Sequence[Resource] = ()
) -> Resource:
    return resource(
        LOGGING,
        without_none(resourceArn=acl_arn, logDestinationConfigs=destinations),
        sources={"logDestinationConfigs": sources, "resourceArn": of},
    )


def logging_of(
    of: Sequence[Resource], destinations: object = UNKNOWN_LIST, acl_arn: object = UNKNOWN_TEXT
) -> Resource:
    return resource(
        LOGGING,
        without_none(resourceArn=acl_arn, logDestinationConfigs=destinations),
        name="logging",
        sources={"resourceArn": of},
    )


logs = cases_of("waf-acl-logging")
LOGS = (
    logs(Kind.MISSING, "no configuration", [acl()], SILENT),
    logs(Kind.MISSING, "no destination", [acl(), logging_of([acl()], [])], SILENT),
    logs(Kind.WRONG, "another web ACL's", [acl(), logging_of([REGIONAL_ACL]), REGIONAL_ACL], SILENT),
    logs(
        Kind.WRONG,
        "another web ACL's by ARN",
        [resource(ACL, {}, outputs={"arn": ACL_ARN}), logging_of([], acl_arn=ACL_ARN + "2")],
        SILENT,
    ),
    logs(Kind.UNKNOWN, "whose it is, is not known", [acl(), logging_of([])], undecided=True),
    logs(Kind.CORRECT, "by reference", [acl(), logging_of([acl()])]),
    logs(
        Kind.CORRECT, "by ARN", [resource(ACL, {}, outputs={"arn": ACL_ARN}), logging_of([], acl_arn=ACL_ARN)]
    ),
)

names = cases_of("waf-log-destination-name")
LOGS_ARN = "arn:aws:logs:eu-west-1:123456789012:log-group:{}"
WAF_GROUP = resource(GROUP, {"name": "aws-waf-logs-api"}, name="group")
APP_GROUP = resource(GROUP, {"name": "/aws/waf/api"}, name="group")
OTHER_GROUP = resource(GROUP, {"name": "/aws/waf/api"}, name="other")
LATE_GROUP = resource(GROUP, {"name": UNKNOWN_TEXT}, name="late")
PREFIXED = [
    resource(GROUP, {"namePrefix": "aws-waf-logs-"}, name="prefixed"),
    resource(BUCKET, {"bucketPrefix": "aws-waf-logs-"}, name="prefixed"),
    resource(BUCKET_V2, {"bucketPrefix": "aws-waf-logs-"}, name="prefixed"),
    resource(BUCKET_V2, {"bucket": "aws-waf-logs-api"}, name="prefixed"),
]
WRONGLY_PREFIXED = resource(GROUP, {"namePrefix": "waf-logs-"}, name="prefixed")
NAMES = (
    names(Kind.MISSING, "a name without the prefix", [log_to([LOGS_ARN.format("waf")])], REFUSED),
    names(
        Kind.WRONG, "the prefix inside the name", [log_to([LOGS_ARN.format("my-aws-waf-logs-api")])], REFUSED
    ),
    names(Kind.WRONG, "not even a text", [log_to([True])], REFUSED),
    names(Kind.WRONG, "not an ARN", [log_to(["aws-waf-logs-api"])], REFUSED),
    names(
        Kind.WRONG,
        "a group of another name by reference",
        [log_to([UNKNOWN_TEXT], APP_GROUP), APP_GROUP],
        REFUSED,
    ),
    names(
        Kind.WRONG,
        "an unknown one does not hide a wrong one",
        [log_to([UNKNOWN_TEXT, "arn:aws:s3:::logs"])],
        REFUSED,
    ),
    names(
        Kind.WRONG,
        "a group whose name begins otherwise",
        [log_to([UNKNOWN_TEXT], WRONGLY_PREFIXED), WRONGLY_PREFIXED],
        REFUSED,
    ),
    names(
        Kind.WRONG,
        "two destinations, one of them named otherwise",
        [log_to([UNKNOWN_TEXT, UNKNOWN_TEXT], WAF_GROUP, OTHER_GROUP), WAF_GROUP, OTHER_GROUP],
        REFUSED,
    ),
    names(
        Kind.UNKNOWN,
        "one of two groups, of which one is named otherwise",
        [log_to([UNKNOWN_TEXT], WAF_GROUP, OTHER_GROUP), WAF_GROUP, OTHER_GROUP],
        undecided=True,
    ),
    names(
        Kind.UNKNOWN,
        "one of two groups, of which one has no name yet",
        [log_to([UNKNOWN_TEXT], WAF_GROUP, LATE_GROUP), WAF_GROUP, LATE_GROUP],
        undecided=True,
    ),
    names(
        Kind.UNKNOWN,
        "the group's prefix is not known",
        [
            log_to([UNKNOWN_TEXT], resource(GROUP, {"namePrefix": UNKNOWN_TEXT}, name="late")),
            resource(GROUP, {"namePrefix": UNKNOWN_TEXT}, name="late"),
        ],
        undecided=True,
    ),
    *(
        names(
            Kind.CORRECT,
            f"a name known by {dict(one.properties)}, of {one.type}",
            [log_to([UNKNOWN_TEXT], one), one],
        )
        for one in PREFIXED
    ),
    names(Kind.UNKNOWN, "comes from nowhere we know", [log_to([UNKNOWN_TEXT])], undecided=True),
    names(Kind.UNKNOWN, "the list is not known", [log_to(UNKNOWN_LIST)], undecided=True),
    names(
        Kind.UNKNOWN,
        "the group's name is left to Pulumi",
        [log_to([UNKNOWN_TEXT], resource(GROUP, {}, name="group")), resource(GROUP, {}, name="group")],
        undecided=True,
    ),
    names(Kind.CORRECT, "a group by reference", [log_to([UNKNOWN_TEXT], WAF_GROUP), WAF_GROUP]),
    names(Kind.CORRECT, "a list by reference", [log_to(UNKNOWN_LIST, WAF_GROUP), WAF_GROUP]),
    names(Kind.CORRECT, "a group", [log_to([LOGS_ARN.format("aws-waf-logs-api")])]),
    names(Kind.CORRECT, "a group with its streams", [log_to([LOGS_ARN.format("aws-waf-logs-api:*")])]),
    names(Kind.CORRECT, "a bucket", [log_to(["arn:aws:s3:::aws-waf-logs-api"])]),
    names(
        Kind.CORRECT, "a stream", [log_to(["arn:aws:firehose:eu-west-1:1:deliverystream/aws-waf-logs-api"])]
    ),
    names(Kind.NOT_APPLICABLE, "no destination, as the other rule says", [log_to([])]),
)

CASES = (*LOGS, *NAMES)
