"""A copy of the project in another folder, to change the program without touching the clone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = ("__main__.py", "settings.py", "components", "functions", "policy", "runbook", "localcloud", "requirements")


def copy_project(folder: Path) -> Path:
    """Copy the program and its rooms; environments and build results are linked, not copied."""
    ignore = shutil.ignore_patterns("__pycache__")
    for name in PROGRAM:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy2(source, folder / name)
    for stack_file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy2(stack_file, folder / stack_file.name)
    for environment in (".venv", ".venv-cloud"):
        (folder / environment).symlink_to(ROOT / environment)
    (folder / ".local").mkdir()
    (folder / ".local" / "build").symlink_to(ROOT / ".local" / "build")
    return folder


def before_judgement(project: Path, statements: str) -> None:
    """Add statements to the program, ahead of the guard's judgement."""
    program = project / "__main__.py"
    text = program.read_text()
    assert text.count("guard.judge()") == 1, "the program judges once, as its last statement"
    program.write_text(text.replace("guard.judge()", f"{statements}\nguard.judge()"))


def omnitrack(
    project: Path, *arguments: str, home: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the copy's own `omnitrack`."""
    variables = {**os.environ, **environment}
    if home:
        variables["OMNITRACK_LOCAL_HOME"] = str(home)
    return subprocess.run(
        [sys.executable, "-m", "runbook", *arguments],
        cwd=project,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
