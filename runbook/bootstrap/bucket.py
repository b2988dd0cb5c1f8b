"""The bucket of the state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from runbook.bootstrap.key import tags
from runbook.bootstrap.parts import Difference, found, holds, same_document, text_of
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runbook.bootstrap.key import Key
    from runbook.bootstrap.names import Names

OLD_VERSION_DAYS: Final = 90
KEPT_VERSIONS: Final = 20
UPLOAD_DAYS: Final = 7
BLOCKED: Final = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
ABSENT: Final = (
    "NoSuchBucketPolicy",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
)
LIFECYCLE: Final = [
    {
        "ID": "old-versions",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {
            "NoncurrentDays": OLD_VERSION_DAYS,
            "NewerNoncurrentVersions": KEPT_VERSIONS,
        },
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UPLOAD_DAYS},
    }
]


def exists(s3: Any, names: Names) -> bool:  # noqa: ANN401 - as `Bucket.s3`
    """Whether the account has the bucket.

    Args:
        s3: a client.
        names: the stack.

    Raises:
        RunbookError: the name is taken by somebody else.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - the help must not wait for boto3

    try:
        s3.head_bucket(**_owned(names))
    except ClientError as error:
        if error.response["Error"]["Code"] in {"403", "AccessDenied"}:
            raise RunbookError(
                f"the bucket {names.bucket} belongs to another account, or your credentials may not "
                "see it: names of buckets are one list for all of AWS"
            ) from None
        if error.response["Error"]["Code"] in {"404", "NoSuchBucket"}:
            return False
        raise
    return True


def key_in_use(s3: Any, names: Names) -> str | None:  # noqa: ANN401 - as `Bucket.s3`
    """The key that the bucket names for what is written to it; None without a bucket or a key of our own.

    Args:
        s3: a client.
        names: the stack.

    Raises:
        RunbookError: as of `exists`.
    """
    if not exists(s3, names):
        return None
    answer = found(lambda: s3.get_bucket_encryption(**_owned(names)), *ABSENT)
    rules = _at(("ServerSideEncryptionConfiguration", "Rules"), answer) or []
    named = [_at(("ApplyServerSideEncryptionByDefault", "KMSMasterKeyID"), rule) for rule in rules]
    return next((str(key) for key in named if key), None)


def _owned(names: Names) -> dict[str, str]:
    # Somebody else may have taken the name: then nothing is written to it.
    return {"Bucket": names.bucket, "ExpectedBucketOwner": names.account}


def _at(path: Sequence[str], answer: Any) -> Any:  # noqa: ANN401 - any part of an answer
    for name in path:
        answer = (answer or {}).get(name)
    return answer


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """The bucket of the state; nothing here deletes it or anything in it.

    Attributes:
        names: the stack.
        s3: a client.
        key: encrypts it.
    """

    names: Names
    s3: Any
    key: Key

    @property
    def title(self) -> str:
        """What it is, with its name."""
        return f"bucket {self.names.bucket}"

    def differences(self) -> list[Difference]:
        """What is not as it should be.

        Raises:
            RunbookError: the name is taken by somebody else.
        """
        if not exists(self.s3, self.names):
            return [Difference(text="made", mend=self._make)]
        return list(self._faults())

    def _make(self) -> None:
        place = {"LocationConstraint": self.names.region}
        self.s3.create_bucket(
            Bucket=self.names.bucket,
            ObjectOwnership="BucketOwnerEnforced",
            # S3 takes no constraint for the region that it began in.
            **({} if self.names.region == "us-east-1" else {"CreateBucketConfiguration": place}),
        )

    def _faults(self) -> Iterator[Difference]:
        bucket = self._bucket
        for text, ask, path, wanted, put in self._aspects():
            if not holds(_at(path, found(ask, *ABSENT)), wanted):
                yield Difference(text=text, mend=put)
        # Exactly so: one more member of a rule could end the state itself.
        if (
            _at(("Rules",), found(lambda: self.s3.get_bucket_lifecycle_configuration(**bucket), *ABSENT))
            != LIFECYCLE
        ):
            yield Difference(
                text=f"versions kept for {OLD_VERSION_DAYS} days, and the latest {KEPT_VERSIONS} for good",
                mend=lambda: self.s3.put_bucket_lifecycle_configuration(
                    **bucket, LifecycleConfiguration={"Rules": LIFECYCLE}
                ),
            )
        answer = found(lambda: self.s3.get_bucket_tagging(**self._bucket), *ABSENT)
        tagged = {tag["Key"]: tag["Value"] for tag in (answer or {}).get("TagSet", [])}
        if not holds(tagged, tags(self.names)):
            kept = [{"Key": name, "Value": text} for name, text in {**tagged, **tags(self.names)}.items()]
            yield Difference(
                text="tagged",
                mend=lambda: self.s3.put_bucket_tagging(**self._bucket, Tagging={"TagSet": kept}),
            )
        policy = found(lambda: self.s3.get_bucket_policy(**self._bucket), *ABSENT)
        if not same_document(policy["Policy"] if policy else None, self._policy):
            yield Difference(
                text="deletion and connections without TLS refused",
                mend=lambda: self.s3.put_bucket_policy(**self._bucket, Policy=text_of(self._policy)),
            )

    def _aspects(self) -> Iterator[tuple[str, Any, tuple[str, ...], Any, Any]]:
        """What was done, how to ask, where in the answer, what is wanted, how to put it."""
        s3, bucket = self.s3, self._bucket
        blocked = dict.fromkeys(BLOCKED, True)
        yield (
            "public access blocked",
            lambda: s3.get_public_access_block(**bucket),
            ("PublicAccessBlockConfiguration",),
            blocked,
            lambda: s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=blocked),
        )
        owner = [{"ObjectOwnership": "BucketOwnerEnforced"}]
        yield (
            "objects given to the account",
            lambda: s3.get_bucket_ownership_controls(**bucket),
            ("OwnershipControls", "Rules"),
            owner,
            lambda: s3.put_bucket_ownership_controls(**bucket, OwnershipControls={"Rules": owner}),
        )
        yield (
            "versions kept",
            lambda: s3.get_bucket_versioning(**bucket),
            ("Status",),
            "Enabled",
            lambda: s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"}),
        )
        encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.key.arn() or self.names.alias}
        encrypted = [{"ApplyServerSideEncryptionByDefault": encryption, "BucketKeyEnabled": True}]
        yield (
            "encrypted with the key",
            lambda: s3.get_bucket_encryption(**bucket),
            ("ServerSideEncryptionConfiguration", "Rules"),
            encrypted,
            lambda: s3.put_bucket_encryption(
                **bucket, ServerSideEncryptionConfiguration={"Rules": encrypted}
            ),
        )

    @property
    def _bucket(self) -> dict[str, str]:
        return _owned(self.names)

    @property
    def _policy(self) -> dict[str, Any]:
        arns = [self.names.bucket_arn, f"{self.names.bucket_arn}/*"]
        shared = {"Effect": "Deny", "Principal": "*"}
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TlsOnly",
                    **shared,
                    "Action": "s3:*",
                    "Resource": arns,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                {
                    "Sid": "HistoryStays",
                    **shared,
                    "Action": ["s3:DeleteBucket", "s3:DeleteObjectVersion"],
                    "Resource": arns,
                },
            ],
        }
