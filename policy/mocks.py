"""What AWS would answer, made up: ARNs, ids and addresses in the forms that AWS gives them.

Rules take ARNs apart, so an answer of the wrong form would make them say the wrong thing. What is not listed
here has an ARN, an id and a name of the usual form; any other output stays unknown, as in a preview.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PARTITIONS: Final = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
)
GLOBAL_REGION: Final = "us-east-1"
"""Where web ACLs of CloudFront live."""

_ARN = "arn:{partition}:"
_HERE = "{region}:{account}:"
_GATEWAY = _ARN + "apigateway:{region}::/"
_INVOCATION = _ARN + "apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
_WAF = _ARN + "wafv2:{waf_region}:{account}:{waf_scope}/"
_BUCKET = {
    "id": "{name}",
    "arn": _ARN + "s3:::{name}",
    "bucketDomainName": "{name}.s3.amazonaws.com",
    "bucketRegionalDomainName": "{name}.s3.{region}.amazonaws.com",
}
_OUTPUTS: Final[Mapping[str, Mapping[str, str]]] = {
    "acm/certificate": {"arn": _ARN + "acm:" + _HERE + "certificate/{uuid}", "id": "{arn}"},
    "amplify/app": {
        "id": "d{thirteen}",
        "arn": _ARN + "amplify:" + _HERE + "apps/{id}",
        "defaultDomain": "{id}.amplifyapp.com",
    },
    "amplify/branch": {
        "arn": _ARN + "amplify:" + _HERE + "apps/{appId}/branches/{branchName}",
        "id": "{appId}/{branchName}",
    },
    "apigateway/deployment": {"id": "{short}"},
    "apigateway/domainName": {"id": "{domainName}", "arn": _GATEWAY + "domainnames/{domainName}"},
    "apigateway/restApi": {
        "id": "{short}",
        "arn": _GATEWAY + "restapis/{id}",
        "executionArn": _ARN + "execute-api:" + _HERE + "{id}",
        "rootResourceId": "{other}",
    },
    "apigateway/stage": {
        "id": "ags-{restApi}-{stageName}",
        "arn": _GATEWAY + "restapis/{restApi}/stages/{stageName}",
        "executionArn": _ARN + "execute-api:" + _HERE + "{restApi}/{stageName}",
        "invokeUrl": "https://{restApi}.execute-api.{region}.amazonaws.com/{stageName}",
    },
    "apigatewayv2/api": {
        "id": "{short}",
        "arn": _GATEWAY + "apis/{id}",
        "executionArn": _ARN + "execute-api:" + _HERE + "{id}",
        "apiEndpoint": "https://{id}.execute-api.{region}.amazonaws.com",
    },
    "apigatewayv2/stage": {
        "id": "{name}",
        "arn": _GATEWAY + "apis/{apiId}/stages/{name}",
        "executionArn": _ARN + "execute-api:" + _HERE + "{apiId}/{name}",
        "invokeUrl": "https://{apiId}.execute-api.{region}.amazonaws.com/{name}",
    },
    "backup/plan": {"id": "{uuid}", "arn": _ARN + "backup:" + _HERE + "backup-plan:{id}"},
    "backup/vault": {"id": "{name}", "arn": _ARN + "backup:" + _HERE + "backup-vault:{name}"},
    "cloudfront/distribution": {
        "id": "E{upper}",
        "arn": _ARN + "cloudfront::{account}:distribution/{id}",
        "domainName": "d{thirteen}.cloudfront.net",
        "hostedZoneId": "Z2FDTNDATAQYW2",
    },
    "cloudwatch/eventBus": {"id": "{name}", "arn": _ARN + "events:" + _HERE + "event-bus/{name}"},
    "cloudwatch/eventRule": {"id": "{name}", "arn": _ARN + "events:" + _HERE + "rule/{name}"},
    "cloudwatch/logGroup": {"id": "{name}", "arn": _ARN + "logs:" + _HERE + "log-group:{name}"},
    "cloudwatch/metricAlarm": {"id": "{name}", "arn": _ARN + "cloudwatch:" + _HERE + "alarm:{name}"},
    "cognito/identityPool": {
        "id": "{region}:{uuid}",
        "arn": _ARN + "cognito-identity:" + _HERE + "identitypool/{id}",
    },
    "cognito/userPool": {
        "id": "{region}_{nine}",
        "arn": _ARN + "cognito-idp:" + _HERE + "userpool/{id}",
        "endpoint": "cognito-idp.{region}.amazonaws.com/{id}",
    },
    "cognito/userPoolClient": {"id": "{long}"},
    "dynamodb/table": {
        "id": "{name}",
        "arn": _ARN + "dynamodb:" + _HERE + "table/{name}",
        "streamArn": "{arn}/stream/2026-01-01T00:00:00.000",
    },
    "iam/instanceProfile": {"id": "{name}", "arn": _ARN + "iam::{account}:instance-profile{path}{name}"},
    "iam/openIdConnectProvider": {"arn": _ARN + "iam::{account}:oidc-provider/{host}", "id": "{arn}"},
    "iam/policy": {"arn": _ARN + "iam::{account}:policy{path}{name}", "id": "{arn}"},
    "iam/role": {
        "id": "{name}",
        "arn": _ARN + "iam::{account}:role{path}{name}",
        "uniqueId": "AROA{seventeen}",
    },
    "iam/user": {
        "id": "{name}",
        "arn": _ARN + "iam::{account}:user{path}{name}",
        "uniqueId": "AIDA{seventeen}",
    },
    "iot/policy": {"id": "{name}", "arn": _ARN + "iot:" + _HERE + "policy/{name}", "defaultVersionId": "1"},
    "iot/thingType": {"id": "{name}", "arn": _ARN + "iot:" + _HERE + "thingtype/{name}"},
    "iot/topicRule": {"id": "{name}", "arn": _ARN + "iot:" + _HERE + "rule/{name}"},
    "kinesis/firehoseDeliveryStream": {
        "arn": _ARN + "firehose:" + _HERE + "deliverystream/{name}",
        "id": "{arn}",
    },
    "kinesis/stream": {"arn": _ARN + "kinesis:" + _HERE + "stream/{name}", "id": "{arn}"},
    "kms/alias": {"id": "{name}", "arn": _ARN + "kms:" + _HERE + "{name}"},
    **{
        f"kms/{kind}": {"id": "{uuid}", "keyId": "{uuid}", "arn": _ARN + "kms:" + _HERE + "key/{uuid}"}
        for kind in ("externalKey", "key", "replicaExternalKey", "replicaKey")
    },
    "lambda/alias": {
        "arn": _ARN + "lambda:" + _HERE + "function:{function}:{name}",
        "id": "{arn}",
        "invokeArn": _INVOCATION,
    },
    "lambda/eventSourceMapping": {
        "id": "{uuid}",
        "uuid": "{uuid}",
        "arn": _ARN + "lambda:" + _HERE + "event-source-mapping:{uuid}",
    },
    "lambda/function": {
        "id": "{name}",
        "arn": _ARN + "lambda:" + _HERE + "function:{name}",
        "invokeArn": _INVOCATION,
        "qualifiedArn": "{arn}:1",
        "version": "1",
    },
    "lambda/functionUrl": {"id": "{function}", "functionUrl": "https://{whole}.lambda-url.{region}.on.aws/"},
    "lambda/layerVersion": {
        "layerArn": _ARN + "lambda:" + _HERE + "layer:{name}",
        "arn": "{layerArn}:1",
        "id": "{arn}",
        "version": "1",
    },
    "s3/bucket": _BUCKET,
    "s3/bucketV2": _BUCKET,
    "scheduler/schedule": {
        "id": "default/{name}",
        "arn": _ARN + "scheduler:" + _HERE + "schedule/default/{name}",
    },
    "secretsmanager/secret": {"arn": _ARN + "secretsmanager:" + _HERE + "secret:{name}-{six}", "id": "{arn}"},
    "sfn/stateMachine": {"arn": _ARN + "states:" + _HERE + "stateMachine:{name}", "id": "{arn}"},
    "sns/topic": {"arn": _ARN + "sns:" + _HERE + "{name}", "id": "{arn}"},
    "sns/topicSubscription": {"arn": "{topic}:{uuid}", "id": "{arn}"},
    "sqs/queue": {
        "arn": _ARN + "sqs:" + _HERE + "{name}",
        "url": "https://sqs.{region}.amazonaws.com/{account}/{name}",
        "id": "{url}",
    },
    "ssm/parameter": {"id": "{name}", "arn": _ARN + "ssm:" + _HERE + "parameter/{unrooted}"},
    "wafv2/ipSet": {"id": "{uuid}", "arn": _WAF + "ipset/{name}/{uuid}"},
    "wafv2/regexPatternSet": {"id": "{uuid}", "arn": _WAF + "regexpatternset/{name}/{uuid}"},
    "wafv2/ruleGroup": {"id": "{uuid}", "arn": _WAF + "rulegroup/{name}/{uuid}"},
    "wafv2/webAcl": {"id": "{uuid}", "arn": _WAF + "webacl/{name}/{uuid}"},
    "xray/group": {"arn": _ARN + "xray:" + _HERE + "group/{groupName}/{upper}", "id": "{arn}"},
}
_USUAL = {"id": "{name}", "arn": _ARN + "{service}:" + _HERE + "{kind}/{name}"}
_NAMES: Final = ("name", "bucket", "layerName", "stageName", "domainName", "groupName")
"""The inputs that say what a resource is called outside."""
_PREFIXES: Final = ("namePrefix", "bucketPrefix")
"""The inputs that say with what its name begins, where none of those does."""


class _Parts(dict[str, str]):
    """What fills a template; an input that is not known yet leaves a made-up name in its place."""

    def __missing__(self, key: str) -> str:
        return f"{key.lower()}-{self['short']}"


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """An AWS account in a region, as far as answers name them."""

    account: str
    region: str

    @property
    def partition(self) -> str:
        """The partition of the region."""
        return next((name for prefix, name in PARTITIONS if self.region.startswith(prefix)), "aws")

    def answer(self, type_: str, urn: str, inputs: Mapping[str, object]) -> dict[str, str]:
        """The outputs of a resource, its `id` among them.

        Args:
            type_: its token, as in `aws:sqs/queue:Queue`.
            urn: what its ids are derived from, so that every run makes up the same.
            inputs: what the program says, under camelCase names.
        """
        package, _, rest = type_.partition(":")
        path = rest.partition(":")[0]
        parts = self._parts(urn, path, inputs)
        outputs = {}
        for output, template in (_OUTPUTS.get(path, _USUAL) if package == "aws" else _USUAL).items():
            parts[output] = outputs[output] = template.format_map(parts)
        return {"name": parts["name"], **outputs}

    def _parts(self, urn: str, path: str, inputs: Mapping[str, object]) -> _Parts:
        digest = hashlib.sha256(urn.encode()).hexdigest()
        texts = {key: value for key, value in inputs.items() if isinstance(value, str)}
        logical = urn.rpartition("::")[2]
        prefix = next((texts[key] for key in _PREFIXES if texts.get(key)), f"{logical}-")
        name = next((texts[key] for key in _NAMES if texts.get(key)), f"{prefix}{digest[:7]}")
        service, _, kind = path.partition("/")
        cloudfront = texts.get("scope") == "CLOUDFRONT"
        return _Parts(
            {
                "path": "/",
                **texts,
                "partition": self.partition,
                "region": self.region,
                "account": self.account,
                "service": service,
                "kind": kind or service,
                "name": name,
                "unrooted": name.removeprefix("/"),
                "host": texts.get("url", name).removeprefix("https://"),
                "function": texts.get("functionName", name).rpartition(":function:")[2],
                "waf_region": GLOBAL_REGION if cloudfront else self.region,
                "waf_scope": "global" if cloudfront else "regional",
                "uuid": str(uuid.UUID(digest[:32])),
                "six": digest[:6],
                "nine": digest[:9],
                "short": digest[:10],
                "other": digest[-10:],
                "thirteen": digest[:13],
                "upper": digest[:13].upper(),
                "seventeen": digest[:17].upper(),
                "long": digest[:26],
                "whole": digest[:32],
            }
        )
