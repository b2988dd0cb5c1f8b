"""The roles of delivery reach keys, backups and services' own roles only as far as the stack needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook.bootstrap.key import tags
from runbook.bootstrap.names import Names
from runbook.bootstrap.permissions import LINKED, deploy_policies, preview_policies
from tests.runbook.iam_evaluator import allows

NAMES = Names(stack="staging", account="123456789012", region="us-east-1", prefix="omnitrack-staging")
KEY = NAMES.arn("kms", "key/11111111-2222-3333-4444-555555555555")
OTHER_KEY = NAMES.arn("kms", "key/99999999-2222-3333-4444-555555555555")
DEPLOY, PREVIEW = deploy_policies(NAMES, KEY).values(), preview_policies(NAMES, KEY).values()


def test_backups_are_deleted_only_where_the_stack_does_not_protect_its_data() -> None:
    backup = NAMES.arn("backup", "recovery-point:1")
    assert not allows(DEPLOY, "backup:DeleteRecoveryPoint", backup)
    unprotected = deploy_policies(replace(NAMES, is_protected=False), KEY).values()
    assert allows(unprotected, "backup:DeleteRecoveryPoint", backup)


FUNCTION = "kms:EncryptionContext:aws:lambda:FunctionArn"


@pytest.mark.parametrize(
    ("service", "function", "answer"),
    [
        ("lambda", "omnitrack-staging-twin", True),
        ("lambda", "omnitrack-production-twin", False),
        ("s3", "omnitrack-staging-twin", False),
        ("lambda", None, False),
    ],
)
def test_a_preview_decrypts_the_variables_of_the_stacks_functions_through_lambda(
    service: str, function: str | None, *, answer: bool
) -> None:
    context = {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}
    if function:
        context[FUNCTION] = NAMES.arn("lambda", f"function:{function}")
    assert allows(PREVIEW, "kms:Decrypt", OTHER_KEY, context) is answer


SECRET = "kms:EncryptionContext:SecretARN"


@pytest.mark.parametrize(
    ("service", "secret", "answer"),
    [
        ("secretsmanager", "omnitrack-staging-edge-1a2b3c", True),
        ("secretsmanager", "omnitrack-production-edge-1a2b3c", False),
        ("s3", "omnitrack-staging-edge-1a2b3c", False),
        ("secretsmanager", None, False),
    ],
)
def test_a_preview_compares_the_values_of_the_stacks_secrets(
    service: str, secret: str | None, *, answer: bool
) -> None:
    context = {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}
    if secret:
        context[SECRET] = NAMES.arn("secretsmanager", f"secret:{secret}")
    assert allows(PREVIEW, "kms:Decrypt", OTHER_KEY, context) is answer
    if secret:
        own = "omnitrack-staging" in secret
        assert allows(PREVIEW, "secretsmanager:GetSecretValue", context[SECRET]) is own


ABROAD = replace(NAMES, region="eu-central-1")
EDGE_KEY = NAMES.arn("kms", "key/77777777-2222-3333-4444-555555555555")
ALIAS = NAMES.arn("kms", "alias/omnitrack-staging-edge-logs")


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("kms:PutKeyPolicy", EDGE_KEY),
        ("kms:ScheduleKeyDeletion", EDGE_KEY),
        ("kms:CreateAlias", EDGE_KEY),
        ("kms:CreateAlias", ALIAS),
    ],
)
def test_a_deployment_elsewhere_has_the_key_that_lies_beside_cloudfront(action: str, arn: str) -> None:
    deploy = deploy_policies(ABROAD, KEY).values()
    assert allows(deploy, action, arn)
    assert allows(deploy, action, arn.replace("us-east-1", "eu-central-1"))
    assert not allows(deploy, action, arn.replace("us-east-1", "eu-west-1"))
    assert allows(preview_policies(ABROAD, KEY).values(), "kms:DescribeKey", EDGE_KEY)


@pytest.mark.parametrize(
    ("region", "answer"), [("us-east-1", True), ("eu-central-1", True), ("eu-west-1", False)]
)
def test_a_deployment_elsewhere_uses_a_key_through_the_services_of_its_regions(
    region: str, *, answer: bool
) -> None:
    key = EDGE_KEY.replace("us-east-1", region)
    via = {"kms:ViaService": f"logs.{region}.amazonaws.com"}
    deploy = deploy_policies(ABROAD, KEY).values()
    assert allows(deploy, "kms:CreateGrant", key, via) is answer
    assert not allows(deploy, "kms:CreateGrant", key)


def test_a_deployment_elsewhere_leaves_the_key_of_a_state_beside_cloudfront_alone() -> None:
    production = {
        f"aws:ResourceTag/{name}": text for name, text in tags(replace(NAMES, stack="production")).items()
    }
    assert not allows(deploy_policies(ABROAD, KEY).values(), "kms:PutKeyPolicy", EDGE_KEY, production)


@pytest.mark.parametrize("action", ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:UntagResource"])
def test_a_deployment_leaves_the_key_of_another_stacks_state_alone(action: str) -> None:
    production = {
        f"aws:ResourceTag/{name}": text for name, text in tags(replace(NAMES, stack="production")).items()
    }
    assert allows(DEPLOY, action, OTHER_KEY, {"aws:ResourceTag/ManagedBy": "pulumi"})
    assert not allows(DEPLOY, action, OTHER_KEY, production)


@pytest.mark.parametrize(("action", "arn"), [("kms:CreateKey", "*"), ("kms:TagResource", OTHER_KEY)])
def test_a_deployment_makes_no_key_that_a_bootstrap_would_take_for_its_own(action: str, arn: str) -> None:
    assert allows(DEPLOY, action, arn, {"aws:RequestTag/ManagedBy": "pulumi"})
    for stack in ("staging", "production"):
        asked = {f"aws:RequestTag/{name}": text for name, text in tags(replace(NAMES, stack=stack)).items()}
        assert not allows(DEPLOY, action, arn, asked)


def test_the_state_is_used_whatever_tags_its_key_has() -> None:
    own = {f"aws:ResourceTag/{name}": text for name, text in tags(NAMES).items()}
    assert allows(DEPLOY, "kms:Encrypt", KEY, own)


@pytest.mark.parametrize("service", LINKED)
def test_a_service_may_make_its_own_role_for_the_first_use(service: str) -> None:
    place = NAMES.iam(f"role/aws-service-role/{service}/AWSServiceRoleForIt")
    assert allows(DEPLOY, "iam:CreateServiceLinkedRole", place, {"iam:AWSServiceName": service})
    assert "backup.amazonaws.com" in LINKED
