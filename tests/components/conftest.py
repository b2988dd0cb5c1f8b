"""What the tests of components share."""

from collections.abc import Callable

import pytest

from components.location import Location
from components.log_keeping import LogKeeping
from tests.support.program import ACCOUNT, REGION, Deployed, deploy, deploy_program

KEY = "arn:aws:kms:us-east-1:123456789012:key/made-up"


@pytest.fixture(name="deploy")
def _deploy() -> Callable[[Callable[[], object]], Deployed]:
    return deploy


@pytest.fixture
def location() -> Location:
    return Location(account=ACCOUNT, region=REGION)


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def logs() -> LogKeeping:
    return LogKeeping(retention_days=30, key_arn=KEY)


@pytest.fixture(scope="session")
def staging() -> Deployed:
    """The whole program, for components that are best seen in it."""
    return deploy_program("staging")
