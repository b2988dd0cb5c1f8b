"""Each argument for `pulumi` reaches the run that understands it."""

from __future__ import annotations

import re
import subprocess

import pytest

from localcloud import engine
from runbook import pulumi_arguments
from runbook.errors import UsageError
from runbook.pulumi_arguments import check, divide

BOTH = [
    "--refresh",
    "--diff",
    "--target",
    "urn:a",
    "--parallel=4",
    "-t",
    "b",
    "-v",
    "9",
    "--expect-no-changes",
]


def test_most_are_for_both() -> None:
    divided = divide(BOTH)
    assert divided.preview == divided.update == tuple(BOTH)


@pytest.mark.parametrize(
    ("line", "preview", "update"),
    [
        ("--continue-on-error --diff", "--diff", "--continue-on-error --diff"),
        ("--plan p.json --diff", "--diff", "--plan p.json --diff"),
        ("--plan=p.json", "", "--plan=p.json"),
        ("--save-plan p.json --diff", "--save-plan p.json --diff", "--diff"),
        ("--import-file=i.json", "--import-file=i.json", ""),
        ("--yes -y -f --skip-preview --skip-preview=true", "", ""),
        ("-yfd", "-d", "-d"),
        ("-dp4", "-d -p 4", "-d -p 4"),
        ("-p=4", "-p=4", "-p=4"),
        ("-j", "", "-j"),
        ("--json --diff", "--diff", "--json --diff"),
        # Values that look like flags are values.
        ("-m --yes", "-m --yes", "-m --yes"),
        ("--message --plan", "--message --plan", "--message --plan"),
        ("-r", "-r", "-r"),
        ("--refresh=false x", "--refresh=false x", "--refresh=false x"),
        ("--target", "--target", "--target"),
    ],
)
def test_some_are_for_one(line: str, preview: str, update: str) -> None:
    divided = divide(line.split())
    assert (" ".join(divided.preview), " ".join(divided.update)) == (preview, update)


@pytest.mark.parametrize(
    ("line", "confirmed", "machine_readable"),
    [
        ("--yes", True, False),
        ("-y", True, False),
        ("-fy", True, False),
        ("--yes=false", False, False),
        ("-m --yes", False, False),
        ("--json", False, True),
        ("-dj", False, True),
        ("--json=false", False, False),
        ("", False, False),
    ],
)
def test_what_this_command_decides_itself(line: str, *, confirmed: bool, machine_readable: bool) -> None:
    divided = divide(line.split())
    assert (divided.confirmed, divided.machine_readable) == (confirmed, machine_readable)


@pytest.mark.parametrize("line", ["--strict", "--event-log x", "--event-log=x", "--strict=true"])
def test_what_cannot_be_meant_is_refused(line: str) -> None:
    with pytest.raises(UsageError):
        divide(line.split())


STACK, RECORD = "name it before the `--`, with -s", "`omnitrack preview --event-log FILE` keeps one"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--stack staging", STACK),
        ("--stack=staging", STACK),
        ("-s staging", STACK),
        ("-s=staging", STACK),
        ("-sstaging", STACK),
        ("-dsstaging", STACK),
        ("-stack staging", STACK),
        ("--attach-debugger -sstaging", STACK),
        ("--refresh -s staging", STACK),
        ("-r -s staging", STACK),
        ("--cwd /elsewhere", "leave --cwd out"),
        ("--cwd=/elsewhere", "leave --cwd out"),
        ("-C/elsewhere", "leave --cwd out"),
        ("-C=/elsewhere", "leave --cwd out"),
        ("-jC /elsewhere", "leave --cwd out"),
        ("--file state.json", "leave --file out"),
        ("--config-file x", "change Pulumi.STACK.yaml"),
        ("--config-file=x", "change Pulumi.STACK.yaml"),
        ("--override-env a=b", "change Pulumi.STACK.yaml"),
        ("--policy-pack=x", "leave --policy-pack out"),
        ("--policy-pack-config x", "change policy/config/STACK.json"),
        ("--event-log x", RECORD),
        ("--event-log=x", RECORD),
        ("--remote", "leave --remote out"),
        ("--remote-git-branch=x", "leave --remote-git-branch out"),
        ("--config aws:region=x", "change aws:*"),
        ("--config=aws:profile=x", "change aws:*"),
        ("-caws:profile=x", "change aws:*"),
        ("-c=aws:profile=x", "change aws:*"),
        ("""--config-path -c ["aws:endpoints"][0]=x""", "change aws:*"),
        ("staging", "'staging' is not understood"),
        ("--diff staging", "'staging' is not understood"),
        ("-- --stack", "'--' is not understood"),
    ],
)
def test_what_would_lead_a_run_elsewhere_is_refused(line: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=re.escape(sentence)):
        check(line.split())


@pytest.mark.parametrize(
    "line",
    [
        "",
        *("--diff --refresh", "-m --stack", "--message -sstaging", "--non-interactive --target urn:a -p 4"),
        *(
            "-c omnitrack:role=arn:aws:iam::1:role/x",
            "--import-pending-creates urn:a",
            "-yfd",
            "--show-sames",
        ),
        *("--preview-only --expect-no-changes", "--exclude urn:a -t=urn:b", "--suppress-outputs --json"),
    ],
)
def test_what_stays_on_the_stack_is_handed_on(line: str) -> None:
    check(line.split())


@pytest.mark.engine
def test_the_engines_own_help_has_no_flag_that_would_be_divided_wrongly() -> None:
    help_of = {name: _flags(name) for name in ("preview", "up")}
    one_sided = {name: help_of[name].keys() - help_of[other].keys() for name, other in _PAIRS}
    known = pulumi_arguments.ONLY_UPDATE | pulumi_arguments.DECIDED | pulumi_arguments.NOT_POSSIBLE.keys()
    # Needs PULUMI_EXPERIMENTAL, so the help does not list it.
    assert one_sided["up"] == known - {"--plan", "--event-log"}
    assert one_sided["preview"] == pulumi_arguments.ONLY_PREVIEW
    valued = {flag for flags in help_of.values() for flag, value in flags.items() if value}
    # Of other commands: `policy analyze` and `refresh`.
    assert valued | {"--plan", "--stack", "--file", "--import-pending-creates"} == pulumi_arguments.VALUED
    shorts = {short for flags in (_shorts(name) for name in help_of) for short in flags.items()}
    assert shorts == pulumi_arguments.SHORT.items()


_PAIRS = (("preview", "up"), ("up", "preview"))
_LINE = re.compile(r"^  (?:-(?P<short>\w), |    )(?P<long>--[\w-]+)(?P<value>[ \[][^ ]\S*)?  ", re.MULTILINE)


def _help(command: str) -> str:
    pulumi = engine.ensure(lambda _: None)
    ended = subprocess.run(
        [str(pulumi.cli), command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=pulumi.environment({"PATH": "/usr/bin:/bin"}, local=True),
    )
    return ended.stdout


def _flags(command: str) -> dict[str, bool]:
    """Each flag, and whether what follows is its value; some take a value only with `=`."""
    found = {}
    for match in _LINE.finditer(_help(command)):
        value = match["value"] or ""
        found[match["long"]] = bool(value) and "[=" not in value and value != " false"
    return {flag: value for flag, value in found.items() if flag != "--help"}


def _shorts(command: str) -> dict[str, str]:
    found = {match["short"]: match["long"] for match in _LINE.finditer(_help(command)) if match["short"]}
    return {short: flag for short, flag in found.items() if flag != "--help"}
