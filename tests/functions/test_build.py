"""The archives: the same bytes everywhere, and only what Lambda needs."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from functions import build

ROOT = Path(__file__).parents[2]
PRINT_PATH = "from functions import build; print(build.code_archive())"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def clone(folder: Path, *, mask: int, age: int) -> Path:
    """A clone of what is built, with its own modes and dates, in which the code archive is built."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "functions", folder / "functions", ignore=ignore)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    for path in folder.rglob("*"):
        path.chmod(0o777 & ~mask)
        os.utime(path, (time.time() - age, time.time() - age))
    built = subprocess.run(
        [sys.executable, "-c", PRINT_PATH],
        cwd=folder,
        umask=mask,
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONHASHSEED": str(age), "TZ": "Asia/Tokyo" if age else "UTC"},
    )
    return folder / built.stdout.strip()


def test_two_clones_with_other_dates_and_modes_build_the_same_code(tmp_path: Path) -> None:
    first = clone(tmp_path / "first", mask=0o022, age=0)
    second = clone(tmp_path / "second", mask=0o077, age=100_000_000)
    assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())
    assert first.parent == tmp_path / "first" / ".local" / "build"


def test_the_code_archive_holds_the_sources_of_the_package_and_nothing_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(build.code_archive(tmp_path)) as archive:
        names = archive.namelist()
        entries = archive.infolist()
    sources = {f"omnitrack/{p.relative_to(build.CODE).as_posix()}" for p in build.CODE.rglob("*.py")}
    assert names == sorted(sources)
    assert "omnitrack/handlers/twin.py" in names
    assert {(e.date_time, e.external_attr >> 16, e.compress_type) for e in entries} == {
        (build.EPOCH, build.READABLE, zipfile.ZIP_STORED)
    }


def test_an_unchanged_archive_is_left_alone(tmp_path: Path) -> None:
    archive = build.code_archive(tmp_path)
    os.utime(archive, (1, 1))
    assert build.code_archive(tmp_path).stat().st_mtime == 1
    assert list(tmp_path.iterdir()) == [archive]


def test_other_code_is_another_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.code_archive(tmp_path)
    shutil.copytree(build.CODE, tmp_path / "copy")
    (tmp_path / "copy" / "further.py").write_text("")
    monkeypatch.setattr(build, "CODE", tmp_path / "copy")
    after = build.code_archive(tmp_path)
    assert before != after
    assert before.is_file()


def test_a_write_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(_path: Path, _content: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(Path, "write_bytes", break_off)
    with pytest.raises(OSError, match="full"):
        build.code_archive(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_paths_are_relative_to_the_repository() -> None:
    paths = [build.code_archive(), build.dependency_layer(*build.host_target())]
    for path in paths:
        assert not path.is_absolute()
        assert (ROOT / path).is_file()


def test_a_layer_is_the_same_when_it_is_built_again(tmp_path: Path) -> None:
    known = ROOT / build.dependency_layer(*build.host_target())
    mask = os.umask(0o077)
    try:
        again = build.dependency_layer(*build.host_target(), tmp_path)
    finally:
        os.umask(mask)
    assert (again.name, digest(again)) == (known.name, digest(known))


def test_a_layer_holds_packages_and_no_trace_of_the_machine() -> None:
    with zipfile.ZipFile(ROOT / build.dependency_layer(*build.host_target())) as archive:
        names = archive.namelist()
        text = b"".join(archive.read(name) for name in names if not name.endswith(".so"))
    assert all(name.startswith("python/") for name in names)
    assert {"python/pydantic/__init__.py", "python/aws_lambda_powertools/__init__.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.startswith("python/bin/")]
    assert str(ROOT).encode() not in text


@pytest.mark.parametrize(("runtime", "architecture"), [("python3.13", "sparc"), ("nodejs22.x", "arm64")])
def test_an_unknown_target_is_refused(tmp_path: Path, runtime: str, architecture: str) -> None:
    with pytest.raises(build.BuildError, match=f"{runtime} on {architecture}"):
        build.dependency_layer(runtime, architecture, tmp_path)


def test_a_layer_that_cannot_be_fetched_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty-cache"))
    monkeypatch.setattr(build, "BUILD", tmp_path / "build")
    with pytest.raises(build.BuildError, match=r"cannot be fetched.*run python -m functions\.build"):
        build.dependency_layer("python3.13", "arm64", tmp_path / "build")
    assert not list((tmp_path / "build").glob("*"))
    assert capsys.readouterr().out == ""


def test_a_machine_without_uv_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(build.BuildError, match=r"uv is missing.*make install"):
        build.dependency_layer("python3.13", "arm64", tmp_path)
