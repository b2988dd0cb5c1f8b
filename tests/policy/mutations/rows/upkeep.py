"""Defects of credentials, runtimes and tags."""

from typing import Any

from policy.rule import Outcome
from policy.rules.credentials import CARRIERS
from policy.rules.taggable import TAGGABLE
from policy.rules.upkeep import CREDENTIALS, REQUIRED_TAGS, VARIABLES
from tests.policy.mutations.defects import (
    Moment,
    Structure,
    all_of,
    anywhere,
    edited,
    gone,
    has_no,
    is_at,
    removed,
    rows,
    source_of,
    structural,
    to,
    value,
)
from tests.policy.mutations.rows import tokens as t

_SECRET_OF_ROTATION = source_of("secretId", t.SECRET)
_WRAPPED = "the SDK makes a secret of the value, which opens only when the engine runs"
_ACCESS_KEY = "AKIA" + "MADEUPMADEUPMADE"


def _without_tag(key: str) -> Any:
    return edited(lambda given: {"tags": {name: text for name, text in given["tags"].items() if name != key}})


ROWS = (
    *(
        row
        for type_, paths in VARIABLES.items()
        for path in paths
        for row in (
            *rows(
                "no-secret-in-env",
                type_,
                f"{path}.DB_PASSWORD",
                {"by its name": to("made-up")},
                where=anywhere,
            ),
            *rows(
                "no-secret-in-env", type_, f"{path}.NOTE", {"by its form": to(_ACCESS_KEY)}, where=anywhere
            ),
            *structural(
                Structure.FOREIGN,
                "no-secret-in-env",
                type_,
                f"{path}.API_KEY",
                where=anywhere,
                other=lambda one: one.type in CARRIERS,
                moments=(Moment.PREVIEW,),
                reason="at update the value is known, and is the row by its name",
            ),
        )
    ),
    *(
        row
        for type_, paths in CREDENTIALS.items()
        for path in paths
        for row in rows("no-secret-in-env", type_, path, {"given": to("bWFkZS11cA")}, where=anywhere)
    ),
    *rows(
        "ssm-secret-is-securestring",
        t.PARAMETER,
        "type",
        value(["String", "StringList", ""]),
        where=is_at("type", "SecureString"),
        preview=Outcome.UNDECIDED,
        reason=_WRAPPED,
    ),
    *rows(
        "ssm-secret-is-securestring",
        t.PARAMETER,
        "name",
        {"of a credential": to("/future/db-password")},
        where=is_at("type", "String"),
        preview=Outcome.UNDECIDED,
        reason=_WRAPPED,
    ),
    *rows(
        "ssm-secret-is-securestring",
        t.PARAMETER,
        "value",
        {"a credential": to(_ACCESS_KEY)},
        where=is_at("type", "String"),
    ),
    *rows(
        "ssm-secret-is-securestring",
        t.PARAMETER,
        "insecureValue",
        {"a credential": to(_ACCESS_KEY)},
        where=is_at("type", "String"),
    ),
    *gone("secret-rotation", t.ROTATION, on=_SECRET_OF_ROTATION),
    *rows("secret-rotation", t.ROTATION, "secretId", value([""]), on=_SECRET_OF_ROTATION),
    *rows(
        "secret-rotation",
        t.ROTATION,
        "rotationRules",
        {"none": removed, "empty": to({})},
        on=_SECRET_OF_ROTATION,
    ),
    *rows(
        "secret-rotation",
        t.ROTATION,
        "rotationRules.automaticallyAfterDays",
        value([0]),
        on=_SECRET_OF_ROTATION,
    ),
    *rows(
        "lambda-runtime-supported",
        t.FUNCTION,
        "runtime",
        {"old": to("python3.8"), "very old": to("nodejs6.10")},
    ),
    *(
        row
        for key in REQUIRED_TAGS
        for row in rows(
            "required-tags",
            t.PROVIDER,
            "defaultTags",
            {f"without {key}": _without_tag(key)},
            on=all_of(*TAGGABLE),
        )
    ),
    *rows("required-tags", TAGGABLE, "tags", {"an empty one": to({"Project": ""})}, where=has_no("tags")),
)
