"""The provider's use of the SDK beside a program that uses it in the same process."""

import subprocess
import sys

LOOK = """
from localcloud.provider import sdk
sdk.resource_types("aws:iam/role:Role")
from pulumi_aws import iam
print(iam.Role.__name__)
"""


def test_a_package_is_whole_after_the_types_of_one_of_its_resources_were_read() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=False)
    assert done.stdout == "Role\n", done.stderr
