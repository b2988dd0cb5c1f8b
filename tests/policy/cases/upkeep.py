"""Cases of the rules on rotation, runtimes and tags; those on credentials in clear are beside it."""

import json
from typing import Any

from policy.graph import Resource
from policy.rules.taggable import TAGGABLE
from policy.rules.upkeep import DEPRECATED_RUNTIMES
from tests.policy.cases import credentials
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_NUMBER,
    UNKNOWN_TEXT,
    Kind,
    cases_of,
    resource,
    secret,
    without_none,
)

FUNCTION = "aws:lambda/function:Function"
SECRET = "aws:secretsmanager/secret:Secret"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
TABLE = "aws:dynamodb/table:Table"
PROVIDER = "pulumi:providers:aws"
SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:database-a1b2c3"
CONSTANT = "does not rotate automatically"


def rotation(rules: object, of: object = UNKNOWN_TEXT, *sources: Resource) -> Resource:
    return resource(
        ROTATION,
        without_none(secretId=of, rotationRules=rules),
        name="rotation",
        sources={"secretId": sources},
    )


NEW = resource(SECRET, {"name": "database"})
LIVE = resource(SECRET, {"name": "database"}, outputs={"arn": SECRET_ARN, "id": SECRET_ARN})
MADE_UP = resource(SECRET, {"name": "database"}, outputs={"arn": "database-arn", "id": "database-id"})
OTHER = resource(SECRET, {"name": "other"}, name="other")
MONTHLY = {"__defaults": [], "automaticallyAfterDays": 30}

rotates = cases_of("secret-rotation")
ROTATIONS = (
    rotates(Kind.MISSING, "no rotation", [NEW], CONSTANT),
    rotates(Kind.MISSING, "no rules", [NEW, rotation(None, UNKNOWN_TEXT, NEW)], CONSTANT),
    rotates(Kind.WRONG, "empty rules", [NEW, rotation({"__defaults": []}, UNKNOWN_TEXT, NEW)], CONSTANT),
    rotates(
        Kind.WRONG,
        "rules of nothing, as a state says them",
        [LIVE, rotation({"automaticallyAfterDays": 0, "scheduleExpression": ""}, SECRET_ARN)],
        CONSTANT,
    ),
    rotates(Kind.WRONG, "another's", [NEW, rotation(MONTHLY, UNKNOWN_TEXT, OTHER), OTHER], CONSTANT),
    rotates(Kind.WRONG, "another's by ARN", [LIVE, rotation(MONTHLY, SECRET_ARN + "d4")], CONSTANT),
    rotates(Kind.UNKNOWN, "whose", [NEW, rotation(MONTHLY)], undecided=True),
    rotates(Kind.UNKNOWN, "when", [NEW, rotation(UNKNOWN_BLOCK, UNKNOWN_TEXT, NEW)], undecided=True),
    rotates(
        Kind.UNKNOWN,
        "after how many days",
        [NEW, rotation({"automaticallyAfterDays": UNKNOWN_NUMBER}, UNKNOWN_TEXT, NEW)],
    ),
    rotates(Kind.CORRECT, "by reference", [NEW, rotation(MONTHLY, UNKNOWN_TEXT, NEW)]),
    rotates(Kind.CORRECT, "by ARN", [LIVE, rotation([MONTHLY], SECRET_ARN)]),
    *(
        rotates(Kind.CORRECT, f"by {of}", [MADE_UP, rotation(MONTHLY, of)])
        for of in ("database-arn", "database-id")
    ),
    rotates(Kind.CORRECT, "by name", [NEW, rotation(MONTHLY, "database")]),
    rotates(
        Kind.CORRECT,
        "by a schedule",
        [LIVE, rotation({"automaticallyAfterDays": 0, "scheduleExpression": "rate(10 days)"}, SECRET_ARN)],
    ),
)


def function(runtime: object, package: object = None) -> Resource:
    return resource(FUNCTION, without_none(runtime=runtime, packageType=package))


def unpatched(runtime: str) -> str:
    return f"runs on a runtime that AWS patches no more since {DEPRECATED_RUNTIMES[runtime]}"


runtime = cases_of("lambda-runtime-supported")
RUNTIMES = (
    runtime(Kind.MISSING, "AWS refuses a function without", [function(None)]),
    *(runtime(Kind.WRONG, one, [function(one)], unpatched(one)) for one in DEPRECATED_RUNTIMES),
    runtime(Kind.WRONG, "an archive", [function("python3.9", "Zip")], unpatched("python3.9")),
    runtime(Kind.WRONG, "as a secret", [function(secret("java8"))], unpatched("java8")),
    runtime(Kind.UNKNOWN, "the runtime", [function(UNKNOWN_TEXT)], undecided=True),
    runtime(Kind.UNKNOWN, "the package", [function("java8", UNKNOWN_TEXT)], undecided=True),
    runtime(Kind.UNKNOWN, "the package of a patched one", [function("java21", UNKNOWN_TEXT)]),
    *(
        runtime(Kind.CORRECT, one, [function(one)])
        for one in (
            "python3.13",
            "python3.11",
            "nodejs22.x",
            "java8.al2",
            "java11",
            "provided.al2023",
            "ruby3.4",
        )
    ),
    runtime(Kind.CORRECT, "a name newer than the table", [function("python3.19")]),
    runtime(Kind.NOT_APPLICABLE, "an image, as a state says it", [function("", "Image")]),
    runtime(Kind.NOT_APPLICABLE, "an image of something old", [function("python3.6", "Image")]),
)

TAGS = {"Project": "omnitrack", "Environment": "production", "ManagedBy": "pulumi"}
ALL_MISSING = "lacks the tags Project, Environment, ManagedBy"


def table(tags: object = None, **more: Any) -> Resource:
    return resource(TABLE, without_none(tags=tags), **more)


def provider(default_tags: object, name: str = "aws") -> Resource:
    return resource(PROVIDER, without_none(defaultTags=default_tags), name=name)


TAGGING = provider({"__defaults": [], "tags": TAGS})
SILENT = provider(None, "edge")
tagged = cases_of("required-tags")
REQUIRED = (
    *(tagged(Kind.MISSING, f"none on {type_}", [resource(type_, {})], ALL_MISSING) for type_ in TAGGABLE),
    tagged(Kind.MISSING, "one of three", [table({**TAGS, "ManagedBy": ""})], "lacks the tag ManagedBy"),
    tagged(Kind.MISSING, "a provider without", [table(), SILENT], ALL_MISSING),
    tagged(Kind.MISSING, "a provider with none", [table(), provider({"tags": {}})], ALL_MISSING),
    tagged(Kind.MISSING, "a provider that says nonsense", [table(), provider("{")], ALL_MISSING),
    tagged(
        Kind.MISSING,
        "one of a provider's is empty",
        [table(), provider({"tags": {**TAGS, "Project": ""}})],
        "lacks the tag Project",
    ),
    tagged(Kind.WRONG, "in another spelling", [table({"project": "x", "environment": "y"})], ALL_MISSING),
    tagged(
        Kind.WRONG,
        "emptied by its own",
        [table({"Environment": ""}), TAGGING],
        "lacks the tag Environment",
    ),
    tagged(Kind.UNKNOWN, "its own", [table(UNKNOWN_BLOCK)], undecided=True),
    tagged(Kind.UNKNOWN, "the provider's", [table(), provider(UNKNOWN_BLOCK)], undecided=True),
    tagged(
        Kind.UNKNOWN, "the provider's inside", [table(), provider({"tags": UNKNOWN_BLOCK})], undecided=True
    ),
    tagged(Kind.UNKNOWN, "which of two providers", [table(), TAGGING, SILENT], undecided=True),
    tagged(
        Kind.UNKNOWN,
        "what the provider adds hides nothing",
        [table(outputs={"tagsAll": UNKNOWN_BLOCK})],
        ALL_MISSING,
    ),
    tagged(Kind.UNKNOWN, "its own, and the provider has all", [table(UNKNOWN_BLOCK), TAGGING]),
    tagged(Kind.UNKNOWN, "a value", [table({**TAGS, "Project": UNKNOWN_TEXT})]),
    tagged(
        Kind.UNKNOWN,
        "a missing one besides",
        [table({"Project": "omnitrack", "Environment": "x"}), SILENT],
        "lacks the tag ManagedBy",
    ),
    tagged(Kind.CORRECT, "all three its own", [table({**TAGS, "Repository": "omnitrack-ai"})]),
    tagged(Kind.CORRECT, "all that a state shows", [table(outputs={"tagsAll": TAGS})]),
    tagged(Kind.CORRECT, "a state's output as property", [resource(TABLE, {"tagsAll": TAGS, "tags": {}})]),
    tagged(Kind.CORRECT, "a provider's", [table(), TAGGING]),
    tagged(Kind.CORRECT, "a provider's as a list", [table(), provider([{"tags": TAGS}])]),
    tagged(Kind.CORRECT, "a provider's as JSON", [table(), provider(json.dumps({"tags": TAGS}))]),
    tagged(Kind.CORRECT, "two providers that agree", [table(), TAGGING, provider({"tags": TAGS}, "edge")]),
    tagged(
        Kind.CORRECT,
        "partly its own",
        [table({"ManagedBy": "pulumi"}), provider({"tags": {"Project": "omnitrack", "Environment": "x"}})],
    ),
)

CASES = ROTATIONS + RUNTIMES + REQUIRED + credentials.CASES
