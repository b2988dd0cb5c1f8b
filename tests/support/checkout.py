"""A copy of the project in another folder, to change the program without touching the clone."""

import json
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "__main__.py",
    "settings.py",
    "composition",
    "components",
    "functions",
    "policy",
    "runbook",
    "localcloud",
    "requirements",
)
ENVIRONMENTS = (".venv", ".venv-cloud")
BUILD = Path(".local") / "build"
JUDGEMENT = "guard.judge()"


def copy_project(folder: Path) -> Path:
    """Copy the program and its rooms into a new folder; the environments are linked."""
    folder.mkdir(parents=True)
    for name in ROOMS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    for stack_file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy2(stack_file, folder / stack_file.name)
    for environment in ENVIRONMENTS:
        (folder / environment).symlink_to(ROOT / environment)
    # Links: an archive is never written again, only replaced by another file.
    shutil.copytree(ROOT / BUILD, folder / BUILD, copy_function=os.symlink)
    return folder


def before_judgement(project: Path, statements: str) -> None:
    """Add statements to the program, ahead of the guard's judgement."""
    replace(project / "__main__.py", JUDGEMENT, f"{statements}\n{JUDGEMENT}")


def without_judgement(project: Path) -> None:
    """Take the guard's judgement out of the program: only a policy pack judges it then."""
    replace(project / "__main__.py", JUDGEMENT, "")


def set_value(project: Path, stack: str, setting: str, value: str) -> None:
    """Give a setting another value in a stack's file; `value` is YAML."""
    file = project / f"Pulumi.{stack}.yaml"
    lines = file.read_text().splitlines()
    found = [number for number, line in enumerate(lines) if line.strip().startswith(f"omnitrack:{setting}:")]
    assert len(found) == 1, f"{file.name} has {len(found)} lines for {setting}"
    lines[found[0]] = f"  omnitrack:{setting}: {value}"
    file.write_text("\n".join(lines) + "\n")


def set_levels(project: Path, stack: str, **levels: str) -> None:
    """Take rules at other levels in a stack; names are ids of rules with underscores."""
    file = project / "policy" / "config" / f"{stack}.json"
    configured = json.loads(file.read_text())
    file.write_text(
        json.dumps(configured | {name.replace("_", "-"): level for name, level in levels.items()})
    )


def replace(file: Path, old: str, new: str) -> None:
    """Replace the one occurrence of a text in a file.

    Raises:
        AssertionError: it does not occur, or more than once.
    """
    text = file.read_text()
    assert text.count(old) == 1, f"{file.name} has {old!r} {text.count(old)} times"
    file.write_text(text.replace(old, new))
