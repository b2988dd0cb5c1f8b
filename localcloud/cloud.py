"""A local cloud that runs: its addresses, and the environments that lead programs to it.

A key of twelve digits is the root user of the account with that number; its secret is not checked. Keys of
IAM users and roles are checked in full. Development runs in account 000000000000.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_DIGITS = 12
LOOPBACK_NAMES = "127.0.0.1,localhost"  # a proxy of the user's could not reach this machine


class LocalCloudError(Exception):
    """The local cloud cannot do what was asked; the sentence says what to do."""


@dataclass(frozen=True, kw_only=True)
class LocalCloud:
    """A local cloud that has been started.

    Attributes:
        home: its folder.
        port: loopback port of the AWS APIs and of the platform's API.
        mqtt_port: loopback port of MQTT over TLS.
        provider_port: loopback port of the provider; 0 while there is none.
        account: the account of development.
        region: the region it was started with.
    """

    home: Path
    port: int
    mqtt_port: int
    provider_port: int
    account: str
    region: str

    @property
    def endpoint(self) -> str:
        """The address of all AWS APIs."""
        return f"http://127.0.0.1:{self.port}"

    def aws_environment(self, account: str | None = None) -> dict[str, str]:
        """Variables with which an AWS SDK acts in this cloud as the root user of an account.

        Args:
            account: twelve digits; the cloud's own when absent.

        Raises:
            LocalCloudError: `account` is not a number of twelve digits.
        """
        account = account or self.account
        if len(account) != ACCOUNT_DIGITS or not account.isdecimal():
            raise LocalCloudError(f"account must be a number of 12 digits, got {account!r}")
        nowhere = str(self.home / "no-aws-configuration")
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "NO_PROXY": LOOPBACK_NAMES,
            "no_proxy": LOOPBACK_NAMES,
        }

    def pulumi_environment(self, account: str | None = None) -> dict[str, str]:
        """`aws_environment`, and what points the Pulumi CLI at the provider and the backend of this cloud."""
        return self.aws_environment(account) | {
            "PULUMI_DEBUG_PROVIDERS": f"aws:{self.provider_port}",
            "PULUMI_BACKEND_URL": f"file://{self.home / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.home / "passphrase"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the variables of AWS SDKs.

    Some cannot be undone by other values (`AWS_PROFILE`, `AWS_ENDPOINT_URL_S3`), so an environment of a
    LocalCloud belongs on top of this: `without_aws(os.environ) | cloud.aws_environment()`.

    Args:
        environment: the environment to begin with.
    """
    return {name: value for name, value in environment.items() if not name.startswith("AWS_")}
