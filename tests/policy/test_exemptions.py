"""The file of exemptions: what is read, what is refused, and how long an entry holds."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from policy.exemptions import FIELDS, Exemption, Exemptions, ExemptionsError, load

TODAY = date(2027, 3, 1)
RULES = frozenset({"sns-topic-cmk"})
URN = "urn:pulumi:production::omnitrack::aws:sns/topic:Topic::news"
ENTRY = f"""
  - rule: sns-topic-cmk
    resource: {URN}
    reason: public news only
    owner: platform
    ticket: OPS-7
    expires: 2027-03-31
"""


def entry(**changes: object) -> Exemption:
    fields = {
        "rule": "sns-topic-cmk",
        "resource": URN,
        "reason": "public news only",
        "owner": "platform",
        "ticket": "OPS-7",
        "expires": TODAY,
        "line": 2,
    }
    return Exemption(**{**fields, **changes})  # type: ignore[arg-type] # a test may say anything


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "exemptions.yaml"


def read(file: Path, text: str) -> tuple[Exemption, ...]:
    file.write_text(text)
    return load(file, today=TODAY).entries


def test_an_entry_is_read_with_its_line(file: Path) -> None:
    (found,) = read(file, f"# of debts\nexemptions:{ENTRY}")
    assert found == entry(expires=date(2027, 3, 31), line=3)
    assert found.fault(RULES, TODAY) is None


@pytest.mark.parametrize("text", ["", "# nothing\n", "exemptions:\n", "exemptions: []\n"])
def test_an_empty_file_exempts_nobody(file: Path, text: str) -> None:
    assert read(file, text) == ()


def test_a_missing_file_exempts_nobody(file: Path) -> None:
    assert load(file, today=TODAY).entries == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("exemptions: [\n  a: {", ":2:"),
        ("exemptions:\n\t- rule: x\n", ":2:1: is no YAML"),
        ("- rule: x\n", ":1:1: must be a mapping with the one key `exemptions`"),
        ("exempt: []\n", ":1:1: must be a mapping"),
        ("exemptions: []\nothers: []\n", ":1:1: must be a mapping"),
        ("exemptions: all\n", ":1:13: must be a mapping"),
        ("exemptions:\n  rule: x\n", ":2:3: must be a mapping"),
        ("exemptions:\n  - rule\n", ":2:5: every entry must be a mapping of rule, "),
        ("exemptions:\n  - rule: [x]\n", ":2:11: every field of an entry must be a text"),
        ("exemptions:\n  - rule: x\n    rule: y\n", ":3:5: rule stands twice in one entry"),
        ("exemptions: []\n---\nexemptions: []\n", ":2:1: is no YAML"),
    ],
)
def test_a_broken_file_is_told_with_line_and_column(file: Path, text: str, place: str) -> None:
    with pytest.raises(ExemptionsError) as told:
        read(file, text)
    assert str(told.value).startswith(f"policy/exemptions.yaml{place}")


@pytest.mark.parametrize("content", [b"exemptions: [\xff]", b"\x00exemptions: []"])
def test_a_file_that_is_no_text_is_told(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ExemptionsError, match=r"policy/exemptions\.yaml.*: is no "):
        load(file, today=TODAY)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", ["", "''", "' '", "null", "~", None])
def test_every_field_is_needed(file: Path, field: str, value: str | None) -> None:
    lines = [
        line
        for line in ENTRY.strip().removeprefix("- ").splitlines()
        if not line.strip().startswith(f"{field}:")
    ]
    if value is not None:
        lines.append(f"{field}: {value}")
    text = "\n    ".join(line.strip() for line in lines)
    (found,) = read(file, f"exemptions:\n  - {text}\n")
    assert (found.fault(RULES, TODAY) or "").startswith(f"has no {field}: give it ")


@pytest.mark.parametrize("expires", ["soon", "31.03.2027", "2027-02-30", "2027-03-31 12:00"])
def test_what_is_no_date_is_none(file: Path, expires: str) -> None:
    (found,) = read(file, "exemptions:" + ENTRY.replace("2027-03-31", expires))
    assert found.fault(RULES, TODAY) == "has no expires: give it a date, written as 2027-01-31"


def test_a_stack_of_another_name_is_one_that_exists_while_it_is_judged(file: Path) -> None:
    (found,) = read(file, "exemptions:" + ENTRY.replace("production", "review-12"))
    assert found.fault(RULES, TODAY) == "is for a stack that does not exist"
    assert found.fault(RULES, TODAY, "review-12") is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"unknown_fields": ("until", "why")}, "has the unknown field until: an entry has rule, resource, "),
        ({"rule": "sns-topic"}, "names a rule that nobody can be exempted from"),
        ({"rule": "exemption-valid"}, "names a rule that nobody can be exempted from"),
        ({"resource": "news"}, "names no resource: take the whole URN"),
        ({"resource": "urn:pulumi:production::omnitrack::aws:sns/topic:Topic"}, "names no resource"),
        ({"resource": "urn:pulumi:production::omnitrack::aws:sns/topic:Topic::"}, "names no resource"),
        ({"resource": "*"}, "names no resource"),
        (
            {"resource": "urn:pulumi:prodution::omnitrack::aws:sns/topic:Topic::news"},
            "is for a stack that does not exist",
        ),
    ],
)
def test_faults_of_an_entry(changes: dict[str, object], fault: str) -> None:
    assert (entry(**changes).fault(RULES, TODAY) or "").startswith(fault)


def test_an_unknown_field_is_read_as_one(file: Path) -> None:
    (found,) = read(file, f"exemptions:{ENTRY}    until: 2028-01-01\n")
    assert found.unknown_fields == ("until",)


@pytest.mark.parametrize(
    ("days", "fault"),
    [
        (-1, "has expired"),
        (0, None),
        (1, None),
        (90, None),
        (91, "ends in more than 90 days"),
    ],
)
def test_it_holds_from_its_last_day_back_to_90_days_before(days: int, fault: str | None) -> None:
    expires = TODAY + timedelta(days=days)
    told = entry(expires=expires).fault(RULES, TODAY)
    assert told is None if fault is None else (told or "").startswith(fault)
    assert entry(expires=expires).days_left(TODAY) == days


def test_without_a_date_no_day_is_left() -> None:
    assert entry(expires=None).days_left(TODAY) == -1


def test_an_exemption_is_found_by_rule_and_whole_urn_only() -> None:
    exemptions = Exemptions(entries=(entry(),), today=TODAY)
    assert exemptions.find("sns-topic-cmk", URN, RULES) == entry()
    assert exemptions.find("sqs-queue-cmk", URN, RULES) is None
    assert exemptions.find("sns-topic-cmk", f"{URN}-2", RULES) is None
    assert exemptions.find("sns-topic-cmk", URN.removesuffix("s"), RULES) is None


def test_a_faulty_entry_exempts_nobody_and_hides_no_good_one() -> None:
    faulty = entry(reason="")
    assert Exemptions(entries=(faulty,), today=TODAY).find("sns-topic-cmk", URN, RULES) is None
    assert Exemptions(entries=(faulty, entry()), today=TODAY).find("sns-topic-cmk", URN, RULES) == entry()


def test_a_stage_answers_for_its_own_entries_and_for_those_of_no_stage() -> None:
    staging = entry(resource=URN.replace("production", "staging"))
    nowhere = entry(resource="news")
    exemptions = Exemptions(entries=(entry(), staging, nowhere), today=TODAY)
    assert list(exemptions.of("production")) == [entry(), nowhere]
    assert list(exemptions.of("staging")) == [staging, nowhere]
    assert list(exemptions.of("development")) == [nowhere]
