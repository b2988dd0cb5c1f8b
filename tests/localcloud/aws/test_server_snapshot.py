"""A snapshot is complete or not there. Run by the lean environment's Python, which has MiniStack."""

import subprocess
import textwrap
from pathlib import Path

import pytest

from localcloud.launch import ROOT

pytestmark = pytest.mark.cloud

BEGIN = """
    import json, sys
    from pathlib import Path
    from localcloud.aws.snapshot import SnapshotError, Snapshots

    current = Path(sys.argv[1]) / "current"
    snapshots = Snapshots(current)

    def saved(service):
        return json.loads((current / f"{service}.json").read_text())["payload"]

    snapshots.save({"sqs": lambda: {"queue": 1}, "sns": lambda: {"topic": 1}})
"""


def run(folder: Path, script: str) -> None:
    text = textwrap.dedent(BEGIN) + textwrap.dedent(script)
    command = [str(ROOT / ".venv-cloud" / "bin" / "python"), "-c", text, str(folder)]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(ROOT)}, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    folders = [each for each in folder.iterdir() if each.is_dir() and not each.is_symlink()]
    assert len(folders) == 1


def test_a_state_that_cannot_be_written_leaves_the_snapshot_before(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
        try:
            snapshots.save({"sqs": lambda: {"queue": 2}, "sns": lambda: {"topic": object()}})
        except SnapshotError as error:
            assert "sns" in str(error)
        else:
            raise AssertionError("saved what cannot be saved")
        assert (saved("sqs"), saved("sns")) == ({"queue": 1}, {"topic": 1})
        """,
    )


def test_services_that_are_not_loaded_or_have_no_state_keep_theirs(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
        snapshots.save({"sqs": lambda: None})
        snapshots.save({"sns": lambda: {"topic": 2}})
        assert (saved("sqs"), saved("sns")) == ({"queue": 1}, {"topic": 2})
        """,
    )


def test_a_state_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
        faults = [RuntimeError("dictionary changed size during iteration")] * 3

        def busy():
            if faults:
                raise faults.pop()
            return {"queue": 2}

        snapshots.save({"sqs": busy})
        assert saved("sqs") == {"queue": 2}

        def never():
            raise RuntimeError("dictionary changed size during iteration")

        try:
            snapshots.save({"sqs": never})
        except SnapshotError as error:
            assert "sqs" in str(error)
        else:
            raise AssertionError("saved a state that cannot be read")
        assert saved("sqs") == {"queue": 2}
        """,
    )
