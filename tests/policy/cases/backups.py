"""Cases of the rule on backup plans."""

from typing import Any

from policy.graph import Resource
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_LIST,
    UNKNOWN_TEXT,
    Kind,
    cases_of,
    resource,
)

TABLE = "aws:dynamodb/table:Table"
SELECTION = "aws:backup/selection:Selection"
PROVIDER = "pulumi:providers:aws"
TABLE_ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
UNCOVERED = "is in no backup plan"


def selection(*sources: Resource, **properties: Any) -> Resource:
    return resource(
        SELECTION,
        {"planId": UNKNOWN_TEXT, **properties},
        name="selection",
        sources={"planId": [], "resources": sources, "notResources": sources},
    )


def by_tag(key: object, value: object) -> list[dict[str, object]]:
    return [{"type": "STRINGEQUALS", "key": key, "value": value}]


def conditions(operator: str, key: object, value: object) -> dict[str, object]:
    return {"__defaults": [], operator: [{"key": key, "value": value}]}


def provider(tags: object) -> Resource:
    return resource(PROVIDER, {"defaultTags": {"tags": tags}}, name="aws")


ORDERS = resource(TABLE, {"name": "orders", "tags": {"Backup": "daily"}})
LIVE = resource(TABLE, {"name": "orders"}, outputs={"arn": TABLE_ARN})
UNNAMED = resource(TABLE, {})
PLAIN = resource(TABLE, {"name": "orders"})
OTHER = resource(TABLE, {"name": "other"}, name="other")
BUCKET = resource("aws:s3/bucket:Bucket", {}, name="bucket")
ALL_TABLES = "arn:aws:dynamodb:*:*:table/*"
KEY = "aws:ResourceTag/Backup"

backup = cases_of("backup-plan-covers-table")
CASES = (
    backup(Kind.MISSING, "no selection", [ORDERS], UNCOVERED),
    backup(Kind.WRONG, "another's ARN", [LIVE, selection(resources=[TABLE_ARN + "-2"])], UNCOVERED),
    backup(Kind.WRONG, "another's ARN by name", [PLAIN, selection(resources=[TABLE_ARN + "-2"])], UNCOVERED),
    backup(
        Kind.WRONG,
        "another region's ARN",
        [LIVE, selection(resources=[TABLE_ARN.replace("eu-west-1", "us-east-1")])],
        UNCOVERED,
    ),
    backup(Kind.WRONG, "a bucket", [PLAIN, selection(resources=["arn:aws:s3:::orders"])], UNCOVERED),
    backup(Kind.WRONG, "no ARN", [PLAIN, selection(resources=[7])], UNCOVERED),
    backup(
        Kind.WRONG,
        "another by reference",
        [UNNAMED, selection(OTHER, resources=[UNKNOWN_TEXT]), OTHER],
        UNCOVERED,
    ),
    backup(Kind.WRONG, "all buckets", [PLAIN, selection(resources=["arn:aws:s3:::*"])], UNCOVERED),
    backup(Kind.WRONG, "all buckets, no name", [UNNAMED, selection(resources=["arn:aws:s3:::*"])], UNCOVERED),
    backup(
        Kind.WRONG,
        "a pattern of many asterisks",
        [
            resource(TABLE, {"name": "a" * 200}, outputs={"arn": TABLE_ARN + "a" * 200}),
            selection(resources=["*a" * 40 + "*b"]),
        ],
        UNCOVERED,
    ),
    backup(Kind.WRONG, "others", [PLAIN, selection(resources=[ALL_TABLES[:-1] + "user*"])], UNCOVERED),
    backup(
        Kind.WRONG,
        "all in another region",
        [LIVE, selection(resources=["arn:aws:dynamodb:us-east-1:*"])],
        UNCOVERED,
    ),
    backup(Kind.WRONG, "another tag", [ORDERS, selection(selectionTags=by_tag("Daily", "daily"))], UNCOVERED),
    backup(
        Kind.WRONG, "another value", [ORDERS, selection(selectionTags=by_tag("Backup", "weekly"))], UNCOVERED
    ),
    backup(
        Kind.WRONG,
        "a pattern for a tag",
        [ORDERS, selection(selectionTags=by_tag("Backup", "d*"))],
        UNCOVERED,
    ),
    backup(Kind.WRONG, "left out by ARN", [LIVE, selection(notResources=[TABLE_ARN])], UNCOVERED),
    backup(
        Kind.WRONG,
        "left out by reference",
        [UNNAMED, selection(UNNAMED, resources=["*"], notResources=[UNKNOWN_TEXT])],
        UNCOVERED,
    ),
    backup(
        Kind.WRONG,
        "a condition that is not met",
        [ORDERS, selection(resources=["*"], conditions=conditions("stringEquals", KEY, "weekly"))],
        UNCOVERED,
    ),
    backup(
        Kind.WRONG,
        "a pattern that is not met",
        [ORDERS, selection(resources=["*"], conditions=conditions("stringLikes", KEY, "week*"))],
        UNCOVERED,
    ),
    *(
        backup(
            Kind.WRONG,
            f"a pattern whose parts would overlap, {pattern}",
            [ORDERS, selection(resources=["*"], conditions=conditions("stringLikes", KEY, pattern))],
            UNCOVERED,
        )
        for pattern in ("daily*y", "d*ly*y", "d*a*a*y", "d*il*i*y")
    ),
    backup(
        Kind.WRONG,
        "a condition against it",
        [ORDERS, selection(resources=["*"], conditions=conditions("stringNotEquals", KEY, "daily"))],
        UNCOVERED,
    ),
    backup(
        Kind.WRONG,
        "a pattern against it",
        [ORDERS, selection(resources=["*"], conditions=conditions("stringNotLikes", KEY, "d*y"))],
        UNCOVERED,
    ),
    backup(
        Kind.UNKNOWN, "an ARN from elsewhere", [PLAIN, selection(resources=[UNKNOWN_TEXT])], undecided=True
    ),
    backup(
        Kind.UNKNOWN, "all ARNs", [PLAIN, selection(BUCKET, resources=UNKNOWN_LIST), BUCKET], undecided=True
    ),
    backup(Kind.UNKNOWN, "its own name", [UNNAMED, selection(resources=[TABLE_ARN])], undecided=True),
    backup(
        Kind.UNKNOWN,
        "its own name, by a pattern",
        [UNNAMED, selection(resources=[ALL_TABLES[:-1] + "user*"])],
        undecided=True,
    ),
    backup(
        Kind.UNKNOWN,
        "a value",
        [ORDERS, selection(selectionTags=by_tag("Backup", UNKNOWN_TEXT))],
        undecided=True,
    ),
    backup(Kind.UNKNOWN, "the tags", [ORDERS, selection(selectionTags=UNKNOWN_LIST)], undecided=True),
    backup(
        Kind.UNKNOWN,
        "a tag",
        [ORDERS, selection(selectionTags=by_tag(UNKNOWN_TEXT, "daily"))],
        undecided=True,
    ),
    backup(
        Kind.UNKNOWN,
        "its own tag",
        [
            resource(TABLE, {"tags": {"Backup": UNKNOWN_TEXT}}),
            selection(selectionTags=by_tag("Backup", "daily")),
        ],
        undecided=True,
    ),
    backup(
        Kind.UNKNOWN,
        "who is left out",
        [PLAIN, selection(resources=["*"], notResources=[UNKNOWN_TEXT])],
        undecided=True,
    ),
    backup(
        Kind.UNKNOWN,
        "the conditions",
        [PLAIN, selection(resources=["*"], conditions=UNKNOWN_BLOCK)],
        undecided=True,
    ),
    backup(
        Kind.UNKNOWN,
        "a condition",
        [PLAIN, selection(resources=["*"], conditions={"stringEquals": UNKNOWN_LIST})],
        undecided=True,
    ),
    backup(Kind.CORRECT, "its ARN", [LIVE, selection(resources=["arn:aws:s3:::x", TABLE_ARN])]),
    backup(Kind.CORRECT, "its ARN by name", [PLAIN, selection(resources=[TABLE_ARN])]),
    backup(
        Kind.CORRECT, "its ARN by name and reference", [UNNAMED, selection(UNNAMED, resources=[TABLE_ARN])]
    ),
    backup(
        Kind.CORRECT,
        "by reference",
        [UNNAMED, selection(OTHER, UNNAMED, resources=[UNKNOWN_TEXT] * 2), OTHER],
    ),
    backup(Kind.CORRECT, "a list by reference", [UNNAMED, selection(UNNAMED, resources=UNKNOWN_LIST)]),
    backup(Kind.CORRECT, "everything", [UNNAMED, selection(resources=["*"])]),
    backup(Kind.CORRECT, "nothing in particular", [UNNAMED, selection()]),
    backup(Kind.CORRECT, "all tables", [LIVE, selection(resources=[ALL_TABLES])]),
    backup(Kind.CORRECT, "all tables, no name", [UNNAMED, selection(resources=[ALL_TABLES])]),
    backup(Kind.CORRECT, "all of the service", [PLAIN, selection(resources=["arn:aws-cn:dynamodb:*"])]),
    backup(Kind.CORRECT, "all of a region", [PLAIN, selection(resources=["arn:aws:dynamodb:eu-west-1:*"])]),
    backup(Kind.CORRECT, "all of an account", [PLAIN, selection(resources=[TABLE_ARN[:-6] + "*"])]),
    backup(Kind.CORRECT, "names like it", [PLAIN, selection(resources=[ALL_TABLES[:-1] + "ord*"])]),
    backup(Kind.CORRECT, "its tag", [ORDERS, selection(selectionTags=by_tag("Backup", "daily"))]),
    backup(
        Kind.CORRECT,
        "its tag as a state says it",
        [
            resource(TABLE, {}, outputs={"tagsAll": {"Backup": "daily"}}),
            selection(selectionTags=by_tag(KEY, "daily"), resources=[]),
        ],
    ),
    backup(
        Kind.CORRECT,
        "its provider's tag",
        [PLAIN, selection(selectionTags=by_tag("Backup", "daily")), provider({"Backup": "daily"})],
    ),
    backup(
        Kind.CORRECT,
        "the tag or the ARN",
        [LIVE, selection(resources=[TABLE_ARN], selectionTags=by_tag("Backup", "daily"))],
    ),
    backup(
        Kind.CORRECT,
        "another is left out",
        [LIVE, selection(resources=["*"], notResources=[TABLE_ARN + "-2"])],
    ),
    backup(
        Kind.CORRECT,
        "conditions that are met",
        [
            ORDERS,
            selection(
                conditions=[
                    {
                        "stringEquals": [{"key": KEY, "value": "daily"}],
                        "stringLikes": [{"key": KEY, "value": "d*"}],
                        "stringNotEquals": [{"key": KEY, "value": "weekly"}],
                        "stringNotLikes": [{"key": KEY, "value": "week*"}],
                    }
                ]
            ),
        ],
    ),
)
