"""Exposure: nothing of the platform is open to everybody, by a policy, by a setting or in clear."""

import re

from policy.documents import (
    CALLERS,
    DocumentError,
    Statement,
    is_narrow_arn,
    judge_allowed,
    limits,
    matches,
    names_everybody,
    statements,
)
from policy.graph import UNKNOWN, Link, Resource, every_link, is_set
from policy.predicates import any_link, at_least_one, equals, fault_if, is_, negated, not_equals
from policy.rule import Context, Level, Rule, Severity, Verdict
from policy.rules.keys import BUCKETS

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
BUCKET_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
RESOURCE_POLICIES = {
    BUCKET_POLICY: "policy",
    **dict.fromkeys(BUCKETS, "policy"),
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:kms/key:Key": "policy",
    "aws:kms/keyPolicy:KeyPolicy": "policy",
    "aws:kms/replicaKey:ReplicaKey": "policy",
    "aws:kms/externalKey:ExternalKey": "policy",
    "aws:kms/replicaExternalKey:ReplicaExternalKey": "policy",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
}
PUBLIC_ACCESS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
# What AWS Config invokes for is no resource: https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_lambda-functions.html
NO_SOURCE_ARN = ("config.amazonaws.com",)

_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com)")
_EVERYTHING = ("*", "s3:*")


def not_public(resource: Resource, _context: Context) -> Verdict:
    """No statement lets every caller in without a condition that says which."""
    return judge_allowed(resource.read(RESOURCE_POLICIES[resource.type]), _lets_everybody_in)


def _lets_everybody_in(statement: Statement) -> Verdict:
    unlimited = every_link(names_everybody(statement), negated(limits(statement, CALLERS)))
    return fault_if(unlimited, "lets everybody in")


def public_access_blocked(bucket: Resource, context: Context) -> Verdict:
    """All four blocks of public access are on, for the bucket or for the account."""
    graph = context.graph
    answers = [
        every_link(
            graph.links(block, "bucket", bucket, names=("bucket",), instead=BUCKETS), _blocks_all(block)
        )
        for block in graph.of(BUCKET_BLOCK)
    ]
    answers += [_blocks_all(block) for block in graph.of(ACCOUNT_BLOCK)]
    return at_least_one(answers, "does not block all public access")


def _blocks_all(block: Resource) -> Link:
    return every_link(*(is_(name, wanted=True)(block) for name in PUBLIC_ACCESS))


def tls_only(bucket: Resource, context: Context) -> Verdict:
    """The bucket's policy denies every request that comes without TLS."""
    graph = context.graph
    answers = [
        every_link(
            graph.links(policy, "bucket", bucket, names=("bucket",), instead=BUCKETS),
            _denies_clear(policy.read("policy")),
        )
        for policy in graph.of(BUCKET_POLICY)
    ]
    answers.append(_denies_clear(bucket.read("policy")))
    return at_least_one(answers, "accepts requests without TLS")


def _denies_clear(document: object) -> Link:
    try:
        found = statements(document)
    except DocumentError:
        return False
    if found is UNKNOWN:
        return UNKNOWN
    return any_link(UNKNOWN if one is UNKNOWN else _denies_all_in_clear(one) for one in found)


def _denies_all_in_clear(statement: Statement) -> Link:
    # A further condition would let some requests through, and a policy names no bucket but its own.
    conditions = [
        UNKNOWN
        if one.key is UNKNOWN
        else every_link(
            one.key == "aws:securetransport" and one.operator in ("bool", "boolifexists"),
            matches(one.values, lambda value: value.lower() == "false"),
        )
        for one in statement.conditions
    ]
    return every_link(
        statement.has_effect("Deny"),
        any_link(UNKNOWN if one.value is UNKNOWN else one.value == "*" for one in statement.principals),
        matches(statement.actions, lambda action: action in _EVERYTHING),
        matches(statement.resources, lambda arn: "/" not in arn),
        matches(statement.resources, lambda arn: arn.endswith("*")),
        bool(conditions),
        *conditions,
    )


def permission_scoped(permission: Resource, _context: Context) -> Verdict:
    """A function is called by a named caller; of a service, for a named resource of ours."""
    principal = permission.read("principal")
    if principal is UNKNOWN:
        return UNKNOWN
    if not isinstance(principal, str):
        return None
    if "*" in principal:
        in_one_organisation = is_set(permission.read("principalOrgId"))
        return None if in_one_organisation else "lets everybody call the function"
    if _SERVICE.fullmatch(principal) is None:
        return None
    return _service_scoped(permission, principal)


def _service_scoped(permission: Resource, service: str) -> Verdict:
    arn = permission.read("sourceArn")
    account = is_set(permission.read("sourceAccount"))
    if is_set(permission.read("eventSourceToken")) or (service in NO_SOURCE_ARN and account):
        return None
    if not is_set(arn):
        whose = "any resource of the account" if account else "any account"
        return f"lets a service call the function for {whose}"
    if isinstance(arn, str) and not is_narrow_arn(arn):
        return "lets a service call the function for a source that is not narrowed to an account"
    if service.startswith("s3.") and not account:
        return "lets whoever owns the bucket's name call the function"
    return None


RULES = (
    Rule(
        id="no-public-resource-policy",
        title="No resource policy lets everybody in.",
        types=tuple(RESOURCE_POLICIES),
        judge=not_public,
        fix="name principals in policy, or add a condition on aws:SourceArn, aws:SourceAccount or the like",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        frameworks=(
            "FSBP S3.2",
            "FSBP SQS.3",
            "FSBP SNS.4",
            "FSBP KMS.5",
            "CKV_AWS_70",
            "CKV_AWS_168",
            "CKV_AWS_169",
            "CKV_AWS_33",
        ),
    ),
    Rule(
        id="s3-public-access-block",
        title="A bucket blocks all public access.",
        types=BUCKETS,
        related=(BUCKET_BLOCK, ACCOUNT_BLOCK),
        judge=public_access_blocked,
        fix="add an s3.BucketPublicAccessBlock of the bucket with block_public_acls, block_public_policy, "
        "ignore_public_acls and restrict_public_buckets all True",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        frameworks=("CIS AWS 5.0 2.1.4", "FSBP S3.8", "CKV2_AWS_6", "AwsSolutions-S2", "AWS-0094"),
    ),
    Rule(
        id="s3-tls-only",
        title="A bucket refuses requests without TLS.",
        types=BUCKETS,
        related=(BUCKET_POLICY,),
        judge=tls_only,
        fix="add an s3.BucketPolicy that denies everybody s3:* on the bucket and its objects (bucket_arn/*) "
        "where aws:SecureTransport is false",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
        frameworks=("CIS AWS 5.0 2.1.1", "FSBP S3.5", "CKV_AWS_379", "AwsSolutions-S10"),
    ),
    Rule(
        id="sns-no-http-subscription",
        title="A topic delivers nothing in clear.",
        types=("aws:sns/topicSubscription:TopicSubscription",),
        judge=not_equals("protocol", refused="http", fault="delivers in clear"),
        fix="set protocol of the sns.TopicSubscription to https, and an endpoint of https://",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        source="https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
        frameworks=("sns_subscription_not_using_http_endpoints",),
    ),
    Rule(
        id="lambda-permission-scoped",
        title="A function is called by named callers only, by services for named resources.",
        types=("aws:lambda/permission:Permission",),
        judge=permission_scoped,
        fix="set source_arn to what the service calls for (and source_account for a bucket), and principal "
        "to a service, an account or a role",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html",
        frameworks=("FSBP Lambda.1", "CKV_AWS_301", "CKV_AWS_364", "AWS-0067"),
    ),
    Rule(
        id="lambda-url-auth",
        title="A function's URL asks who calls.",
        types=("aws:lambda/functionUrl:FunctionUrl",),
        judge=equals("authorizationType", wanted="AWS_IAM", fault="lets everybody call the function"),
        fix="set authorization_type to AWS_IAM",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
        frameworks=("CKV_AWS_258", "LambdaFunctionUrlAuth"),
    ),
    Rule(
        id="cognito-no-guests",
        title="An identity pool has no guests.",
        types=("aws:cognito/identityPool:IdentityPool",),
        judge=not_equals("allowUnauthenticatedIdentities", refused=True, fault="gives credentials to guests"),
        fix="set allow_unauthenticated_identities to False",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/cognito/latest/developerguide/identity-pools.html",
        frameworks=("FSBP Cognito.2", "CKV_AWS_366", "AwsSolutions-COG7"),
    ),
)
