"""Reads what the engine writes about a preview: its event log, and its digest (`pulumi preview --json`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from runbook.changes import permissions
from runbook.changes.model import ROOT_STACK, Change, Operation, Place, PolicyMessage, Preview

# The engine's steps; what is not here is not understood.
# https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/resource/deploy/step.go
OPERATIONS: Final[Mapping[str, Operation]] = {
    "same": Operation.SAME,
    "create": Operation.CREATE,
    "update": Operation.UPDATE,
    "delete": Operation.DELETE,
    "replace": Operation.REPLACE,
    "create-replacement": Operation.REPLACE,
    # Alone, it ends a replacement that was broken off: the old resource goes now.
    "delete-replaced": Operation.DELETE,
    "import": Operation.IMPORT,
    "import-replacement": Operation.REPLACE,
    "read": Operation.READ,
    "read-replacement": Operation.READ,
    "discard": Operation.FORGET,
    "discard-replaced": Operation.FORGET,
    "remove-pending-replace": Operation.FORGET,
    "refresh": Operation.REFRESH,
}
HARMLESS: Final = frozenset({"diff"})  # a comparison while something is imported
# What a resource's steps come to, the gravest first.
GRAVITY: Final = (
    Operation.REPLACE,
    Operation.DELETE,
    Operation.UNKNOWN,
    Operation.IMPORT,
    Operation.CREATE,
    Operation.UPDATE,
    Operation.FORGET,
    Operation.READ,
    Operation.SAME,
    Operation.REFRESH,
)
COLOR: Final = re.compile(r"<\{%.*?%\}>")
PROVIDERS: Final = "pulumi:providers:"
# The lines of `policy.report.console`, also where the engine's display puts a resource before them.
GUARD_FINDING: Final = re.compile(
    r"(?:^|\s)(violation|undecided|advisory): ([a-z0-9-]+): (.*)$", re.MULTILINE
)
GUARD_VERDICT: Final = re.compile(
    r"(?:^|\s)policy: \d+ violations?, .*?: (?P<goes_on>the deployment goes on)?"
)
POSITION: Final = re.compile(r"project:///(?P<file>[^#]+)#(?P<line>\d+)(?:,\d+)?")
# A program's own files; the SDK and the environments lie beside or outside them.
FOREIGN: Final = ("../", ".venv", "venv/")


@dataclass
class _Steps:
    """All steps of one resource."""

    urn: str
    metadata: list[Mapping[str, Any]] = field(default_factory=list)

    def change(self) -> Change:
        """What they come to."""
        steps = {_text(step, "op") for step in self.metadata}
        operations = {OPERATIONS.get(step, Operation.UNKNOWN) for step in steps}
        operation = next(one for one in GRAVITY if one in operations)
        old = next((state for step in self.metadata if (state := _state(step, "old"))), {})
        new = next((state for step in self.metadata if (state := _state(step, "new"))), {})
        type_, name = type_and_name(self.urn)
        goes = operation is Operation.DELETE
        return Change(
            urn=self.urn,
            operation=operation,
            type=type_,
            name=name,
            changed=_sorted(path for step in self.metadata for path in _changed(step)),
            forcing=_sorted(path for step in self.metadata for path in _forcing(step)),
            retained=old.get("retainOnDelete") is True,
            place=_place(new) or _place(old),
            steps=_sorted(step or "a step without a name" for step in steps - OPERATIONS.keys()),
            before=permissions.rights(type_, name, _inputs(old), {}),
            after=permissions.rights(type_, name, {} if goes else _inputs(new), _inputs(old)),
        )


@dataclass
class _Heard:
    """What was said beside the steps."""

    errors: list[str] = field(default_factory=list)
    findings: list[PolicyMessage] = field(default_factory=list)
    guarded: list[tuple[str, str, str]] = field(default_factory=list)
    goes_on: bool = False

    def diagnostic(self, diagnostic: object) -> None:
        """Sort a diagnostic: words of the guard, an error, or nothing that stops."""
        if not isinstance(diagnostic, Mapping):
            return
        message = COLOR.sub("", _text(diagnostic, "message")).strip()
        if self.guard(message) or _text(diagnostic, "severity") != "error" or not message:
            return
        self.errors.append(message.removeprefix("error: "))

    def guard(self, message: str) -> bool:
        """Keep what the guard says in a text; whether that is all there is in it."""
        found = GUARD_FINDING.findall(message)
        self.guarded += found
        verdict = GUARD_VERDICT.search(message)
        self.goes_on |= verdict is not None and verdict["goes_on"] is not None
        return bool(found) or verdict is not None

    @property
    def policy(self) -> tuple[PolicyMessage, ...]:
        """All findings; the guard's last line tells whether its own stop the program."""
        told = [
            PolicyMessage(
                urn="",
                rule=rule,
                message=sentence.strip(),
                # It names what is undecided only where that stops the program.
                mandatory=outcome != "advisory" and not self.goes_on,
            )
            for outcome, rule, sentence in self.guarded
        ]
        return tuple(dict.fromkeys([*self.findings, *told]))


def from_events(text: str) -> Preview:
    """A preview from the engine's event log: JSON, one event a line; lines that are none are passed over."""
    steps: list[Mapping[str, Any]] = []
    heard = _Heard()
    complete = False
    for event in _lines(text):
        if step := event.get("resourcePreEvent"):
            steps.append(_mapping(step, "metadata"))
        elif diagnostic := event.get("diagnosticEvent"):
            heard.diagnostic(diagnostic)
        elif finding := _mapping(event, "policyEvent"):
            heard.findings.append(_policy(finding))
        elif (summary := event.get("summaryEvent")) and isinstance(summary, Mapping):
            complete = summary.get("result") in {None, "succeeded"}
    return _preview(steps, heard, complete=complete and not heard.errors)


def from_digest(text: str) -> Preview:
    """A preview from `pulumi preview --json`; text that is none gives a preview that is not complete.

    What stands around the document is left out: a banner before it, an error behind it.
    """
    document = _document(text)
    heard = _Heard()
    for diagnostic in _items(document, "diagnostics"):
        heard.diagnostic(diagnostic)
    told = isinstance(document.get("changeSummary"), Mapping) and isinstance(
        document.get("steps") or [], list
    )
    complete = told and not heard.errors
    return _preview(_items(document, "steps"), heard, complete=complete)


def from_log(text: str) -> Preview:
    """What a preview that left no record said: the errors and findings in its text."""
    heard = _Heard()
    heard.guard(text)
    told = [
        line.partition("error: ")[2] or line.removeprefix("omnitrack: ")
        for line in map(str.strip, text.splitlines())
        if ("error: " in line or line.startswith("omnitrack: ")) and not GUARD_FINDING.search(line)
    ]
    return Preview(errors=_unique(filter(None, told)), policy=heard.policy)


def places(resources: Iterable[Mapping[str, Any]]) -> dict[str, Place]:
    """Where the resources of a state were declared when they were last deployed, by URN."""
    return {_text(one, "urn"): place for one in resources if (place := _place(one))}


def type_and_name(urn: str) -> tuple[str, str]:
    """The type token and the name in a URN; empty texts for what is none."""
    parts = urn.split("::", 3)
    return (parts[2].rpartition("$")[2], parts[3]) if len(parts) == 4 else ("", urn)  # noqa: PLR2004 - of a URN


def _preview(steps: Iterable[Mapping[str, Any]], heard: _Heard, *, complete: bool) -> Preview:
    resources: dict[str, _Steps] = {}
    for step in steps:
        urn, operation = _text(step, "urn"), _text(step, "op")
        if urn and operation not in HARMLESS:
            resources.setdefault(urn, _Steps(urn)).metadata.append(step)
    changes = [resources[urn].change() for urn in sorted(resources) if not _own(urn)]
    return Preview(
        changes=tuple(one for one in changes if one.operation.changes_something),
        errors=_unique(heard.errors),
        policy=heard.policy,
        complete=complete,
    )


def _own(urn: str) -> bool:
    """Whether the engine has it for itself: the stack, or the provider that nobody has declared."""
    type_, name = type_and_name(urn)
    return type_ == ROOT_STACK or (type_.startswith(PROVIDERS) and name.startswith("default"))


def _policy(event: Mapping[str, Any]) -> PolicyMessage:
    return PolicyMessage(
        urn=_text(event, "resourceUrn"),
        rule=_text(event, "policyName"),
        message=COLOR.sub("", _text(event, "message")).strip(),
        mandatory=_text(event, "enforcementLevel") == "mandatory",
    )


def _changed(step: Mapping[str, Any]) -> Iterator[str]:
    if detailed := _mapping(step, "detailedDiff"):
        yield from detailed
    else:
        yield from _texts(step, "diffs", "diffReasons")


def _forcing(step: Mapping[str, Any]) -> Iterator[str]:
    detailed = [
        path
        for path, diff in _mapping(step, "detailedDiff").items()
        if isinstance(diff, Mapping) and (_text(diff, "diffKind") or _text(diff, "kind")).endswith("-replace")
    ]
    # The detailed paths are more exact, the keys cover providers that give none.
    yield from detailed or _texts(step, "keys", "replaceReasons")


def _place(state: Mapping[str, Any]) -> Place | None:
    """The nearest call in the project's own files."""
    frames = [state, *_items(state, "stackTrace")]
    for frame in frames:
        found = POSITION.fullmatch(_text(frame, "sourcePosition"))
        if found and not found["file"].startswith(FOREIGN):
            return Place(file=found["file"], line=int(found["line"]))
    return None


def _state(step: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _mapping(step, name) or _mapping(step, f"{name}State")


def _inputs(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(state, "inputs")


def _document(text: str) -> Mapping[str, Any]:
    decoder = json.JSONDecoder()
    for start in (match.start() for match in re.finditer(r"^\{", text, re.MULTILINE)):
        with suppress(ValueError, RecursionError):
            document, _ = decoder.raw_decode(text, start)
            return document if isinstance(document, Mapping) else {}
    return {}


def _lines(text: str) -> Iterator[Mapping[str, Any]]:
    # Not splitlines: a separator inside a JSON text is no end of a line.
    for line in text.split("\n"):
        with suppress(ValueError, RecursionError):
            event = json.loads(line)
            if isinstance(event, Mapping):
                yield event


def _mapping(value: object, key: str) -> Mapping[str, Any]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _items(value: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = value.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _texts(value: Mapping[str, Any], *keys: str) -> list[str]:
    found: list[object] = next((value[key] for key in keys if isinstance(value.get(key), list)), [])
    return [one for one in found if isinstance(one, str)]


def _sorted(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts)))


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
