"""Defects of what others may reach, and of how it travels."""

from typing import Any, cast

from policy.graph import ABSENT
from policy.rules.exposure import PUBLIC_ACCESS, RESOURCE_POLICIES
from tests.policy.mutations.defects import (
    SWITCH,
    Change,
    also,
    both,
    edited,
    gone,
    has,
    has_no,
    in_statements,
    is_at,
    put,
    removed,
    rows,
    source_of,
    to,
    value,
    with_statement,
)
from tests.policy.mutations.rows import tokens as t

_OF_BUCKET = source_of("bucket", *t.BUCKETS)
_PUBLIC = {
    "everybody": with_statement(Principal="*", Action="x:Get", Resource="*"),
    "everybody of AWS": with_statement(Principal={"AWS": ["*"]}, Action="x:Get", Resource="*"),
    "all but one": with_statement(NotPrincipal={"AWS": "123456789012"}, Action="x:Get", Resource="*"),
    "all but an account": with_statement(
        Principal="*",
        Action="x:Get",
        Resource="*",
        Condition={"StringNotEquals": {"aws:SourceAccount": "123456789012"}},
    ),
    "whoever does not say": with_statement(
        Principal="*",
        Action="x:Get",
        Resource="*",
        Condition={"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}},
    ),
    "any source": with_statement(
        Principal="*",
        Action="x:Get",
        Resource="*",
        Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}},
    ),
}
_PUBLIC_DOCUMENT = (
    '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}'
)
_NOT_OF_BUCKETS = [type_ for type_ in RESOURCE_POLICIES if type_ not in (t.BUCKET_POLICY, *t.BUCKETS)]
_IN_CLEAR = {
    "not where there is no TLS": in_statements(Condition=ABSENT),
    "not for all actions": in_statements(Action="s3:GetObject"),
    "not for the objects": in_statements(Resource="arn:aws:s3:::omnitrack"),
    "not for the bucket": in_statements(Resource="arn:aws:s3:::omnitrack/*"),
    "not for everybody": in_statements(Principal={"AWS": "123456789012"}),
    "with TLS": in_statements(Condition={"Bool": {"aws:SecureTransport": "true"}}),
    "under one more condition": in_statements(
        Condition={"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceAccount": "1"}}
    ),
    "no statement": edited(lambda document: {**document, "Statement": []}),
}
_DISTRIBUTION = t.DISTRIBUTION


def _as_viewers(name: str) -> Change:
    """An origin that is reached as viewers come, who come in clear."""

    def change(properties: dict[str, Any]) -> dict[str, Any]:
        new = put(properties, "origins.0.customOriginConfig.originProtocolPolicy", to("match-viewer"))
        place = f"{name}.0" if isinstance(properties[name], list) else name
        return cast("dict[str, Any]", put(new, f"{place}.viewerProtocolPolicy", to("allow-all")))

    return change


_IN_CLEAR_TO_VIEWERS = value(["allow-all", ""])

TRANSPORT = (
    *rows("cloudfront-https-only", _DISTRIBUTION, "defaultCacheBehavior", {"not set": removed}),
    *rows(
        "cloudfront-https-only",
        _DISTRIBUTION,
        "defaultCacheBehavior.viewerProtocolPolicy",
        _IN_CLEAR_TO_VIEWERS,
    ),
    *rows(
        "cloudfront-https-only",
        _DISTRIBUTION,
        "orderedCacheBehaviors.0.viewerProtocolPolicy",
        _IN_CLEAR_TO_VIEWERS,
    ),
    *rows(
        "cloudfront-tls12",
        _DISTRIBUTION,
        "viewerCertificate.minimumProtocolVersion",
        value(["TLSv1", "TLSv1.1_2016", "TLSv1.2_2019", "SSLv3", ""]),
    ),
    *rows(
        "cloudfront-origin-tls",
        _DISTRIBUTION,
        "origins.0.customOriginConfig.originProtocolPolicy",
        value(["http-only", ""]),
    ),
    *rows(
        "cloudfront-origin-tls",
        _DISTRIBUTION,
        "origins.0.customOriginConfig.originSslProtocols",
        {**value([["TLSv1"], ["TLSv1.2", "TLSv1.1"], []])},
    ),
    *(
        row
        for name in ("defaultCacheBehavior", "orderedCacheBehaviors")
        for row in rows(
            "cloudfront-origin-tls",
            _DISTRIBUTION,
            "",
            {f"as viewers of the {name}, in clear": _as_viewers(name)},
            also=(also("cloudfront-https-only"),),
        )
    ),
    *rows(
        "apigw-domain-tls12",
        t.aws("apigateway/domainName"),
        "securityPolicy",
        value(["TLS_1_0", "", "SecurityPolicy_TLS13_1_0_2021"]),
    ),
    *rows(
        "apigw-domain-tls12",
        t.aws("apigatewayv2/domainName"),
        "domainNameConfiguration.securityPolicy",
        value(["TLS_1_0", ""]),
    ),
    *rows(
        "apigw-domain-tls12",
        t.aws("iot/domainConfiguration"),
        "tlsConfig.securityPolicy",
        {"old": to("IotSecurityPolicy_TLS12_1_0_2016_01"), "no policy": to("TLS")},
    ),
)

ROWS = (
    *(
        row
        for type_, path in RESOURCE_POLICIES.items()
        if type_ != t.BUCKET_V2
        for row in rows("no-public-resource-policy", type_, path, _PUBLIC)
    ),
    *(
        row
        for type_ in _NOT_OF_BUCKETS
        for row in rows(
            "no-public-resource-policy",
            type_,
            RESOURCE_POLICIES[type_],
            {"no JSON": to("{"), "a list": to("[]")},
        )
    ),
    *rows(
        "no-public-resource-policy",
        t.BUCKETS,
        "policy",
        {"everybody": to(_PUBLIC_DOCUMENT)},
        where=has_no("policy"),
    ),
    *gone("s3-public-access-block", t.BUCKET_BLOCK, on=_OF_BUCKET),
    *(
        row
        for name in PUBLIC_ACCESS
        for row in rows("s3-public-access-block", t.BUCKET_BLOCK, name, SWITCH, on=_OF_BUCKET)
    ),
    *rows("s3-public-access-block", t.BUCKET_BLOCK, "bucket", value(["", "another"]), on=_OF_BUCKET),
    *gone("s3-tls-only", t.BUCKET_POLICY, on=_OF_BUCKET),
    *rows("s3-tls-only", t.BUCKET_POLICY, "policy", _IN_CLEAR, on=_OF_BUCKET),
    *rows("s3-tls-only", t.BUCKET_POLICY, "bucket", value(["", "another"]), on=_OF_BUCKET),
    *rows("s3-tls-only", t.BUCKET, "policy", {"not set": removed, **_IN_CLEAR}),
    *rows("sns-no-http-subscription", t.SUBSCRIPTION, "protocol", {"in clear": to("http")}),
    *rows(
        "lambda-permission-scoped",
        t.PERMISSION,
        "sourceArn",
        {
            **value([""]),
            "anything": to("*"),
            "of any account": to("arn:aws:execute-api:us-east-1:*:made-up/*"),
            "any": to("arn:aws:*:*:*:*"),
        },
        where=both(has("sourceArn"), has_no("sourceAccount")),
    ),
    *rows("lambda-permission-scoped", t.PERMISSION, "sourceArn", value([""]), where=has("sourceAccount")),
    *rows("lambda-permission-scoped", t.PERMISSION, "sourceAccount", value([""])),
    *rows("lambda-permission-scoped", t.PERMISSION, "principal", {"everybody": to("*")}),
    *rows("lambda-url-auth", t.aws("lambda/functionUrl"), "authorizationType", value(["NONE", ""])),
    *rows(
        "cognito-no-guests",
        t.aws("cognito/identityPool"),
        "allowUnauthenticatedIdentities",
        {"guests": to(True)},
        where=is_at("allowUnauthenticatedIdentities", False),
    ),
    *TRANSPORT,
)
