"""An earlier commit is laid out beside the clone, which stays as it is."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from runbook import revisions
from runbook.errors import RunbookError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    own = ("-c", "user.name=ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *own, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with two commits, something staged, something changed and something stashed."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    (folder / ".gitignore").write_text(".venv\n.local\n")
    for text in ("first", "second"):
        (folder / "__main__.py").write_text(text)
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", text)
    (folder / "__main__.py").write_text("stashed")
    git(folder, "stash", "--quiet")
    (folder / "staged.py").write_text("staged")
    git(folder, "add", "staged.py")
    (folder / "__main__.py").write_text("changed")
    (folder / ".venv").mkdir()
    (folder / ".local" / "build").mkdir(parents=True)
    (folder / ".local" / "build" / "code.zip").write_text("archive")
    monkeypatch.setattr(revisions, "ROOT", folder)
    return folder


def test_a_commit_is_laid_out_and_the_clone_is_left_alone(clone: Path, tmp_path: Path) -> None:
    looks = (["status", "--porcelain"], ["stash", "list"], ["worktree", "list"], ["branch", "--all"])
    before = [git(clone, *look) for look in looks]
    index = (clone / ".git" / "index").read_bytes()
    folder = tmp_path / "earlier"
    revisions.unpack(revisions.resolve("HEAD^1"), folder)
    assert (folder / "__main__.py").read_text() == "first"
    assert (folder / ".venv").readlink() == clone / ".venv"
    assert not (folder / ".venv-cloud").exists()
    assert (folder / ".local" / "build" / "code.zip").readlink() == clone / ".local" / "build" / "code.zip"
    assert (clone / ".git" / "index").read_bytes() == index
    assert [git(clone, *look) for look in looks] == before
    assert (clone / "__main__.py").read_text() == "changed"


def test_a_project_in_a_folder_of_a_larger_repository(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = clone / "platform"
    inner.mkdir()
    (inner / "settings.py").write_text("inner")
    git(clone, "add", "platform")
    git(clone, "commit", "--quiet", "--message", "third")
    monkeypatch.setattr(revisions, "ROOT", inner)
    revisions.unpack(revisions.resolve("HEAD"), tmp_path / "earlier")
    assert [path.name for path in (tmp_path / "earlier").iterdir()] == ["settings.py"]
    with pytest.raises(RunbookError, match="git cannot give the project as of"):
        revisions.unpack(revisions.resolve("HEAD^1"), tmp_path / "before")


@pytest.mark.parametrize("name", ["HEAD", "main", "@"])
def test_every_name_of_a_commit_is_its_number(clone: Path, name: str) -> None:
    commit = git(clone, "rev-parse", "HEAD").strip()
    assert revisions.resolve(name).commit == commit
    assert revisions.resolve(commit[:9]).short == commit[:7]


@pytest.mark.parametrize("name", ["", "HEAD~9", "nobody", "--help", "-h", "HEAD:__main__.py", "a b", "\n"])
def test_what_is_no_commit_is_refused_in_a_sentence(clone: Path, name: str) -> None:
    with pytest.raises(UsageError, match="git knows no commit") as caught:
        revisions.resolve(name)
    assert clone.exists()
    assert "shallow" not in str(caught.value)


def test_a_shallow_clone_says_how_to_get_more(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", clone.as_uri(), "shallow")
    monkeypatch.setattr(revisions, "ROOT", tmp_path / "shallow")
    with pytest.raises(UsageError, match="git fetch --deepen"):
        revisions.resolve("HEAD^1")


def test_without_a_repository_or_git_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="is no clone of a git repository"):
        revisions.resolve("HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="git is not installed"):
        revisions.resolve("HEAD")
