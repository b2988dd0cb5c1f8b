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
