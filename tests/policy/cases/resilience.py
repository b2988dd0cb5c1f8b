"""Cases of the rules on what is kept and told; those on failed messages and on backups are beside it."""

from collections.abc import Sequence
from typing import Any

from policy.graph import Resource
from tests.policy.cases import backups, dead_letters, failed_events
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_FLAG,
    UNKNOWN_LIST,
    UNKNOWN_NUMBER,
    UNKNOWN_TEXT,
    Case,
    Kind,
    cases_of,
    resource,
    secret,
    value_cases,
    without_none,
)

TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
METRIC = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:alarms"
DATA = resource(BUCKET, {"bucket": "data"})
OTHER = resource(BUCKET, {"bucket": "other"}, name="other")

NO_VERSIONS = "keeps no versions of its objects"
NOT_PROTECTED = "is not protected against deletion"
DELETED = "may be deleted together with its objects"
UNLIMITED = "may use the concurrency of the whole account"
SILENT = "tells nobody when it goes off"

VALUES = (
    *value_cases(
        "dynamodb-pitr",
        TABLE,
        lambda enabled: {"pointInTimeRecovery": {"__defaults": [], **without_none(enabled=enabled)}},
        right=True,
        wrong=[False, "true"],
        unknown=UNKNOWN_FLAG,
        fault="has no point-in-time recovery",
    ),
    Case(
        rule="dynamodb-pitr",
        kind=Kind.MISSING,
        name="no block at all",
        resources=[resource(TABLE, {"deletionProtectionEnabled": True})],
        fault="has no point-in-time recovery",
    ),
    Case(
        rule="dynamodb-pitr",
        kind=Kind.UNKNOWN,
        name="the block is not known yet",
        resources=[resource(TABLE, {"pointInTimeRecovery": UNKNOWN_BLOCK})],
        undecided=True,
    ),
    *value_cases(
        "dynamodb-deletion-protection",
        TABLE,
        lambda enabled: without_none(deletionProtectionEnabled=enabled, name=UNKNOWN_TEXT),
        right=True,
        wrong=[False, "true"],
        unknown=UNKNOWN_FLAG,
        fault=NOT_PROTECTED,
    ),
    *value_cases(
        "cognito-deletion-protection",
        "aws:cognito/userPool:UserPool",
        lambda protection: without_none(deletionProtection=protection),
        right="ACTIVE",
        wrong=["INACTIVE", "", True],
        unknown=UNKNOWN_TEXT,
        fault=NOT_PROTECTED,
    ),
)

destroy = cases_of("s3-no-force-destroy")
DESTROY = (
    destroy(Kind.MISSING, "S3 keeps such a bucket by itself", [DATA]),
    destroy(Kind.MISSING, "null", [resource(BUCKET, {"forceDestroy": None})]),
    destroy(Kind.WRONG, "the objects go too", [resource(BUCKET, {"forceDestroy": True})], DELETED),
    destroy(Kind.WRONG, "of the older type", [resource(BUCKET_V2, {"forceDestroy": True})], DELETED),
    destroy(Kind.WRONG, "as a secret", [resource(BUCKET, {"forceDestroy": secret(True)})], DELETED),
    destroy(Kind.UNKNOWN, "not known", [resource(BUCKET, {"forceDestroy": UNKNOWN_FLAG})], undecided=True),
    destroy(Kind.CORRECT, "switched off", [resource(BUCKET, {"forceDestroy": False})]),
)


def versioning(
    status: object, bucket: object = "data", sources: Sequence[Resource] = (), type_: str = VERSIONING
) -> Resource:
    return resource(
        type_,
        {"bucket": bucket, "versioningConfiguration": {"__defaults": [], **without_none(status=status)}},
        name="versioning",
        sources={"bucket": sources},
    )


def inline(enabled: object) -> Resource:
    return resource(BUCKET, {"bucket": "data", "versioning": without_none(enabled=enabled)})


versions = cases_of("s3-versioning")
VERSIONS = (
    versions(Kind.MISSING, "nothing said", [DATA], NO_VERSIONS),
    versions(Kind.MISSING, "no status", [DATA, versioning(None)], NO_VERSIONS),
    versions(Kind.MISSING, "the block says nothing", [inline(None)], NO_VERSIONS),
    versions(Kind.WRONG, "suspended", [DATA, versioning("Suspended")], NO_VERSIONS),
    versions(
        Kind.WRONG, "suspended beside a stale block", [inline(True), versioning("Suspended")], NO_VERSIONS
    ),
    versions(Kind.WRONG, "switched off in the block", [inline(False)], NO_VERSIONS),
    versions(Kind.WRONG, "a number in the block", [inline(1)], NO_VERSIONS),
    versions(Kind.WRONG, "another bucket's", [DATA, versioning("Enabled", "data-2")], NO_VERSIONS),
    versions(
        Kind.WRONG,
        "another bucket's by reference",
        [DATA, versioning("Enabled", UNKNOWN_TEXT, [OTHER]), OTHER],
        NO_VERSIONS,
    ),
    versions(
        Kind.WRONG,
        "the older type",
        [resource(BUCKET_V2, {"bucket": "data", "versionings": [{"enabled": False}]})],
        NO_VERSIONS,
    ),
    versions(Kind.UNKNOWN, "the status is not known", [DATA, versioning(UNKNOWN_TEXT)], undecided=True),
    versions(Kind.UNKNOWN, "whose it is", [DATA, versioning("Enabled", UNKNOWN_TEXT)], undecided=True),
    versions(Kind.UNKNOWN, "whose is off", [DATA, versioning("Suspended", UNKNOWN_TEXT)], NO_VERSIONS),
    versions(Kind.UNKNOWN, "the block's value", [inline(UNKNOWN_FLAG)], undecided=True),
    versions(Kind.CORRECT, "by name", [DATA, versioning("Enabled")]),
    versions(Kind.CORRECT, "by reference", [DATA, versioning("Enabled", UNKNOWN_TEXT, [DATA])]),
    versions(Kind.CORRECT, "beside a stale block", [inline(False), versioning("Enabled")]),
    versions(Kind.CORRECT, "in its own block", [inline(True)]),
    versions(
        Kind.CORRECT,
        "both of the older type",
        [
            resource(BUCKET_V2, {"bucket": "data"}),
            versioning("Enabled", type_="aws:s3/bucketVersioningV2:BucketVersioningV2"),
        ],
    ),
    versions(
        Kind.CORRECT,
        "the older type in its own block",
        [resource(BUCKET_V2, {"bucket": "data", "versionings": [{"enabled": True}]})],
    ),
)


def limited(reserved: object) -> Resource:
    return resource(FUNCTION, {"name": "twin", **without_none(reservedConcurrentExecutions=reserved)})


def mapping(function: object, limit: object, *sources: Resource) -> Resource:
    return resource(
        MAPPING,
        {"functionName": function, "scalingConfig": without_none(maximumConcurrency=limit)},
        name="mapping",
        sources={"functionName": sources},
    )


TWIN = limited(None)
SECOND = resource(FUNCTION, {"name": "second"}, name="second")
LIVE = resource(ALIAS, {"functionName": UNKNOWN_TEXT}, name="live", sources={"functionName": [TWIN]})

limit = cases_of("lambda-concurrency")
LIMITS = (
    limit(Kind.MISSING, "nothing reserved", [TWIN], UNLIMITED),
    limit(Kind.MISSING, "a queue without a limit", [TWIN, mapping("twin", None)], UNLIMITED),
    limit(Kind.WRONG, "nothing reserved, as a state says it", [limited(-1)], UNLIMITED),
    limit(Kind.WRONG, "a flag", [limited(reserved=True)], UNLIMITED),
    limit(Kind.WRONG, "another function's queue", [TWIN, mapping("twin-2", 5)], UNLIMITED),
    limit(
        Kind.WRONG,
        "another function's queue by reference",
        [TWIN, mapping(UNKNOWN_TEXT, 5, SECOND), SECOND],
        UNLIMITED,
    ),
    limit(Kind.UNKNOWN, "the number", [limited(UNKNOWN_NUMBER)], undecided=True),
    limit(Kind.UNKNOWN, "whose queue it is", [TWIN, mapping(UNKNOWN_TEXT, 5)], undecided=True),
    limit(Kind.CORRECT, "some reserved", [limited(20)]),
    limit(Kind.CORRECT, "none may run", [limited(0)]),
    limit(Kind.CORRECT, "a queue with a limit", [TWIN, mapping("twin", 5)]),
    limit(Kind.CORRECT, "by its alias", [TWIN, mapping(UNKNOWN_TEXT, 5, LIVE), LIVE]),
    limit(Kind.CORRECT, "a queue's limit by reference", [TWIN, mapping(UNKNOWN_TEXT, UNKNOWN_NUMBER, TWIN)]),
)


def metric(**properties: Any) -> Resource:
    return resource(METRIC, {"name": "errors", **properties})


def composite(rule: object, *sources: Resource, name: str = "all", **properties: Any) -> Resource:
    given = {"alarmName": name, "alarmActions": [TOPIC_ARN], "alarmRule": rule, **properties}
    return resource(COMPOSITE, given, name=name, sources={"alarmRule": sources})


QUIET = metric()
UNNAMED = resource(METRIC, {})
LOUD = metric(alarmActions=[TOPIC_ARN])
alarm = cases_of("alarm-has-action")
ALARMS = (
    alarm(Kind.MISSING, "no action", [QUIET], SILENT),
    alarm(Kind.MISSING, "an empty list", [metric(alarmActions=[])], SILENT),
    alarm(Kind.MISSING, "an empty text", [metric(alarmActions=[""])], SILENT),
    alarm(Kind.MISSING, "only told when all is well", [metric(okActions=[TOPIC_ARN])], SILENT),
    alarm(Kind.MISSING, "a combined one", [composite("ALARM(errors)", alarmActions=[]), LOUD], SILENT),
    alarm(Kind.WRONG, "switched off", [metric(alarmActions=[TOPIC_ARN], actionsEnabled=False)], SILENT),
    alarm(Kind.WRONG, "another is combined", [QUIET, composite('ALARM("errors-5xx")')], SILENT),
    alarm(Kind.WRONG, "its name is in a word", [QUIET, composite('ALARM("more errors") OR TRUE')], SILENT),
    alarm(
        Kind.WRONG,
        "combined by one without action",
        [QUIET, composite("ALARM(errors)", alarmActions=[])],
        SILENT,
    ),
    alarm(
        Kind.WRONG,
        "combined by one switched off",
        [QUIET, composite("ALARM(errors)", actionsEnabled=False)],
        SILENT,
    ),
    alarm(
        Kind.WRONG,
        "another is combined by reference",
        [QUIET, composite(UNKNOWN_TEXT, resource(METRIC, {}, name="b")), resource(METRIC, {}, name="b")],
        SILENT,
    ),
    alarm(Kind.WRONG, "its name is left to Pulumi", [UNNAMED, composite("ALARM(errors)")], SILENT),
    alarm(
        Kind.WRONG,
        "two that combine each other",
        [
            composite("ALARM(second)", alarmActions=[], name="first"),
            composite("ALARM(first)", alarmActions=[], name="second"),
        ],
        SILENT,
    ),
    alarm(
        Kind.UNKNOWN,
        "whether it is switched on",
        [metric(alarmActions=[TOPIC_ARN], actionsEnabled=UNKNOWN_FLAG)],
        undecided=True,
    ),
    alarm(Kind.UNKNOWN, "whom it combines", [QUIET, composite(UNKNOWN_TEXT)], undecided=True),
    alarm(
        Kind.UNKNOWN,
        "how it is called",
        [resource(METRIC, {"name": UNKNOWN_TEXT}), composite("ALARM(errors)")],
        undecided=True,
    ),
    alarm(Kind.UNKNOWN, "switched off hides nothing", [metric(actionsEnabled=UNKNOWN_FLAG)], SILENT),
    alarm(Kind.CORRECT, "an action", [LOUD]),
    alarm(Kind.CORRECT, "an action by reference", [metric(alarmActions=[UNKNOWN_TEXT])]),
    alarm(Kind.CORRECT, "a list by reference", [metric(alarmActions=UNKNOWN_LIST, actionsEnabled=True)]),
    alarm(Kind.CORRECT, "a combined one acts", [composite("ALARM(errors)"), QUIET]),
    alarm(Kind.CORRECT, "part of a combined one", [QUIET, composite('ALARM("errors") AND NOT OK(x)')]),
    alarm(Kind.CORRECT, "part of one without quotes", [QUIET, composite("NOT ( OK ( errors ) )")]),
    alarm(
        Kind.CORRECT,
        "part of one by its ARN",
        [QUIET, composite("ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors)")],
    ),
    alarm(
        Kind.CORRECT,
        "part of one by its ARN in quotes",
        [QUIET, composite('ALARM("arn:aws-cn:cloudwatch:cn-north-1:123456789012:alarm:errors")')],
    ),
    alarm(Kind.CORRECT, "part of one by reference", [QUIET, composite(UNKNOWN_TEXT, QUIET)]),
    alarm(Kind.CORRECT, "named by Pulumi, by reference", [UNNAMED, composite("ALARM(x)", UNNAMED)]),
    alarm(
        Kind.CORRECT,
        "part of a part",
        [
            QUIET,
            composite("ALARM(errors)", alarmActions=[], name="inner"),
            composite('ALARM("inner")', name="outer"),
        ],
    ),
)

CASES = (
    VALUES + DESTROY + VERSIONS + LIMITS + ALARMS + dead_letters.CASES + failed_events.CASES + backups.CASES
)
