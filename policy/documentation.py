"""Writes docs/policy.md, the page that findings point at: every rule, why, how it is judged, what to set.

`python -m policy.documentation` writes it, `--check` fails when it is stale. The page is made of the rules
and of policy/examples, one file per concern; nothing of it is written by hand.
"""

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import yaml

from policy.rule import EVERY, Rule
from policy.rules import CONCERNS

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "policy.md"
EXAMPLES: Final = Path(__file__).with_name("examples")
KINDS: Final = ("bad", "good")
GOVERNANCE: Final = "governance"

_MARKS: Final = re.compile(r"[<*|]")
"""What Markdown would take for its own."""

PREAMBLE: Final = """\
import json

import pulumi
import pulumi_aws as aws

key = aws.kms.Key("key", enable_key_rotation=True)
"""
"""What stands before every example, here and where they are run."""

INTRODUCTION: Final = """\
# Policy

<!-- Written by `python -m policy.documentation` from policy/rules and policy/examples: do not edit. -->

Every resource of a stack is judged by the rules below: by the guard in the program, by the policy pack at a
preview and an update, by `omnitrack policy check` without an engine, and by `omnitrack policy analyze` on the
state. [policy/README.md](../policy/README.md) says how, and how to mend a finding.

- **Level.** A violation of a *mandatory* rule stops the deployment, one of an *advisory* rule is only told.
  A stage can choose another level in `policy/config/STAGE.json`, except for the mission.
- **Mission.** What the platform stands for: encryption, firewall, tracing, logs, that no resource escapes the
  rules, and that no file lowers them. No configuration lowers a rule of the mission.
- **Undecided.** A rule that needs a value that is known only after the deployment takes it neither for right
  nor for wrong, and says so. The guard stops where a rule of the mission is undecided.
- **Exemption.** One rule, one resource, with a reason, an owner, a ticket and a last day, at most 90 days
  away, in [exemptions.yaml](../policy/exemptions.yaml). A fault of an exemption is a violation itself.
- **Severity.** Critical is for what is exposed or not encrypted, high for what leaves no trace.
- **Decided.** A rule about a resource by itself is judged as soon as the program registers it, a rule about
  its relation to others when the whole stack is known.

The examples are run by the tests, after the lines below. A good one keeps its own rule; it may lack what
others ask for.
"""

CONCERN_TITLES: Final[Mapping[str, str]] = {
    "encryption": "Encryption",
    "firewall": "Firewall",
    "tracing": "Tracing",
    "logs": "Logs",
    "reach": "Reach",
    "governance": "Governance",
    "access": "Access",
    "exposure": "Exposure",
    "transport": "Transport",
    "api": "APIs",
    "access-logs": "Access logs",
    "sign-in": "Sign-in",
    "resilience": "Resilience",
    "upkeep": "Upkeep",
}


class DocumentationError(Exception):
    """An example is missing or is one of no rule; the text names the file."""


def examples() -> dict[str, dict[str, str]]:
    """For each rule the text that breaks it, `bad`, and the text that keeps it, `good`.

    Raises:
        DocumentationError: the examples and the rules do not fit.
    """
    found: dict[str, dict[str, str]] = {}
    for concern, rules in CONCERNS.items():
        name = f"{concern.replace('-', '_')}.yaml"
        file = EXAMPLES / name
        texts = (yaml.safe_load(file.read_text("utf-8")) if file.exists() else None) or {}
        if foreign := sorted(set(texts) - {rule.id for rule in rules}):
            raise DocumentationError(f"policy/examples/{name}: {foreign[0]} is no rule of this concern")
        for rule in rules:
            example = texts.get(rule.id) or {}
            if tuple(sorted(example)) != KINDS or not all(isinstance(text, str) for text in example.values()):
                raise DocumentationError(f"policy/examples/{name}: {rule.id} needs the texts bad and good")
            found[rule.id] = {kind: example[kind].strip() for kind in KINDS}
    return found


def render() -> str:
    """The whole page.

    Raises:
        DocumentationError: a rule has no example.
    """
    texts = examples()
    parts = [INTRODUCTION, f"```python\n{PREAMBLE}```\n", _contents()]
    for concern, rules in CONCERNS.items():
        parts.append(f"## {_title(concern)}\n")
        parts += [_section(rule, texts[rule.id]) for rule in rules]
    return "\n".join(parts)


def _title(concern: str) -> str:
    return CONCERN_TITLES.get(concern, concern.replace("-", " ").capitalize())


def _contents() -> str:
    lines = ["## Rules", ""]
    for concern, rules in CONCERNS.items():
        lines += [
            f"**{_title(concern)}**",
            "",
            "| rule | what holds | level | severity |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| [{rule.id}](#{rule.id}) | {_text(rule.title)} | {rule.level} | {rule.severity} |"
            for rule in rules
        ]
        lines.append("")
    return "\n".join(lines)


def _text(text: str) -> str:
    return _MARKS.sub(r"\\\g<0>", text)


def _section(rule: Rule, example: Mapping[str, str]) -> str:
    language = (
        ("json" if example["bad"].startswith("{") else "yaml") if rule.concern == GOVERNANCE else "python"
    )
    lines = [
        f"### {rule.id}",
        "",
        _text(rule.title),
        "",
        f"- **Level:** {rule.level}{', mission' if rule.mission else ''}",
        f"- **Severity:** {rule.severity}",
        f"- **Judges:** {_types(rule.types)}",
        f"- **Decided:** {_decided(rule)}",
        f"- **What to do:** {_text(rule.fix)}",
        f"- **Source:** <{rule.source}>",
    ]
    if rule.frameworks:
        lines.append(f"- **Known as:** {', '.join(rule.frameworks)}")
    for kind, meaning in (("bad", "Breaks the rule"), ("good", "Keeps it")):
        lines += ["", f"{meaning}:", "", f"```{language}", example[kind], "```"]
    return "\n".join((*lines, ""))


def _types(types: Sequence[str]) -> str:
    return ", ".join("every resource" if type_ == EVERY else f"`{type_}`" for type_ in types)


def _decided(rule: Rule) -> str:
    if rule.concern == GOVERNANCE:
        return "from the files of the repository, for the stack as a whole"
    if not rule.is_relation:
        return "by the resource, as soon as the program registers it"
    return f"by its relation to {_types(rule.related)}, when the whole stack is known"


def main(arguments: Sequence[str] | None = None, *, page: Path = PAGE) -> int:
    """Writes the page, or with `--check` compares it.

    Returns:
        The exit code: 0, or 1 with a sentence on standard error for a page that is stale or cannot be made.
    """
    parser = argparse.ArgumentParser(prog="python -m policy.documentation", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="fail when docs/policy.md is stale, write nothing"
    )
    options = parser.parse_args(arguments)
    try:
        text = render()
    except DocumentationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not options.check:
        page.write_text(text, "utf-8")
    elif not page.exists() or page.read_text("utf-8") != text:
        sys.stderr.write("docs/policy.md is stale: run python -m policy.documentation and commit the page\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
