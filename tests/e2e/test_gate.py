"""The gate: a violation stops every way to deploy, before anything is created."""

from pathlib import Path

import pytest

from localcloud import control
from tests.support import checkout

STACKS = ("development", "staging", "production")
DEFECTS = {
    "encryption": (
        "from pulumi_aws import sqs\nsqs.Queue('defect')",
        "sqs-queue-encrypted",
        "kms_master_key_id",
    ),
    "log retention": (
        "from pulumi_aws import cloudwatch\ncloudwatch.LogGroup('defect', kms_key_id=encryption.logs_key_arn)",
        "log-group-retention",
        "retention_in_days",
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return checkout.copy_project(folder)
