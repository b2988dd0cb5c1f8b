"""What the cases of the mission's rules try: stated per rule, so that a rule cannot be without one of them.

What a case tries is read off the case itself. Some of it needs no cases of its own: how a value is wrapped
and what else stands in a stack must never change a verdict, so all cases are judged again in those forms.
"""

from collections.abc import Mapping

import pytest

from policy.rule import Level
from policy.rules import CONCERNS
from tests.policy.traits import ALL_FORMS, Trait, differs, in_form, traits_of
from tests.policy.verdicts import CASES_OF, differences, proxied

CONCERNS_OF_THE_MISSION = ("encryption", "firewall", "tracing", "logs")
RULES = [
    rule for concern in CONCERNS_OF_THE_MISSION for rule in CONCERNS[concern] if rule.level is Level.MANDATORY
]
IDS = [rule.id for rule in RULES]

KEY_TRAITS = (Trait.ALIAS, Trait.SHORT_ALIAS, Trait.ALIAS_ARN)

NO_KEY = "the rule is not about a key"
KEY_ELSEWHERE = "which key it is, the rule on the key itself judges"
NO_SWITCH = "nothing that it looks at is a switch"
NO_NUMBER = "nothing that it looks at is a number"
NO_BLOCK = "nothing that it looks at is a block"
VALUE = "its value counts, so a reference is undecided until it is known"
ALWAYS = "it applies to every resource of its types"

EXCUSES: Mapping[Trait, Mapping[str, str]] = {
    **{
        trait: {
            **dict.fromkeys(("customer-key-source", "sqs-queue-encrypted"), KEY_ELSEWHERE),
            **dict.fromkeys(
                (
                    "kms-key-rotation",
                    "apigw-cache-encrypted",
                    "apigw-stage-waf",
                    "waf-acl-blocks",
                    "waf-acl-logging",
                    "waf-log-destination-name",
                    "cloudfront-waf",
                    "lambda-xray-active",
                    "apigw-stage-xray",
                    "sfn-xray",
                    "log-group-retention",
                    "lambda-log-group-managed",
                ),
                NO_KEY,
            ),
        }
        for trait in KEY_TRAITS
    },
    Trait.FALSE: dict.fromkeys(
        (
            "customer-key-source",
            "s3-bucket-cmk",
            "apigw-stage-waf",
            "waf-acl-blocks",
            "waf-acl-logging",
            "waf-log-destination-name",
            "cloudfront-waf",
            "lambda-log-group-managed",
        ),
        NO_SWITCH,
    ),
    Trait.REFERENCE: dict.fromkeys(
        (
            "kms-key-rotation",
            "apigw-cache-encrypted",
            "lambda-xray-active",
            "apigw-stage-xray",
            "sfn-xray",
            "log-group-retention",
        ),
        VALUE,
    ),
    Trait.NOT_APPLICABLE: dict.fromkeys(
        (
            "dynamodb-table-cmk",
            "sns-topic-cmk",
            "sqs-queue-encrypted",
            "log-group-cmk",
            "secret-cmk",
            "backup-vault-cmk",
            "customer-key-source",
            "waf-acl-blocks",
            "waf-acl-logging",
            "cloudfront-waf",
            "lambda-xray-active",
            "sfn-xray",
            "lambda-log-group-managed",
        ),
        ALWAYS,
    ),
    Trait.DEFAULTS: dict.fromkeys(
        ("sqs-queue-encrypted", "waf-acl-logging", "waf-log-destination-name", "cloudfront-waf"), NO_BLOCK
    ),
    Trait.FLOAT: dict.fromkeys(set(IDS) - {"log-group-retention"}, NO_NUMBER),
}

FALSE_POSITIVES: Mapping[str, tuple[str, ...]] = {
    "kms-key-rotation": ("asymmetric", "HMAC", "a custom store"),
    "sns-topic-cmk": ("an alias of ours that mentions aws", "the ARN of an alias of ours"),
    "s3-bucket-cmk": ("it takes access logs, where S3 supports no KMS",),
    "lambda-env-cmk": ("no environment", "no variables"),
    "apigw-cache-encrypted": ("no settings", "no cache"),
    "apigw-stage-waf": ("a private API", "a WebSocket stage", "in another partition"),
    "waf-acl-blocks": ("a rule of its own", "a group of its own", "a rule in JSON"),
    "apigw-stage-xray": ("a WebSocket stage, which X-Ray cannot follow",),
    "log-group-retention": ("a delivery group, whose retention AWS fixes", "longer than asked"),
}
"""Cases of what other rule sets are wrong about, and users complain of."""


@pytest.mark.parametrize("rule_id", IDS)
def test_the_cases_of_a_rule_try_everything_or_say_why_not(rule_id: str) -> None:
    cases = CASES_OF[rule_id]
    tried = {trait for case in cases for trait in traits_of(case)}
    tried |= {trait for trait in ALL_FORMS if any(differs(case, trait) for case in cases)}
    excused = {trait for trait, excuses in EXCUSES.items() if rule_id in excuses}
    assert [f"no case in which {trait}" for trait in Trait if trait not in tried | excused] == []
    assert [f"the excuse is stale that {trait}" for trait in Trait if trait in tried & excused] == []


@pytest.mark.parametrize("trait", ALL_FORMS)
@pytest.mark.parametrize("rule_id", IDS)
def test_the_form_of_a_case_changes_nothing(rule_id: str, trait: Trait) -> None:
    cases = CASES_OF[rule_id]
    found = differences(cases, lambda case: in_form(case, trait))
    found += differences(cases, lambda case: [proxied(one) for one in in_form(case, trait)])
    assert not found, found


@pytest.mark.parametrize(
    ("rule_id", "name"), [(rule_id, name) for rule_id, names in FALSE_POSITIVES.items() for name in names]
)
def test_a_known_false_positive_stays_away(rule_id: str, name: str) -> None:
    (case,) = [case for case in CASES_OF[rule_id] if case.name == name]
    assert case.fault is None
    assert not case.undecided


def test_excuses_are_for_rules_of_the_mission() -> None:
    excused = {rule_id for excuses in EXCUSES.values() for rule_id in excuses}
    assert excused | set(FALSE_POSITIVES) <= set(IDS)
