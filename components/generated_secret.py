"""A secret whose value nobody chooses: made once per generation, the one before stays known.

The program makes the value and the engine keeps it, encrypted. What both ends must know is changed at both in
one deployment, which is why no schedule rotates it: another generation, a number in the settings, does.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import secretsmanager

from components.permissions import Grant, key_grants, policy, tls_only

if TYPE_CHECKING:
    from components.location import Location

BYTES = 32
RECOVERY_DAYS = 30
KEY_USE_TO_READ = ("kms:Decrypt",)


@dataclass(frozen=True, kw_only=True)
class GeneratedSecretArgs:
    """How the secret is kept.

    Attributes:
        secret_name: Physical name.
        description: Shown in the console.
        location: Account and region.
        key_arn: The customer key; None for AWS's own.
        generation: The current value's number, from 1; the next number makes a new value.
        recoverable: Whether AWS keeps a deleted secret for a month, and its name with it.
    """

    secret_name: str
    description: str
    location: Location
    key_arn: pulumi.Input[str] | None
    generation: int
    recoverable: bool


class GeneratedSecret(pulumi.ComponentResource):
    """A random text in AWS Secrets Manager.

    Attributes:
        arn: Where to read it.
        value: The current value; secret in the state.
        values: The current value, and the one before where there is one.
        reading: What a role needs to read both.
    """

    arn: pulumi.Output[str]
    value: pulumi.Output[str]
    values: tuple[pulumi.Output[str], ...]
    reading: tuple[Grant, ...]

    def __init__(
        self, name: str, args: GeneratedSecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("omnitrack:generated_secret:GeneratedSecret", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        secret = secretsmanager.Secret(
            name,
            name=args.secret_name,
            description=args.description,
            kms_key_id=args.key_arn,
            recovery_window_in_days=RECOVERY_DAYS if args.recoverable else 0,
            opts=child,
        )
        guarded = secretsmanager.SecretPolicy(
            name,
            secret_arn=secret.arn,
            block_public_policy=True,
            policy=policy([tls_only(secret.arn, "secretsmanager:*"), _own_account(secret.arn, args)]),
            opts=child,
        )
        previous = self._value(name, secret, args.generation - 1, [guarded]) if args.generation > 1 else None
        # The newest is made last: AWS calls what came last the current value, and the one before it previous.
        current = self._value(name, secret, args.generation, [previous or guarded])

        self.arn = secret.arn
        self.values = tuple(_text(version) for version in (current, previous) if version)
        self.value = self.values[0]
        self.reading = (
            Grant(
                actions=("secretsmanager:GetSecretValue",),
                resources=(secret.arn,),
                reason=f"reads {args.description}",
            ),
            *key_grants(
                args.key_arn,
                KEY_USE_TO_READ,
                via=args.location.endpoint("secretsmanager"),
                reason="the secret is encrypted with it",
            ),
        )
        self.register_outputs({"arn": self.arn})

    def _value(
        self,
        name: str,
        secret: secretsmanager.Secret,
        generation: int,
        after: list[pulumi.Resource],
    ) -> secretsmanager.SecretVersion:
        return secretsmanager.SecretVersion(
            f"{name}-{generation}",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(secrets.token_urlsafe(BYTES)),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=after,
                # Every run of the program makes up another value; the first one counts.
                ignore_changes=["secretString"],
                # A rotation drops the oldest. AWS has moved that one's label on, so it ends by itself, and
                # refuses to take a label from where it is not.
                protect=False,
                retain_on_delete=True,
            ),
        )


def _text(version: secretsmanager.SecretVersion) -> pulumi.Output[str]:
    return pulumi.Output.secret(version.secret_string.apply(lambda text: text or ""))


def _own_account(arn: pulumi.Input[str], args: GeneratedSecretArgs) -> dict[str, Any]:
    return {
        "Sid": "OwnAccountOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "secretsmanager:*",
        "Resource": arn,
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": args.location.account}},
    }
