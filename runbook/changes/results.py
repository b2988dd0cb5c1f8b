"""What a pipeline has left about each stack: its preview, its findings, what it wrote to standard error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from runbook.changes import basis, document, stateful, trust
from runbook.stacks import STACKS

if TYPE_CHECKING:
    from runbook.changes.basis import Basis
    from runbook.changes.model import Change, PolicyMessage
    from runbook.changes.stateful import Loss

DIGEST, EVENTS, LOG, FINDINGS = "preview.json", "events.jsonl", "preview.log", "policy.json"
FILES: Final = (DIGEST, EVENTS, LOG, FINDINGS)
# What `omnitrack preview` says after the reason: worth telling only where no reason was found.
FOLLOWS: Final = ("pulumi preview of ", "refused, nothing was changed", "preview failed")


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """A finding of the policy as the report tells it.

    Attributes:
        stops: Whether the stack must not be deployed with it.
        severity: From `critical` to `low`; empty where only a message is known.
        rule: Id of the rule.
        name: Of the resource; empty where only a message is known.
        type: Of the resource.
        fault: What is wrong with it.
        fix: What to set.
        source: The page that asks for it.
        place: Where the resource is declared, as `file:line`.
        undecided: Whether it could not be told before the deployment.
        exemption: Who has excepted it, why and until when; empty where nobody has.
        days_left: Of the exemption.
    """

    stops: bool
    severity: str
    rule: str
    name: str = ""
    type: str = ""
    fault: str = ""
    fix: str = ""
    source: str = ""
    place: str = ""
    undecided: bool = False
    exemption: str = ""
    days_left: int | None = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What is known of one stack.

    Attributes:
        stack: Its name.
        changes: What a deployment would do; not all, where `complete` is not said.
        complete: Whether the preview came to its end.
        errors: Why it did not, or why it must not be trusted.
        findings: Of the policy.
        judged: Whether anybody has handed in the policy's word.
        refusals: Ways around the guard that it refuses.
        found: Whether there was anything to read at all.
        basis: What the preview was compared with.
    """

    stack: str
    changes: tuple[Change, ...] = ()
    complete: bool = False
    errors: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    judged: bool = False
    refusals: tuple[str, ...] = ()
    found: bool = True
    basis: Basis = basis.UNKNOWN

    @property
    def violations(self) -> list[Finding]:
        """The findings that stop it."""
        return [finding for finding in self.findings if finding.stops]

    @property
    def blocked(self) -> bool:
        """Whether the policy stops it."""
        return bool(self.violations or self.refusals)

    @property
    def losses(self) -> list[Loss]:
        """The changes that would lose data."""
        return stateful.losses(self.changes)


def collect(paths: Sequence[str], expected: Sequence[str] = ()) -> list[Result]:
    """All stacks that are found in folders and files; development, staging, production, then the others.

    Args:
        paths: folders with one folder for each stack, such folders themselves, or digests as `stack=file`.
        expected: stacks that are told also where they have left nothing.
    """
    found = {stack: Result(stack=stack, found=False) for stack in expected}
    for given in paths:
        name, equals, file = given.partition("=")
        if equals and name and "/" not in name and not Path(given).exists():
            found[name] = read(name, {DIGEST: Path(file)})
            continue
        path = Path(given)
        if path.is_file():
            stack = path.parent.name if path.name in FILES else path.stem
            found[stack] = read(stack, {path.name if path.name in FILES else DIGEST: path})
            continue
        folders = [path] if any((path / one).is_file() for one in FILES) else _folders(path)
        for folder in folders:
            stack = folder.resolve().name
            found[stack] = read(stack, {one: folder / one for one in FILES})
    order = {stack: number for number, stack in enumerate(STACKS)}
    return [found[name] for name in sorted(found, key=lambda name: (order.get(name, len(order)), name))]


def read(stack: str, files: Mapping[str, Path]) -> Result:
    """What the files of one stack say; each of them may be missing, empty or cut off."""
    texts = {name: _text(path) for name, path in files.items()}
    digest = document.from_digest(texts.get(DIGEST, ""))
    record = basis.without(texts.get(EVENTS, ""))
    events = document.from_events(record)
    log = document.from_log(
        "\n".join((texts.get(DIGEST, "") if not digest.changes else "", texts.get(LOG, "")))
    )
    best = trust.worse(digest, events, recorded=bool(record.strip()))
    handed_in = FINDINGS in files and files[FINDINGS].exists()
    doubt = trust.fault_of(texts[FINDINGS], stack) if handed_in else ""
    findings = _object(texts.get(FINDINGS, ""))
    told = _findings(findings) if findings else _messages([*events.policy, *digest.policy, *log.policy])
    errors = [*best.errors, *(error for error in (digest.errors + events.errors) if error not in best.errors)]
    fault = findings.get("error")
    errors += [fault] if isinstance(fault, str) and fault else []
    errors += [f"the findings of the policy ({FINDINGS}) prove nothing: {doubt}"] if doubt else []
    if causes := [one for one in errors if not one.startswith(FOLLOWS)]:
        errors = causes
    else:
        told_above = any(one.stops for one in told) or stateful.losses(best.changes)
        errors = [one for one in (*log.errors, *errors) if not told_above or not one.startswith(FOLLOWS)]
    return Result(
        stack=stack,
        changes=best.changes,
        complete=best.complete and not errors,
        errors=tuple(dict.fromkeys(errors)),
        findings=tuple(sorted(told, key=_gravity)),
        judged=bool(findings or record),
        refusals=tuple(one for one in _list(findings, "refusals") if isinstance(one, str)),
        found=any(text.strip() for text in texts.values()),
        basis=basis.read(texts.get(EVENTS, "")),
    )


def _gravity(finding: Finding) -> tuple[object, ...]:
    severities = ("critical", "high", "medium", "low")
    severity = severities.index(finding.severity) if finding.severity in severities else len(severities)
    return (
        not finding.stops,
        finding.undecided,
        severity,
        finding.rule,
        finding.type,
        finding.name,
        finding.fault,
    )


def _findings(findings: Mapping[str, Any]) -> list[Finding]:
    """From the findings document of `omnitrack policy check`."""
    return [_finding(one) for one in _list(findings, "findings") if isinstance(one, Mapping)]


def _finding(one: Mapping[str, Any]) -> Finding:
    exemption, place = one.get("exemption"), one.get("place")
    days = exemption.get("daysLeft") if isinstance(exemption, Mapping) else None
    excepted = (
        ", ".join(
            _word(exemption, key) for key in ("reason", "owner", "ticket", "expires") if exemption.get(key)
        )
        if isinstance(exemption, Mapping)
        else ""
    )
    return Finding(
        stops=one.get("stops") is True,
        severity=_word(one, "severity"),
        rule=_word(one, "rule"),
        name=_word(one, "name"),
        type=_word(one, "type"),
        fault=_word(one, "fault") or _word(one, "message"),
        fix=_word(one, "fix"),
        source=_word(one, "source"),
        place=f"{_word(place, 'file')}:{place.get('line')}" if isinstance(place, Mapping) else "",
        undecided=one.get("outcome") == "undecided",
        exemption=excepted,
        days_left=days if isinstance(days, int) else None,
    )


def _messages(messages: Iterable[PolicyMessage]) -> list[Finding]:
    """From what the engine or the guard said; the message holds fault and fix."""
    found: dict[tuple[str, str], Finding] = {}
    for one in messages:
        type_, name = document.type_and_name(one.urn) if one.urn else ("", "")
        # The pack says what the rule is for before it says, in a line of its own, what is wrong.
        text = (one.message.splitlines() or [""])[-1].removeprefix(f"{one.rule}: ")
        finding = Finding(
            stops=one.mandatory,
            severity="",
            rule=one.rule,
            name=name,
            type=type_,
            fault=text,
            undecided=not one.mandatory and "cannot be judged yet" in text,
        )
        # The guard and the pack say the same of the same resource.
        found.setdefault((one.rule, text), finding)
    return [*found.values()]


def _folders(path: Path) -> list[Path]:
    return sorted(one for one in path.iterdir() if one.is_dir()) if path.is_dir() else []


def _text(path: Path) -> str:
    try:
        # Some shells write a mark of the byte order before what they redirect.
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []


def _word(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else "" if found is None else str(found)
