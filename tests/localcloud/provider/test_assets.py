from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from localcloud.provider.assets import Asset
from localcloud.provider.errors import ProviderError

if TYPE_CHECKING:
    from pathlib import Path


def archive(path: Path, hash_: str = "h") -> Asset:
    return Asset.from_wire("archive", {"path": str(path), "hash": hash_})


def test_a_folder_becomes_the_same_zip_every_time(tmp_path: Path) -> None:
    for name in ("b.py", "a/c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    first = archive(tmp_path).content()
    (tmp_path / "b.py").touch()
    assert archive(tmp_path).content() == first
    with zipfile.ZipFile(io.BytesIO(first)) as opened:
        assert opened.namelist() == ["a/c.py", "b.py"]
        assert opened.read("b.py") == b"b.py"


def test_a_zip_file_goes_through_byte_for_byte(tmp_path: Path) -> None:
    file = tmp_path / "code.zip"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("handler.py", "x = 1")
    assert archive(file).content() == file.read_bytes()


def test_an_archive_of_parts_joins_files_folders_and_texts(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside.py").write_text("inside")
    parts = {
        "text.py": Asset.from_wire("asset", {"text": "text"}),
        "lib": archive(tmp_path / "folder"),
    }
    content = Asset.from_wire("archive", {"assets": parts}).content()
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == {
            "lib/inside.py": b"inside",
            "text.py": b"text",
        }


def test_a_file_archive_from_the_state_is_echoed_without_the_empty_list_beside_its_path(
    tmp_path: Path,
) -> None:
    path = tmp_path / "made.zip"
    path.write_bytes(b"zip")
    echoed = Asset.from_wire("archive", {"path": str(path), "hash": "x", "assets": {}})
    assert echoed.wire == {"path": str(path), "hash": "x"}
    assert echoed.content() == b"zip"


def test_a_missing_path_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"archive .*nowhere does not exist"):
        archive(tmp_path / "nowhere").content()


def test_assets_are_equal_when_their_hashes_are(tmp_path: Path) -> None:
    assert archive(tmp_path / "a") == archive(tmp_path / "b")
    assert archive(tmp_path / "a") != archive(tmp_path / "a", "other")
