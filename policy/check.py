"""Judges a stack's program before anything else does: no engine, no credentials, no network.

`python -m policy.check --stack STACK` runs the program under mocks, all outputs known, so that even rules
about policy documents, undecided at a first preview, are decided. Exit codes: 0 passed, 1 a violation or a
program that cannot be judged, 2 called wrongly, 130 interrupted.
"""

# ruff: noqa: E402 - the collector rests before the imports begin
import gc

gc.disable()  # it would take a third of the imports' time, and the process ends soon

import os
import signal
import sys

INTERRUPTED = 128 + signal.SIGINT


def _interrupted(*_: object) -> None:
    """Ends the process at once: the program that it judges waits in a fork, which the signal reaches too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.write(2, b"policy: interrupted: nothing was judged\n")
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, _interrupted)  # a Ctrl-C during the imports is no defect either

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from policy import blind_spots, trial
from policy.configuration import ConfigurationError
from policy.exemptions import ExemptionsError
from policy.graph import Graph, Resource
from policy.judgement import Terms, default_provider, judge_stack, terms_of
from policy.report import console, document, markdown, sarif
from policy.report.document import Document
from policy.rule import Finding, RuleError
from policy.stack_files import StackFileError, names, read

ROOT: Final = Path(__file__).resolve().parents[1]
FORMATS: Final = {
    "console": console.told,
    "markdown": markdown.render,
    "json": document.render,
    "sarif": sarif.render,
}


def check(root: Path, stack: str) -> Document:
    """Runs and judges the program of a stack; what goes wrong on the way is the document's `error`."""
    today = datetime.now(UTC).date()
    try:
        file = read(root, stack)
        terms = terms_of(stack, retention_days=file.retention_days)
        recording = trial.record(file)
        if recording.error is not None:
            return document.failed(stack, recording.error)
        resources = [
            *recording.resources,
            *default_provider(file.name, file.project, file.texts.get("aws:defaultTags")),
        ]
        findings = _judged(resources, terms, file.project)
    except (StackFileError, ConfigurationError, ExemptionsError, RuleError) as error:
        return document.failed(stack, str(error))
    repeated = blind_spots.repeated(resource.urn for resource in recording.resources)
    return document.build(
        stack=stack,
        findings=findings,
        places=recording.places,
        refusals=list(dict.fromkeys([*recording.refusals, *repeated])),
        today=today,
    )


def _judged(resources: Sequence[Resource], terms: Terms, project: str) -> list[Finding]:
    """What the rules find, also about a resource that a second one of its URN would hide."""
    visible = {resource.urn: resource for resource in resources}
    findings = judge_stack(Graph(visible.values()), terms, project=project)
    for hidden in resources:
        if visible[hidden.urn] is not hidden:
            others = judge_stack(Graph((visible | {hidden.urn: hidden}).values()), terms, project=project)
            findings += [finding for finding in others if finding.urn == hidden.urn]
    return findings


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers the command line; returns the exit code."""
    options = _options(arguments)
    root = options.root.resolve()
    if fault := _wrong_call(root, options.stack):
        sys.stderr.write(f"policy: {fault}\n")
        return 2
    judged = check(root, options.stack)
    try:
        for name, file in options.write:
            _write(file, FORMATS[name](judged))
        if options.output is None:
            sys.stdout.write(FORMATS[options.format](judged))
            sys.stdout.flush()
        else:
            _write(options.output, FORMATS[options.format](judged))
    except OSError as error:
        sys.stderr.write(f"policy: {error.filename or 'the report'} cannot be written: {error.strerror}\n")
        if error.filename is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer goes nowhere
        return 1
    if judged["error"] and (options.format != "console" or options.output is not None):
        sys.stderr.write(f"policy: {judged['error']}\n")
    return 0 if judged["verdict"] == document.PASSED else 1


def _wrong_call(root: Path, stack: str) -> str | None:
    """What is wrong with the call; a project that is broken is told by the report."""
    if not root.is_dir():
        return f"{root} is no folder: name the one of Pulumi.yaml with --root"
    known = names(root)
    if known and stack not in known:
        return f"no stack is named {stack!r}: choose {' or '.join(known)}"
    return None


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    except OSError as error:
        # A full disk names no file.
        raise OSError(error.errno, error.strerror, str(file)) from None


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="policy.check", description="Judge a stack's program by the policy."
    )
    parser.add_argument("--stack", "-s", required=True, help="name of the stack")
    parser.add_argument(
        "--root", type=Path, default=ROOT, help="folder of Pulumi.yaml (default: this repository)"
    )
    parser.add_argument(
        "--format", choices=FORMATS, default="console", help="of the report (default: console)"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the report goes (default: stdout)")
    parser.add_argument(
        "--write",
        type=_target,
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="one more report from the same run; may be repeated",
    )
    return parser.parse_args(arguments)


def _target(text: str) -> tuple[str, Path]:
    name, _, file = text.partition("=")
    if name not in FORMATS or not file:
        raise argparse.ArgumentTypeError(f"{text!r} is not FORMAT=FILE with one of {', '.join(FORMATS)}")
    return name, Path(file)


if __name__ == "__main__":
    sys.exit(main())
