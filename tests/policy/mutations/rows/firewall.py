"""Defects of firewalls."""

from typing import Any

from policy.graph import Resource
from policy.rule import Outcome
from tests.policy.mutations.defects import (
    Moment,
    Structure,
    also,
    elsewhere,
    gone,
    is_at,
    points_at,
    removed,
    rows,
    source_of,
    structural,
    through,
    to,
    users_of,
    value,
)
from tests.policy.mutations.rows import tokens as t

OTHER_STAGE = "arn:aws:apigateway:us-east-1::/restapis/0123456789/stages/other"
OTHER_ACL = "arn:aws:wafv2:us-east-1:123456789012:{}/webacl/other/11111111-2222-3333-4444-555555555555"
_OWN_ARN = "the own ARN is not known yet, so it may be this one"
_VALUE = "at update the value is known"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"
_PREFIX = "waf-log-destination-name"
_PREVIEW = (Moment.PREVIEW,)

_PROTECTED = {
    "apigw-stage-waf": (t.REST_STAGE, "global"),
    "cognito-waf": (t.USER_POOL, "global"),
    "amplify-waf": (t.AMPLIFY_APP, "regional"),
}
_SCOPES = {"global": "CLOUDFRONT", "regional": "REGIONAL"}


def _is_no_web_acl(resource: Resource) -> bool:
    return resource.type.startswith("aws:") and resource.type != t.WEB_ACL


def _association(rule: str) -> list[Any]:
    protected, wrong = _PROTECTED[rule]
    where = points_at("resourceArn", protected)
    more: dict[str, Any] = {"where": where, "on": source_of("resourceArn", protected)}
    wrong_acl = {"of the wrong scope": to(OTHER_ACL.format(wrong)), "no web ACL": to(TOPIC)}
    return [
        *gone(rule, t.ASSOCIATION, **more),
        *rows(rule, t.ASSOCIATION, "resourceArn", value(["", "no ARN"]), **more),
        *rows(rule, t.ASSOCIATION, "webAclArn", {"not set": removed, "empty": to(""), **wrong_acl}, **more),
        *elsewhere(rule, t.ASSOCIATION, "webAclArn", other=is_at("scope", _SCOPES[wrong]), **more),
        *structural(
            Structure.FOREIGN,
            rule,
            t.ASSOCIATION,
            "webAclArn",
            other=_is_no_web_acl,
            moments=_PREVIEW,
            reason=_VALUE,
            **more,
        ),
    ]


LOGS = (
    *gone("waf-acl-logging", t.ACL_LOGGING, on=source_of("resourceArn", t.WEB_ACL)),
    *rows(
        "waf-acl-logging",
        t.ACL_LOGGING,
        "logDestinationConfigs",
        {"none": removed, "empty": to([])},
        on=source_of("resourceArn", t.WEB_ACL),
    ),
    *rows(
        "waf-acl-logging", t.ACL_LOGGING, "resourceArn", value([""]), on=source_of("resourceArn", t.WEB_ACL)
    ),
    *elsewhere("waf-acl-logging", t.ACL_LOGGING, "resourceArn", on=source_of("resourceArn", t.WEB_ACL)),
    *rows(
        "waf-acl-logging",
        t.ACL_LOGGING,
        "resourceArn",
        {"another web ACL": to(OTHER_ACL.format("regional"))},
        on=source_of("resourceArn", t.WEB_ACL),
        preview=Outcome.UNDECIDED,
        reason=_OWN_ARN,
    ),
    *rows(
        _PREFIX,
        t.ACL_LOGGING,
        "logDestinationConfigs.0",
        {
            "another group": to("arn:aws:logs:us-east-1:123456789012:log-group:waf"),
            "another bucket": to("arn:aws:s3:::logs-aws-waf-logs-"),
            "no ARN": to("aws-waf-logs-api"),
            "empty": to(""),
        },
    ),
    *(
        row
        for type_, path in ((t.LOG_GROUP, "name"), (t.STREAM, "name"), (t.BUCKET, "bucket"))
        for row in rows(
            _PREFIX,
            type_,
            path,
            {"of another name": to("logs-of-the-firewall")},
            where=lambda one: (
                str(one.read("name")).startswith("aws-waf-logs-")
                or str(one.read("bucket")).startswith("aws-waf-logs-")
            ),
            on=users_of("logDestinationConfigs", t.ACL_LOGGING),
            moments=_PREVIEW,
            reason="known, the ARN itself holds the name",
        )
    ),
)

ROWS = (
    *_association("apigw-stage-waf"),
    *elsewhere(
        "apigw-stage-waf",
        t.ASSOCIATION,
        "resourceArn",
        where=points_at("resourceArn", t.REST_STAGE),
        on=source_of("resourceArn", t.REST_STAGE),
    ),
    *_association("cognito-waf"),
    *_association("amplify-waf"),
    *rows(
        "apigw-stage-waf",
        t.ASSOCIATION,
        "resourceArn",
        {"another stage": to(OTHER_STAGE)},
        where=points_at("resourceArn", t.REST_STAGE),
        on=source_of("resourceArn", t.REST_STAGE),
    ),
    *rows(
        "cognito-waf",
        t.ASSOCIATION,
        "resourceArn",
        {"another pool": to("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_other")},
        where=points_at("resourceArn", t.USER_POOL),
        on=source_of("resourceArn", t.USER_POOL),
        preview=Outcome.UNDECIDED,
        reason=_OWN_ARN,
    ),
    *rows(
        "amplify-waf",
        t.ASSOCIATION,
        "resourceArn",
        {"another app": to("arn:aws:amplify:us-east-1:123456789012:apps/other")},
        where=points_at("resourceArn", t.AMPLIFY_APP),
        on=source_of("resourceArn", t.AMPLIFY_APP),
        preview=Outcome.UNDECIDED,
        reason=_OWN_ARN,
    ),
    *rows(
        "apigw-stage-waf",
        t.WEB_ACL,
        "scope",
        {"of the wrong scope": to("CLOUDFRONT")},
        where=is_at("scope", "REGIONAL"),
        on=through(users_of("webAclArn", t.ASSOCIATION), source_of("resourceArn", t.REST_STAGE)),
        also=(
            also(
                "cognito-waf",
                through(users_of("webAclArn", t.ASSOCIATION), source_of("resourceArn", t.USER_POOL)),
            ),
        ),
        moments=_PREVIEW,
        reason="known, the ARN itself holds the scope",
    ),
    *rows(
        "cloudfront-waf",
        t.WEB_ACL,
        "scope",
        {"of the wrong scope": to("REGIONAL")},
        where=is_at("scope", "CLOUDFRONT"),
        on=users_of("webAclId", t.DISTRIBUTION),
        also=(
            also(
                "amplify-waf",
                through(users_of("webAclArn", t.ASSOCIATION), source_of("resourceArn", t.AMPLIFY_APP)),
            ),
        ),
        moments=_PREVIEW,
        reason="known, the ARN itself holds the scope",
    ),
    *rows(
        "apigw-stage-waf",
        t.REST_API,
        "endpointConfiguration.types",
        {"public": to("REGIONAL"), "not set": removed},
        where=is_at("endpointConfiguration.types", "PRIVATE"),
        on=users_of("restApi", t.REST_STAGE),
    ),
    *rows(
        "cloudfront-waf",
        t.DISTRIBUTION,
        "webAclId",
        {
            **value([""]),
            "of the wrong scope": to(OTHER_ACL.format("regional")),
            "no web ACL": to(TOPIC),
            "of AWS WAF Classic": to("11111111-2222-3333-4444-555555555555"),
        },
    ),
    *structural(
        Structure.FOREIGN,
        "cloudfront-waf",
        t.DISTRIBUTION,
        "webAclId",
        other=_is_no_web_acl,
        moments=_PREVIEW,
        reason=_VALUE,
    ),
    *elsewhere("cloudfront-waf", t.DISTRIBUTION, "webAclId", other=is_at("scope", "REGIONAL")),
    *LOGS,
)
