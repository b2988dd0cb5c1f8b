"""Actions of single services that MiniStack lacks, on a running local cloud."""

import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.cloud


def test_the_key_of_a_log_group_is_associated_and_taken_away(workbench: Any) -> None:
    logs = workbench.client("logs")
    key = workbench.client("kms").create_key()["KeyMetadata"]["Arn"]
    name = f"/group/{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=name)
    logs.associate_kms_key(logGroupName=name, kmsKeyId=key)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName=name)
    assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.associate_kms_key(logGroupName="/none", kmsKeyId=key)


def test_a_group_is_updated_in_what_the_request_names(workbench: Any) -> None:
    cognito = workbench.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
    cognito.create_group(UserPoolId=pool, GroupName="viewer", Description="sees", Precedence=3)
    answered = cognito.update_group(UserPoolId=pool, GroupName="viewer", Description="sees all")["Group"]
    found = cognito.get_group(UserPoolId=pool, GroupName="viewer")["Group"]
    assert (found["Description"], found["Precedence"]) == ("sees all", 3)
    assert answered == found
    with pytest.raises(cognito.exceptions.ResourceNotFoundException):
        cognito.update_group(UserPoolId=pool, GroupName="nobody", Description="x")
