"""The roles of delivery may do what the program needs, and nothing that lets them out of their bounds."""

from __future__ import annotations

import importlib.resources
import itertools
import json
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from runbook.bootstrap.actions import AREAS, ROLE_TYPES
from runbook.bootstrap.boundary import boundary
from runbook.bootstrap.identities import POLICY_LIMIT
from runbook.bootstrap.names import Names
from runbook.bootstrap.permissions import deploy_policies, preview_policies
from tests.runbook.iam_evaluator import allows
from tests.support.program import Deployed, deploy_program

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT, REGION = "123456789012", "us-east-1"
NAMES = Names(
    stack="staging", account=ACCOUNT, region=REGION, prefix="omnitrack-staging", tables=("old-table",)
)
LONGEST = Names(
    stack="production",
    account=ACCOUNT,
    region="ap-southeast-1",
    prefix="omnitrack-" + "x" * 27,
    tables=("y" * 255,),
)
ABROAD = replace(NAMES, region="eu-central-1")  # elsewhere than CloudFront
KEY = NAMES.arn("kms", "key/11111111-2222-3333-4444-555555555555")
OTHER_KEY = NAMES.arn("kms", "key/99999999-2222-3333-4444-555555555555")
ROLE = "arn:aws:iam::123456789012:role/omnitrack-staging-twin-abc"
BOUND = {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/omnitrack-staging-boundary"}
DEPLOY, PREVIEW = deploy_policies(NAMES, KEY).values(), preview_policies(NAMES, KEY).values()
# AWS takes a guardrail's other resources as optional: without one of them, there is none to name.
OPTIONAL_RESOURCES = {"bedrock:CreateGuardrail"}


@cache
def known_actions() -> dict[str, Any]:
    """AWS's list of actions, as the CloudFormation linter ships it."""
    folder = importlib.resources.files("cfnlint.data.AdditionalSpecs")
    listed: dict[str, Any] = json.loads((folder / "Policies.json").read_text())
    return listed


@cache
def program(stack: str, region: str = REGION) -> Deployed:
    return deploy_program(stack, {"aws:region": region})


def documents(names: Names) -> dict[str, Any]:
    policies = deploy_policies(names, KEY) | preview_policies(names, KEY)
    return policies | {names.boundary: boundary(names, KEY)}


def statements(names: Names = NAMES) -> Iterator[tuple[str, Any]]:
    for name, document in documents(names).items():
        for statement in document["Statement"]:
            yield name, statement


@pytest.mark.parametrize("names", [NAMES, LONGEST, ABROAD], ids=["usual names", "longest names", "abroad"])
def test_every_policy_fits_into_iam(names: Names) -> None:
    lengths = {name: len(json.dumps(text, separators=(",", ":"))) for name, text in documents(names).items()}
    assert all(length <= POLICY_LIMIT for length in lengths.values()), lengths
    assert all(len(name) <= 128 for name in lengths)
    assert len(deploy_policies(names, KEY)) <= 10  # that many may be attached to a role
    assert len(preview_policies(names, KEY)) <= 10


def test_every_action_is_known_and_stands_where_aws_knows_its_resource() -> None:
    for name, statement in statements():
        for action in statement.get("Action", statement.get("NotAction")):
            service, _, word = action.partition(":")
            if word == "*" or (isinstance(statement.get("Action"), str)):
                continue
            known = known_actions()[service]["Actions"].get(word.lower())
            assert known is not None, f"{name}: AWS knows no {action}"
            is_placed = statement["Resource"] not in ("*", ["*"])
            if action not in OPTIONAL_RESOURCES and name != NAMES.boundary:
                assert is_placed == bool(known.get("Resources")), f"{name}: {action}"


def test_nothing_is_allowed_by_a_pattern_of_actions() -> None:
    for name, statement in statements():
        if statement["Effect"] == "Allow":
            assert not [action for action in statement["Action"] if "*" in action], name


@pytest.mark.parametrize("region", [REGION, ABROAD.region])
def test_every_type_of_the_program_has_its_actions(region: str) -> None:
    rows = {f"aws:{kind}" for areas in AREAS.values() for area in areas for kind in area.types}
    rows |= {f"aws:{kind}" for kind in ROLE_TYPES}
    made = {each.type for each in program("production", region).resources if not each.is_component}
    assert made <= rows


def test_no_area_is_named_twice() -> None:
    names = [area.name for areas in AREAS.values() for area in areas]
    assert len(names) == len(set(names))


MADE_UP = re.compile(r".*:made-up:[^:]+:[^:]+:(?P<kind>\w+)/(?P<name>.+)")


def place(arn: str, names: Names) -> str:
    """An ARN that a grant covers; the recorder's own stand for what AWS names."""
    match = MADE_UP.fullmatch(arn)
    if match is None:
        # The recorder's APIs are in one region.
        here = arn.replace(REGION, names.region) if arn.startswith("arn:aws:execute-api:") else arn
        return here.replace("*", "x")
    return {
        "Key": names.arn("kms", "key/99999999-2222-3333-4444-555555555555"),
        "Secret": names.arn("secretsmanager", f"secret:{match['name']}-abcdef"),
        "Table": names.arn("dynamodb", f"table/{match['name']}"),
        "Alias": names.arn("lambda", f"function:{names.prefix}-twin:{match['name']}"),
    }[match["kind"]]


@pytest.mark.parametrize(
    ("stack", "region"), [("staging", REGION), ("production", REGION), ("staging", ABROAD.region)]
)
def test_the_boundary_admits_every_grant_of_the_program(stack: str, region: str) -> None:
    names = Names(stack=stack, account=ACCOUNT, region=region, prefix=f"omnitrack-{stack}")
    bound = [boundary(names, KEY)]
    refused = []
    for policy in program(stack, region).all("aws:iam/rolePolicy:RolePolicy"):
        for statement in policy.policy():
            conditions = statement.get("Condition", {})
            context = conditions.get("StringEquals", {}) | conditions.get("Bool", {})
            for action, arn in itertools.product(statement["Action"], statement["Resource"]):
                if not allows(bound, action, place(arn, names), context):
                    refused.append(f"{policy.name}: {action} on {arn}")
    assert not refused


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("iam:CreateRole", ROLE),
        ("iam:PutRolePolicy", ROLE),
        ("iam:PassRole", ROLE),
        ("sts:AssumeRole", ROLE),
        ("kms:PutKeyPolicy", OTHER_KEY),
        ("kms:Decrypt", KEY),
        ("s3:GetObject", f"{NAMES.bucket_arn}/.pulumi/stacks/omnitrack/staging.json"),
        ("s3:PutObject", f"{NAMES.bucket_arn}/.pulumi/stacks/omnitrack/staging.json"),
        ("dynamodb:Scan", "arn:aws:dynamodb:us-east-1:123456789012:table/omnitrack-staging-main"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/omnitrack-production-main"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:210987654321:table/omnitrack-staging-main"),
        (
            "lambda:UpdateFunctionCode",
            "arn:aws:lambda:us-east-1:123456789012:function:omnitrack-staging-twin",
        ),
    ],
)
def test_no_role_of_the_program_can_ever_do_more(action: str, arn: str) -> None:
    via = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    assert not allows([boundary(NAMES, KEY)], action, arn, via)


def test_a_key_is_used_through_its_service_only() -> None:
    bound = [boundary(NAMES, KEY)]
    assert allows(bound, "kms:Decrypt", OTHER_KEY, {"kms:ViaService": "sqs.us-east-1.amazonaws.com"})
    assert not allows(bound, "kms:Decrypt", OTHER_KEY)
    assert not allows(bound, "kms:Decrypt", OTHER_KEY, {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"})


@pytest.mark.parametrize("action", ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])
def test_a_deployment_makes_roles_with_the_boundary_only(action: str) -> None:
    other = {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/omnitrack-production-boundary"}
    assert allows(DEPLOY, action, ROLE, BOUND)
    assert not allows(DEPLOY, action, ROLE)
    assert not allows(DEPLOY, action, ROLE, other)
    assert not allows(DEPLOY, action, "arn:aws:iam::123456789012:role/admin", BOUND)
    assert not allows(DEPLOY, action, "arn:aws:iam::123456789012:role/omnitrack-production-twin", BOUND)


def test_a_deployment_gives_roles_to_the_services_of_the_program_only() -> None:
    assert allows(DEPLOY, "iam:PassRole", ROLE, {"iam:PassedToService": "lambda.amazonaws.com"})
    assert not allows(DEPLOY, "iam:PassRole", ROLE, {"iam:PassedToService": "ec2.amazonaws.com"})
    assert not allows(DEPLOY, "iam:PassRole", "arn:aws:iam::123456789012:role/admin")


OWN = ["role/omnitrack-staging-deploy", "role/omnitrack-staging-preview"]
ROLE_ATTACKS = [
    "iam:UpdateAssumeRolePolicy",
    "iam:PutRolePolicy",
    "iam:DeleteRole",
    "iam:PassRole",
    "iam:TagRole",
]


@pytest.mark.parametrize(("action", "name"), list(itertools.product(ROLE_ATTACKS, OWN)))
def test_a_deployment_leaves_the_roles_of_delivery_alone(action: str, name: str) -> None:
    assert allows(DEPLOY, action, ROLE, BOUND)
    assert not allows(DEPLOY, action, NAMES.iam(name), BOUND)


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("iam:DeleteRolePermissionsBoundary", ROLE),
        ("iam:AttachRolePolicy", ROLE),
        ("iam:CreatePolicyVersion", NAMES.iam("policy/omnitrack-staging-boundary")),
        ("iam:SetDefaultPolicyVersion", NAMES.iam("policy/omnitrack-staging-deploy-roles")),
        ("iam:DeletePolicy", NAMES.iam("policy/omnitrack-staging-boundary")),
        ("iam:CreateUser", NAMES.iam("user/omnitrack-staging-x")),
        ("iam:DeleteOpenIDConnectProvider", NAMES.issuer_arn),
        ("iam:AddClientIDToOpenIDConnectProvider", NAMES.issuer_arn),
        ("sts:AssumeRole", NAMES.iam("role/admin")),
        ("s3:DeleteBucket", NAMES.bucket_arn),
        ("s3:PutBucketPolicy", NAMES.bucket_arn),
        ("s3:PutBucketVersioning", NAMES.bucket_arn),
        ("s3:PutLifecycleConfiguration", NAMES.bucket_arn),
        ("s3:DeleteObjectVersion", f"{NAMES.bucket_arn}/.pulumi/stacks/omnitrack/staging.json"),
        ("s3:PutObject", f"{NAMES.bucket_arn}/elsewhere"),
        ("kms:PutKeyPolicy", KEY),
        ("kms:ScheduleKeyDeletion", KEY),
        ("kms:CreateGrant", KEY),
        ("kms:UpdateAlias", NAMES.arn("kms", NAMES.alias)),
        ("kms:Decrypt", OTHER_KEY),
        ("dynamodb:GetItem", NAMES.arn("dynamodb", "table/omnitrack-staging-main")),
        ("sqs:ReceiveMessage", NAMES.arn("sqs", "omnitrack-staging-ingest")),
        ("logs:GetLogEvents", NAMES.arn("logs", "log-group:/aws/lambda/omnitrack-staging-twin:*")),
        ("lambda:CreateFunction", NAMES.arn("lambda", "function:somebody-elses")),
        ("apigateway:GET", "arn:aws:apigateway:us-east-1::/apikeys/abc"),
    ],
)
def test_a_deployment_cannot_do_what_it_does_not_need(action: str, arn: str) -> None:
    assert not allows(DEPLOY, action, arn, BOUND)


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("dynamodb:CreateTable", NAMES.arn("dynamodb", "table/omnitrack-staging-main")),
        ("dynamodb:UpdateTable", NAMES.arn("dynamodb", "table/old-table")),
        ("lambda:UpdateFunctionCode", NAMES.arn("lambda", "function:omnitrack-staging-twin")),
        ("logs:CreateLogGroup", NAMES.arn("logs", "log-group:aws-waf-logs-omnitrack-staging-api")),
        ("kms:PutKeyPolicy", OTHER_KEY),
        ("iot:CreateTopicRule", NAMES.arn("iot", "rule/omnitrack_staging_readings")),
        ("wafv2:CreateWebACL", NAMES.arn("wafv2", "regional/webacl/omnitrack-staging-api-1a/2b")),
        ("s3:PutObject", f"{NAMES.bucket_arn}/.pulumi/locks/organization/omnitrack/staging/1.json"),
        ("s3:DeleteObject", f"{NAMES.bucket_arn}/.pulumi/locks/organization/omnitrack/staging/1.json"),
        ("s3:ListBucket", NAMES.bucket_arn),
        ("kms:Encrypt", KEY),
        ("kms:Decrypt", KEY),
    ],
)
def test_a_deployment_does_its_work(action: str, arn: str) -> None:
    assert allows(DEPLOY, action, arn)


CHANGES = [
    f"{area.service}:{action}"
    for areas in AREAS.values()
    for area in areas
    for action in (*area.changes, *area.everywhere_changes, *area.unprotected_changes)
]
LOOKS = ("kms:Decrypt", "kms:DescribeKey")


@pytest.mark.parametrize("action", sorted({*CHANGES, "iam:PutRolePolicy", "s3:PutObject"} - {*LOOKS}))
def test_a_preview_changes_nothing(action: str) -> None:
    allowed = {each for document in PREVIEW for part in document["Statement"] for each in part["Action"]}
    assert action not in allowed


@pytest.mark.parametrize(
    ("action", "arn", "answer"),
    [
        ("s3:GetObject", f"{NAMES.bucket_arn}/.pulumi/stacks/omnitrack/staging.json", True),
        ("kms:Decrypt", KEY, True),
        ("kms:Decrypt", OTHER_KEY, False),
        ("dynamodb:DescribeTable", NAMES.arn("dynamodb", "table/omnitrack-staging-main"), True),
        ("dynamodb:GetItem", NAMES.arn("dynamodb", "table/omnitrack-staging-main"), False),
        ("iam:GetRole", ROLE, True),
        ("iam:PassRole", ROLE, False),
        ("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/abc", True),
        ("apigateway:POST", "arn:aws:apigateway:us-east-1::/restapis/abc", False),
        ("sqs:GetQueueAttributes", NAMES.arn("sqs", "omnitrack-staging-ingest"), True),
        ("s3:GetObject", "arn:aws:s3:::omnitrack-staging-artifacts/x", False),
    ],
)
def test_a_preview_reads_the_state_and_descriptions_but_no_data(action: str, arn: str, answer: bool) -> None:  # noqa: FBT001
    assert allows(PREVIEW, action, arn) is answer
