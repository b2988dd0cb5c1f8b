"""Defects of sign-in, and of what keeps data."""

from policy.graph import Resource
from tests.policy.mutations.defects import (
    TRUE,
    Resources,
    anywhere,
    elsewhere,
    gone,
    has,
    named,
    points_at,
    removed,
    rows,
    source_of,
    to,
    value,
)
from tests.policy.mutations.rows import tokens as t

_OF_BUCKET = source_of("bucket", *t.BUCKETS)
_OTHER_TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/another"
_TAG_OF_NOBODY = {"key": "aws:ResourceTag/Nobody", "value": "has it"}


def _tagged(resources: Resources) -> list[Resource]:
    return [one for one in resources.values() if one.type == t.TABLE and has("tags.Backup")(one)]


SIGN_IN = (
    *rows("cognito-password-policy", t.USER_POOL, "passwordPolicy", {"not set": removed, "empty": to({})}),
    *rows("cognito-password-policy", t.USER_POOL, "passwordPolicy.minimumLength", value([8, 11, "12"])),
    *(
        row
        for name in ("requireLowercase", "requireUppercase", "requireNumbers", "requireSymbols")
        for row in rows("cognito-password-policy", t.USER_POOL, f"passwordPolicy.{name}", TRUE)
    ),
    *rows("cognito-password-policy", t.CLIENT, "preventUserExistenceErrors", value(["LEGACY", ""])),
    *rows("cognito-mfa", t.USER_POOL, "mfaConfiguration", value(["OFF", ""])),
    *rows("cognito-deletion-protection", t.USER_POOL, "deletionProtection", value(["INACTIVE", "", True])),
)

DATA = (
    *rows("dynamodb-pitr", t.TABLE, "pointInTimeRecovery", {"not set": removed, "empty": to({})}),
    *rows("dynamodb-pitr", t.TABLE, "pointInTimeRecovery.enabled", TRUE),
    *rows("dynamodb-deletion-protection", t.TABLE, "deletionProtectionEnabled", TRUE),
    *gone("s3-versioning", t.BUCKET_VERSIONINGS, on=_OF_BUCKET),
    *rows(
        "s3-versioning", t.BUCKET_VERSIONINGS, "versioningConfiguration", {"not set": removed}, on=_OF_BUCKET
    ),
    *rows(
        "s3-versioning",
        t.BUCKET_VERSIONINGS,
        "versioningConfiguration.status",
        value(["Suspended", "Disabled", ""]),
        on=_OF_BUCKET,
    ),
    *rows("s3-versioning", t.BUCKET_VERSIONINGS, "bucket", value(["", "another"]), on=_OF_BUCKET),
    *rows("s3-versioning", t.BUCKET, "versioning", {"not set": removed, "empty": to({})}),
    *rows("s3-versioning", t.BUCKET, "versioning.enabled", TRUE),
    *rows(
        "s3-no-force-destroy",
        t.BUCKETS,
        "forceDestroy",
        {"true": to(True), "a text": to("x")},
        where=anywhere,
    ),
    *gone("backup-plan-covers-table", t.SELECTION, on=source_of("resources", t.TABLE)),
    *gone(
        "backup-plan-covers-table",
        t.SELECTION,
        where=has("selectionTags"),
        on=lambda _selection, resources: _tagged(resources),
    ),
    *rows(
        "backup-plan-covers-table",
        t.SELECTION,
        "resources",
        {"another table": to([_OTHER_TABLE]), "no table": to(["arn:aws:s3:::*"])},
        on=source_of("resources", t.TABLE),
    ),
    *elsewhere("backup-plan-covers-table", t.SELECTION, "resources.0", on=source_of("resources", t.TABLE)),
    *rows(
        "backup-plan-covers-table",
        t.SELECTION,
        "notResources",
        {"everything": to(["*"]), "every table": to(["arn:aws:dynamodb:*:*:table/*"])},
        where=points_at("resources", t.TABLE),
        on=source_of("resources", t.TABLE),
    ),
    *rows(
        "backup-plan-covers-table",
        t.SELECTION,
        "conditions",
        {"of a tag": to([{"stringEquals": [_TAG_OF_NOBODY]}])},
        where=points_at("resources", t.TABLE),
        on=source_of("resources", t.TABLE),
    ),
    *(
        row
        for name in ("key", "value")
        for row in rows(
            "backup-plan-covers-table",
            t.SELECTION,
            f"selectionTags.0.{name}",
            {"another": to("another")},
            on=lambda _selection, resources: _tagged(resources),
        )
    ),
    *rows(
        "backup-plan-covers-table",
        t.TABLE,
        "tags",
        {"none": removed, "another value": to({"Backup": "never"})},
        where=named("tagged"),
    ),
)

ROWS = (*SIGN_IN, *DATA)
